"""Boards of our own behind pseudo-terminals: they print, listen, go away and come back."""

from __future__ import annotations

import os
import time
import tty
from collections.abc import Callable
from pathlib import Path

from stemkit.actions.stream import Delivery, Mailbox
from stemkit.model.reading import Gap, Happening, Item, Kind, Readings


class PtyBoard:
    """A board at `port`, a link in `folder` that stays while the board is unplugged and back."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.port = str(folder / f"port-{name}")
        self.master = -1
        self.plug()

    def plug(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self.master, False)
        Path(self.port).unlink(missing_ok=True)
        Path(self.port).symlink_to(os.ttyname(slave))
        os.close(slave)

    def unplug(self) -> None:
        Path(self.port).unlink()
        os.close(self.master)
        self.master = -1

    def print(self, data: bytes) -> None:
        """Print all of it; waits while the host does not read."""
        while data:
            try:
                data = data[os.write(self.master, data) :]
            except BlockingIOError:
                time.sleep(0.001)

    def heard(self) -> bytes:
        try:
            return os.read(self.master, 4096)
        except OSError:
            return b""

    def close(self) -> None:
        if self.master >= 0:
            os.close(self.master)


def until(condition: Callable[[], object], timeout_s: float = 10.0) -> bool:
    """Wait for a condition; False when it did not come true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


class Box(Mailbox):
    """A mailbox that remembers everything that was taken."""

    def __init__(self, most_rows: int | None = None) -> None:
        super().__init__("test", most_rows)
        self.deliveries: list[Delivery] = []

    def items(self) -> list[Item]:
        self.deliveries += self.take()
        return [item for delivery in self.deliveries for item in delivery.items]

    def rows(self, board: str) -> int:
        return sum(len(i) for i in self.items() if isinstance(i, Readings) and i.board == board)

    def column(self, board: str, label: str) -> list[float]:
        return [
            value
            for item in self.items()
            if isinstance(item, Readings) and item.board == board and label in item.labels
            for value in item.columns[item.labels.index(label)]
        ]

    def kinds(self, board: str = "") -> list[Kind]:
        return [i.kind for i in self.items() if isinstance(i, Happening) and i.board == board]

    def lost(self) -> int:
        return sum(item.lost for item in self.items() if isinstance(item, Gap))

    def raw(self, board: str) -> list[bytes]:
        self.items()
        return [
            line
            for delivery in self.deliveries
            for lines in delivery.raw
            if lines.board == board
            for line in lines.lines
        ]
