# The receiver's piece about files, for those that follow.
import hashlib

chunk = memoryview(bytearray(len(memory) >> 3))


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
