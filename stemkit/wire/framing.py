"""Bytes in any pieces -> whole lines."""

from __future__ import annotations

from itertools import accumulate, repeat

LONGEST_LINE = 4096
"""Bytes kept of one line; what is longer is cut there."""


class LineSplitter:
    """Cuts a board's bytes into lines at CR, LF or both; empty lines are left out.

    Holds at most `LONGEST_LINE` bytes between calls. The first line is dropped while
    `first_line_cut` (a port that was opened while its board was printing).
    """

    def __init__(self, *, first_line_cut: bool = True) -> None:
        self._rest = b""
        self._skipping = first_line_cut
        self.overlong = 0
        """Lines so far of which only the first `LONGEST_LINE` bytes were kept."""

    def restart(self, *, first_line_cut: bool = True) -> None:
        """Forget the unfinished line: the bytes that follow come from a newly opened port."""
        self._rest = b""
        self._skipping = first_line_cut

    def expect_whole_line(self) -> None:
        """Keep the first line after all: the port was silent before its first byte came."""
        if not self._rest:
            self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their ends."""
        if b"\r" in data:
            data = data.replace(b"\r", b"\n")
        if self._skipping:
            _, end, data = data.partition(b"\n")
            if not end:
                return []
            self._skipping = False
        if self._rest:
            data = self._rest + data
        lines = data.split(b"\n")
        self._rest = lines.pop()
        if len(data) > LONGEST_LINE and _has_overlong(data):
            self._cut(lines)
        if data.startswith(b"\n") or b"\n\n" in data:
            return [line for line in lines if line]
        return lines

    def end(self) -> list[bytes]:
        """The last line of a source that ended without a line end (a file)."""
        last, self._rest = self._rest, b""
        return [last] if last else []

    def _cut(self, lines: list[bytes]) -> None:
        for i, line in enumerate(lines):
            if len(line) > LONGEST_LINE:
                lines[i] = line[:LONGEST_LINE]
                self.overlong += 1
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest[:LONGEST_LINE])
            self.overlong += 1
            self._rest = b""
            self._skipping = True


def _has_overlong(data: bytes) -> bool:
    start = 0
    while len(data) - start > LONGEST_LINE:
        end = data.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            return True
        start = end + 1
    return False


def spread(n: int, since_s: float, until_s: float) -> list[float]:
    """Times of `n` lines that arrived one after the other, the last at `until_s`."""
    if n < 2 or since_s >= until_s:
        return [until_s] * n
    step = (until_s - since_s) / n
    # Summed up in C; what that rounds is less than a nanosecond.
    times = list(accumulate(repeat(step, n - 1), initial=until_s - step * (n - 1)))
    times[-1] = until_s
    return times
