"""Sends short lines to boards, beside the reading thread: a stuck one takes nothing for seconds."""

from __future__ import annotations

import contextlib
import threading
from queue import SimpleQueue

from stemkit.errors import BoardError, NoSuchBoardError
from stemkit.model.link import Link


class Talker:
    """One thread that writes to all links, in the order in which it was asked."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[tuple[Link, bytes] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="talk to boards", daemon=True)
        self._thread.start()

    def say(self, link: Link, line: bytes) -> None:
        """Send `line` soon. A link that has gone is the reading thread's business."""
        self._queue.put((link, line))

    def close(self, timeout_s: float = 1.0) -> None:
        """Send what was asked for, for at most `timeout_s`."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (order := self._queue.get()) is not None:
            link, line = order
            with contextlib.suppress(BoardError, NoSuchBoardError):
                link.write(line)
