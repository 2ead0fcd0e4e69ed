"""An old board on a line that loses bytes: MicroPython's unix port without its raw paste."""

from __future__ import annotations

import os
import random
import select
import subprocess
import tty
from pathlib import Path

from stemkit.model.link import LinkCapabilities

from .unix import MICROPYTHON


class LossyBoard:
    """A MicroPython in `folder`, and the link to it: of what is sent, one byte in `one_in` is lost.

    Which ones is decided by `seed`. Without `one_in` nothing is lost. It is the last byte of what
    is sent that brings an answer: where that one is lost, time passes at once.
    """

    name = "old board"
    capabilities = LinkCapabilities(modem_lines=False, baud=False)
    baud = 115200

    def __init__(
        self, folder: Path, *, seed: int = 0, one_in: int | None = None, heap: str = "512k"
    ) -> None:
        self._random = random.Random(seed)
        self.one_in = one_in
        self.lost = 0
        self._silent = False
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self._process = subprocess.Popen(
            [MICROPYTHON, "-X", f"heapsize={heap}"],
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    def _arrives(self, byte: int) -> bool:
        if byte == 5:  # Ctrl-E means nothing to old firmware
            return False
        kept = self.one_in is None or self._random.randrange(self.one_in) > 0
        self.lost += not kept
        return kept

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        if not select.select([self._master], [], [], 0 if self._silent else timeout_s)[0]:
            return b""
        return os.read(self._master, max_bytes)

    def write(self, data: bytes) -> None:
        arrived = [byte for byte in data[:-1] if self._arrives(byte)]
        self._silent = not self._arrives(data[-1])
        os.write(self._master, bytes(arrived) + data[-1:] * (not self._silent))

    def waiting(self) -> int:
        return 1 if select.select([self._master], [], [], 0)[0] else 0

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        pass

    def fileno(self) -> int | None:
        return self._master

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)
