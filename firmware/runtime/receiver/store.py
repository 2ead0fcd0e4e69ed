# The receiver's piece that takes files, into the temporary folder, each checked as it lies there.
try:
    os.mkdir(".stemkit")
except OSError:
    pass


# Record "s": digest and name (none: its name is its digest's), then `size` bytes of the file.
def s(size):
    label = get(24)
    name = str(label[16:], "utf8").strip() or binascii.hexlify(label[:6]).decode()
    with open(".stemkit/" + name, "wb") as file:
        while size:
            part = chunk[:size]
            take(part)
            file.write(part)
            size -= len(part)
    if digest(".stemkit/" + name) != label[:16]:
        raise OSError(5)
