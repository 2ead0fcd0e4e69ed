"""stemkit on a terminal: a program under a pseudo-terminal, typed at and read as a person would."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from types import TracebackType
from typing import Self


class Terminal:
    """Runs `python -m stemkit WORDS...`; `shown` is all that came on the screen."""

    def __init__(self, *words: str, **environ: str) -> None:
        self.master, slave = os.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stemkit", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm", **environ},
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def see(self, text: str, within_s: float = 20.0) -> str:
        """Wait until `text` is shown; returns and forgets what was shown up to its end."""
        deadline = time.monotonic() + within_s
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} was not shown: {self.shown!r}"
            self._read()
        before, _, self.shown = self.shown.partition(text)
        return before + text

    def ended(self, within_s: float = 20.0) -> int:
        """Wait for the program to end; returns its exit code."""
        deadline = time.monotonic() + within_s
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"still running: {self.shown!r}"
            self._read()
        self._read()
        return self.process.returncode

    def _read(self) -> None:
        try:
            if select.select([self.master], [], [], 0.05)[0]:
                self.shown += os.read(self.master, 4096).decode("utf-8", "replace")
        except OSError:  # nobody holds the other side any more
            pass
