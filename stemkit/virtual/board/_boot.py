# Runs in the board's MicroPython before anything of the person's: mounts the flash, makes the
# built-in modules look like the board's, runs boot.py and main.py, then hands over to the prompt.
import errno
import gc
import io
import json
import micropython
import os
import struct
import sys
import termios
import uctypes
import vfs

# All of these before the person's folders are on the path: a name there must not be found instead.
from _wire import ask
from collections import namedtuple

_FLASH_FD = 3
_ISIG = 1
_FACTS = json.loads(os.getenv("STEMKIT_FACTS"))


# A write up to this size goes into the pipe in one piece.
_AT_ONCE = 2048
_MARK = bytes.fromhex(_FACTS.pop("mark"))


class Flash:
    """The file system's part of the flash file, as a block device (vfs.AbstractBlockDev)."""

    def __init__(self, facts):
        self.file = open(_FLASH_FD, "r+b")
        self.size = facts["flash"]
        self.start = facts["offset"]
        self.count = facts["bytes"] // facts["block"]
        self.block = facts["block"]
        # Made once: files are closed by the collector too, when no memory can be had, and erasing
        # must not need memory that a program has filled.
        self.erased = b"\xff" * self.block
        self.worn = bytearray(1)

    def bytearray_at(self, address, size):
        # uctypes.bytearray_at: flash that the chip shows in its address space, or this process's own
        # memory, where addresses that `addressof` gave lie.
        at = address - _FACTS["xip"]
        if not 0 <= at < self.size:
            return uctypes.bytearray_at(address, size)
        data = bytearray(min(size, self.size - at))
        self.file.seek(at)
        self.file.readinto(data)
        return data

    def readblocks(self, n, buf, off=0):
        self.file.seek(self.start + n * self.block + off)
        self.file.readinto(buf)

    def writeblocks(self, n, buf, off=0):
        at = self.start + n * self.block + off
        self._check(at, at + len(buf))
        self.file.seek(at)
        self.file.write(buf)

    def _check(self, start, end):
        # Behind the flash stands which addresses are worn out (see flash.py).
        self.file.seek(self.size)
        self.file.readinto(self.worn)
        count = self.worn[0]
        if count:
            pairs = struct.unpack("<%dI" % (2 * count), self.file.read(8 * count))
            for i in range(0, len(pairs), 2):
                if pairs[i] < end and start < pairs[i + 1]:
                    raise OSError(errno.EIO)

    def ioctl(self, op, arg):
        if op == 4:
            return self.count
        if op == 5:
            return self.block
        if op == 6:
            at = self.start + arg * self.block
            self._check(at, at + self.block)
            self.file.seek(at)
            self.file.write(self.erased)
            return 0

    def is_blank(self):
        buf = bytearray(self.block)
        self.readblocks(0, buf)
        # A hole of the flash file (see flash.py) reads as zeros here.
        return buf == self.erased or buf == bytes(self.block)


_NOT_ON_BOARDS = ("system", "getenv", "putenv", "unsetenv", "VfsPosix", "atexit", "exc_info")


class Over:
    """A built-in module with some of its names replaced."""

    def __init__(self, real, **own):
        for name in own:
            setattr(self, name, own[name])
        self._real = real

    def __getattr__(self, name):
        if name == "_real" or name in _NOT_ON_BOARDS:
            raise AttributeError(name)
        return getattr(self._real, name)

    def __repr__(self):
        return repr(self._real)


def _part(data, part):
    # A stream's write takes (data), (data, length) or (data, offset, length).
    offset = part[0] if len(part) > 1 else 0
    data = bytes(data)
    return data[offset : offset + part[-1]] if part else data


class RawOut(io.IOBase):
    """sys.stdout.buffer: bytes that no line end is changed in."""

    def write(self, data, *part):
        data = _part(data, part)
        for at in range(0, len(data), _AT_ONCE):
            piece = data[at : at + _AT_ONCE]
            if b"\n" in piece:
                # Its line ends must stay: see output.py.
                _stdout.write(_MARK + len(piece).to_bytes(4, "little") + piece)
            else:
                _stdout.write(piece)
        return len(data)

    def ioctl(self, op, arg):
        # MP_STREAM_POLL with what is asked for: it can always be written (the pipe may block).
        return arg if op == 3 else 0

    def flush(self):
        pass


class TextOut(io.IOBase):
    """sys.stdout: text, whose line ends become CR LF on the way out."""

    def __init__(self):
        self.buffer = RawOut()

    def write(self, data, *part):
        return _stdout.write(_part(data, part) if part else data)

    def ioctl(self, op, arg):
        return arg if op == 3 else 0

    def flush(self):
        pass

    def fileno(self):
        return 1


_stdout = sys.stdout


