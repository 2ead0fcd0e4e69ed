# The receiver's piece that tells what an earlier deploy has left. First those go that asked before.
for kind in "qdpc":
    globals().pop(kind, None)


# Record "r": the piece of a file
# that starts at a place (3 bytes); nothing where there is no file.
def r(size):
    global answer
    wish = get(size)
    path = str(wish[3:], "utf8")
    if stat(path):
        with open(path, "rb") as file:
            file.seek(digits_of(wish, 0))
            answer += binascii.b2a_base64(file.read(384)).decode().strip()


# Record "h": the beginning of a file's digest, nothing where it is not there.
def h(size):
    global answer
    answer += " " + binascii.hexlify(digest(str(get(size), "utf8"))[:4]).decode()
