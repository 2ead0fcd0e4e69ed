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


# What is to be done about a file. "=" it is there, "s" came whole in an earlier try, "d" a folder
# stands there; "~" must be sent and takes another's place, "+" must be sent and is new.
def d(wish, path):
    there = stat(path)
    if there and there[0] & 0x4000:
        return "d"
    if there and there[6] == digits_of(wish, 16) and digest(path) == wish[:16]:
        return "="
    return "s" if lies(wish) else "~" if there else "+"


def lies(wish):
    name = binascii.hexlify(hashlib.sha256(wish).digest()[:6]).decode()
    if digest(".stemkit/" + name) == wish[:16]:
        staged.append(name)
        return True


# Record "q": digest, size and path of a file.
def q(size):
    global answer
    wish = get(size)
    answer += d(wish, str(wish[19:], "utf8"))


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
