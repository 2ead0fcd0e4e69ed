# The receiver's piece that takes files, into the temporary folder, each checked as it lies there.
# Whatever asked is not needed any more.
for kind in "qdpcrhab":
    globals().pop(kind, None)
try:
    os.mkdir(".stemkit")
except OSError as error:
    if error.errno == 30:  # EROFS; else it is there
        raise


def store(size, label, name):
    path = ".stemkit/" + name
    with open(path, "wb") as file:
        while size:
            part = chunk[:size]
            take(part)
            file.write(part)
            size -= len(part)
    if digest(path) != label[:16]:
        raise OSError(5)


# Record "s": digest and key, then `size` bytes of a file. Record "e": the same with a name.
def s(size):
    label = get(22)
    store(size, label, binascii.hexlify(label[16:]).decode())


def e(size):
    label = get(24)
    store(size, label, str(label[16:], "utf8").strip())