def kbd_intr(char):
    # The terminal sends the signal, not MicroPython: with no interrupt character it must not.
    state = termios.tcgetattr(0)
    if char < 0:
        state[3] &= ~_ISIG
    else:
        state[3] |= _ISIG
        state[6][0] = bytes([char])
    if char >= 0:
        micropython.kbd_intr(3)
    termios.tcsetattr(0, termios.TCSANOW, state)


def _heed_interrupt(wanted):
    # Before and after the person's files Ctrl-C is a byte for the prompt, as it is on a chip.
    import termios

    state = termios.tcgetattr(0)
    state[3] = state[3] | _ISIG if wanted else state[3] & ~_ISIG
    termios.tcsetattr(0, termios.TCSANOW, state)


def _mount(flash):
    try:
        vfs.mount(flash, "/")
    except OSError:
        if not flash.is_blank() and _FACTS["keeps_damaged"]:
            print("The filesystem appears to be corrupted. Flash the firmware again, or erase it.")
            return False
        vfs.VfsLfs2.mkfs(flash, progsize=_FACTS["prog"])
        vfs.mount(flash, "/")
        if _FACTS["first_boot_py"]:
            with open("boot.py", "w") as f:
                f.write(_FACTS["first_boot_py"])
    return True


def _disguise():
    names = ("name", "version", "_machine", "_mpy", "_build", "_thread")
    real = sys.implementation
    version = tuple(_FACTS["version"]) if _FACTS["version"] else real.version
    values = ("micropython", version, _FACTS["machine"], _FACTS["mpy"], _FACTS["build"], "GIL")
    implementation = namedtuple("implementation", names)(*values)
    modules = sys.modules
    modules["sys"] = Over(
        sys,
        platform=_FACTS["platform"],
        implementation=implementation,
        version="3.4.0; MicroPython " + _FACTS["git"],
        argv=[],
        executable="",
        stdout=TextOut(),
    )
    modules["micropython"] = Over(micropython, kbd_intr=kbd_intr)
    uname = namedtuple("uname_result", ("sysname", "nodename", "release", "version", "machine"))
    row = (_FACTS["platform"], _FACTS["platform"], _FACTS["release"], _FACTS["git"], _FACTS["machine"])
    if _FACTS.get("flat"):
        modules["os"] = modules["uos"] = flat_os(lambda: uname(*row), _FACTS["files"])
        return
    modules["os"] = modules["uos"] = Over(
        os, uname=lambda: uname(*row), ilistdir=_ilistdir, listdir=_listdir
    )


def _ilistdir(*path):
    # A real board's built-in modules are not in its file system.
    for entry in os.ilistdir(*path):
        if entry[0] != ".frozen":
            yield entry


def _listdir(*path):
    return [entry for entry in os.listdir(*path) if entry != ".frozen"]


def _run(name, names):
    """Run a file as the port does: errors are printed and the next thing comes."""
    try:
        os.stat(name)
    except OSError:
        return
    try:
        _heed_interrupt(True)
        execfile(name, names)
    except SystemExit:
        raise
    except BaseException as error:
        _show(error)
    _heed_interrupt(False)


def _show(error):
    text = io.StringIO()
    sys.print_exception(error, text)
    # Our own frames are not the person's business.
    ours = ('  File "_boot.py"', '  File "<string>"', '  File "%s' % _FACTS["sources"])
    for line in text.getvalue().split("\n")[:-1]:
        if not line.startswith(ours):
            print(line)


def _sweep(names):
    # A soft reset closes what the program left open (gc_sweep_all runs every finaliser).
    names.clear()
    sys.modules.clear()
    # The collector takes old pointers on the stack for real ones: overwrite them.
    _scrub(30)
    gc.collect()


def _scrub(depth):
    a, b, c, d, e, f, g, h = 0, 0, 0, 0, 0, 0, 0, 0
    if depth:
        _scrub(depth - 1)


def start(names):
    global flat_os
    if _FACTS.get("flat"):
        from _flat import flat_os
    sources = _FACTS["sources"]
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix(sources), "/.frozen")
    flash = Flash(_FACTS)
    mounted = _mount(flash)
    sys.path[:] = ["", "/.frozen", "/lib"]
    if mounted:
        os.chdir("/")
    _disguise()
    if "xip" in _FACTS:
        sys.modules["uctypes"] = Over(uctypes, bytearray_at=flash.bytearray_at)
    sys.atexit(lambda: _sweep(names))
    del sys.modules["_boot"]
    del names["_boot"]
    ask({"op": "starts"})
    if mounted:
        _run("boot.py", names)
        if not _FACTS["raw"]:
            _run("main.py", names)
    banner = sys.version.split("; ")[1] + "; " + sys.implementation._machine
    ask({"op": "ready", "banner": banner})
    # What the prompt finds now it restores for code that it runs.
    _heed_interrupt(True)
