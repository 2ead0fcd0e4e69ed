"""Time that passes only while somebody waits: how long a wait is does not depend on the machine."""

from __future__ import annotations

import time

import pytest

from stemkit.model.link import LinkCapabilities


class VirtualTime:
    """Stands in for the clock and for sleeping, in the thread of the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now_s)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class OneSidedLink:
    """A device that heeds nothing: it says `says` every 50 ms, and `boots` when it is reset."""

    name = "COM9"
    baud = 115200

    def __init__(self, clock: VirtualTime, says: bytes = b"", boots: bytes = b"") -> None:
        self._clock, self._says, self._boots = clock, says, boots
        self._coming = b""
        self.capabilities = LinkCapabilities(modem_lines=bool(boots), baud=True)
        self.resets = 0

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        if self._coming:
            data, self._coming = self._coming[:max_bytes], self._coming[max_bytes:]
            return data
        wait_s = min(timeout_s, 0.05) if self._says else timeout_s
        self._clock.sleep(wait_s)
        return self._says if wait_s >= 0.05 else b""

    def write(self, data: bytes) -> None:
        pass

    def waiting(self) -> int:
        return len(self._coming)

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        if not rts:
            self.resets += 1
            self._coming = self._boots

    def fileno(self) -> int | None:
        return None

    def close(self) -> None:
        pass
