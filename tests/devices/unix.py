"""MicroPython's unix port as a board on a link: what the session needs, without a virtual board.

A thread carries the bytes and starts the interpreter anew when it ends, as a soft reset does.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import shutil
import signal
import subprocess
import sys
import termios
import threading
import time
import tty
from pathlib import Path

from stemkit.links.memory import memory_pair
from stemkit.model.link import Link

MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent)) or "micropython"


class UnixBoard:
    """A MicroPython in `folder`, which is its file system.

    With `bytes_s` what is sent to it arrives at that pace, whatever rate the link is set to.
    """

    def __init__(self, folder: Path, bytes_s: float | None = None) -> None:
        self.folder = folder
        self.bytes_s = bytes_s
        self.link: Link
        self.link, self.far = memory_pair("unix")
        self.raw = False
        self.stopped = False
        self.starts = 0
        self._start(b"")
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _start(self, command: bytes) -> None:
        self.starts += 1
        self.master, slave = os.openpty()
        tty.setraw(slave)
        program = [MICROPYTHON, "-X", "heapsize=512k"]
        main = self.folder / "main.py"
        if main.exists() and not self.raw:
            program += ["-i", "main.py"]
            attributes = termios.tcgetattr(slave)
            attributes[3] |= termios.ISIG  # its prompt switches it off again
            termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self.process = subprocess.Popen(
            program,
            cwd=self.folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "MICROPYPATH": ".frozen:."},
        )
        os.close(slave)
        if command:
            os.write(self.master, command)

    def _carry(self) -> None:
        with contextlib.suppress(OSError):
            while not self.stopped:
                data = self.far.read(64 if self.bytes_s else 4096, 0.001)
                if data and self.bytes_s:
                    time.sleep(len(data) / self.bytes_s)
                if data:
                    self.raw = (self.raw or b"\x01" in data) and b"\x02" not in data
                    os.write(self.master, data)
                if select.select([self.master], [], [], 0.001)[0]:
                    self._forward()

    def _forward(self) -> None:
        try:
            self.far.write(os.read(self.master, 4096))
        except OSError:  # the interpreter ended
            os.close(self.master)
            self.process.wait()
            if not self.stopped:
                self.far.write(b"MPY: soft reboot\r\n")
                self._start(b"\x01" if self.raw else b"")

    def close(self) -> None:
        self.stopped = True
        self.thread.join(2)
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.far.close()
        with contextlib.suppress(OSError):
            os.close(self.master)
