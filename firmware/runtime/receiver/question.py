# The receiver's piece that tells what is on the board. Answers collect in `answer`, which record
# "a" says, as often as it is asked.
answer = ""
staged = ["manifest"]
# A board that was reset while files took their places, and has not started by itself since.
if stat("boot.py"):
    with open("boot.py") as file:
        code = file.read()
    if code[:8] == "#stemkit":
        exec(code, {"__name__": "swap"})
    code = None


# Record "q": digest, size and path of a file. "=" is there, "s" came whole in an earlier try, "d"
# a folder stands there; "~" must be sent and takes another's place, "+" must be sent and is new.
def q(size):
    global answer
    wish = get(size)
    path = str(wish[19:], "utf8")
    name = binascii.hexlify(hashlib.sha256(wish).digest()[:6]).decode()
    there = stat(path)
    if there and there[0] & 0x4000:
        answer += "d"
    elif there and there[6] == digits_of(wish, 16) and digest(path) == wish[:16]:
        answer += "="
    elif digest(".stemkit/" + name) == wish[:16]:
        staged.append(name)
        answer += "s"
    else:
        answer += "~" if there else "+"


# Three bytes of a number.
def digits_of(data, at):
    return data[at] << 16 | data[at + 1] << 8 | data[at + 2]


# Record "p": a folder that files go into: "d" is there, "f" a file stands there, "." nothing.
def p(size):
    global answer
    there = stat(str(get(size), "utf8"))
    answer += ("d" if there[0] & 0x4000 else "f") if there else "."


# Record "c": forget what was staged for other files, then tell the space.
def c(size):
    global answer
    try:
        for name in os.listdir(".stemkit"):
            if name not in staged:
                os.remove(".stemkit/" + name)
    except OSError:
        pass
    space = os.statvfs(os.getcwd())
    answer += " %d %d" % (space[1], space[4])


def a(size):
    say("A" + answer)


def b(size):
    global answer
    answer = ""
