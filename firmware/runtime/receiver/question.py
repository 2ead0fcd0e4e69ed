# The receiver's first piece: what is on the board, and whether there is room. Answers collect in
# `answer`, which record "a" says, as often as it is asked.
import gc
import hashlib
import os

TEMPORARY = ".stemkit/"


# SHA-256 of a file, cut to 16 bytes; b"" where it cannot be read.
def digest(path):
    total = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while True:
                size = file.readinto(chunk)
                if not size:
                    return total.digest()[:16]
                total.update(chunk[:size])
    except OSError:
        return b""


def stat(path):
    try:
        return os.stat(path)
    except OSError:
        return None


# "=" is there, "s" came whole in an earlier try, "d" a folder stands there; "~" must be sent and
# takes another's place, "+" must be sent and is new.
def state(path, wanted):
    there = stat(path)
    if there and there[0] & 0x4000:
        return "d"
    if there and there[6] == wanted[16] << 16 | wanted[17] << 8 | wanted[18]:
        if digest(path) == wanted[:16]:
            return "="
    name = binascii.hexlify(wanted[:6]).decode()
    if digest(TEMPORARY + name) == wanted[:16]:
        staged.append(name)
        return "s"
    return "~" if there else "+"


# Record "q": digest, size and path of a file.
def q(size):
    global answer
    wanted = bytearray(size)
    take(memoryview(wanted))
    answer += state(str(wanted[19:], "utf8"), wanted)


# Record "p": a folder that files go into: "d" is there, "f" a file stands there, "." nothing.
def p(size):
    global answer
    path = bytearray(size)
    take(memoryview(path))
    there = stat(str(path, "utf8"))
    answer += ("d" if there[0] & 0x4000 else "f") if there else "."


# Record "h": the beginning of a file's digest, nothing where it is not there.
def h(size):
    global answer
    path = bytearray(size)
    take(memoryview(path))
    answer += " " + binascii.hexlify(digest(str(path, "utf8"))[:4]).decode()


# Record "c": forget what was staged for other files, then tell the room and the versions.
def c(size):
    global answer
    try:
        for name in os.listdir(TEMPORARY[:-1]):
            if name not in staged and name != "manifest":
                os.remove(TEMPORARY + name)
    except OSError:
        pass
    gc.collect()
    room = os.statvfs("")
    answer += " %d %d %d" % (room[1], room[4], gc.mem_free())


# Record "r": the piece of a file that starts at a place.
def r(size):
    global answer
    path = bytearray(size)
    take(memoryview(path))
    try:
        with open(str(path[3:], "utf8"), "rb") as file:
            file.seek(path[0] << 16 | path[1] << 8 | path[2])
            answer += binascii.b2a_base64(file.read(384)).decode().strip()
    except OSError:
        pass


def a(size):
    global answer
    say("A" + answer)


def b(size):
    global answer
    answer = ""


answer = ""
staged = []
chunk = memoryview(bytearray(512))
# A board that was reset while files took their places, and has not started by itself since.
try:
    with open("boot.py") as file:
        if file.read(8) == "#stemkit":
            exec(file.read(), {"__name__": "swap"})
except OSError:
    pass
