# The peripheral wire: one stream to whoever keeps this process. A line of JSON is for that keeper;
# a binary frame is for the world (stemkit/virtual/world/wire.py has the format).
import json
import os

_fd = os.getenv("STEMKIT_EVENTS_FD")
stream = open(int(os.getenv("STEMKIT_WORLD_FD")), "r+b")
events = open(int(_fd), "r+b") if _fd else None


def ask(request):
    stream.write(json.dumps(request) + "\n")
    return json.loads(stream.readline())
