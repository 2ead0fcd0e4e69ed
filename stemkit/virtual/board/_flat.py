# The micro:bit's small file system: no folders, four functions, files read or written from the start.
import builtins
import errno
import os

_LONGEST = 120
_open = builtins.open


def _checked(name):
    if "/" in name or not 0 < len(name) <= _LONGEST:
        raise OSError(errno.ENOENT)
    return "/" + name


def flat_open(name, mode="r", *more):
    if not isinstance(name, str):
        return _open(name, mode, *more)
    if mode.replace("t", "").replace("b", "") not in ("r", "w", ""):
        raise ValueError("illegal mode")
    return _open(_checked(name), mode)


class FlatOs:
    def __init__(self, uname):
        self.uname = uname

    def __repr__(self):
        return "<module 'os'>"

    def listdir(self):
        return [row[0] for row in os.ilistdir("/") if row[0] != ".frozen"]

    def remove(self, name):
        os.remove(_checked(name))

    def size(self, name):
        return os.stat(_checked(name))[6]


def flat_os(uname, files):
    import binascii

    for name in files:
        with _open("/" + name, "wb") as f:
            f.write(binascii.a2b_base64(files[name]))
    builtins.open = flat_open
    return FlatOs(uname)
