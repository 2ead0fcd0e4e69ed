"""Being told to stop by the system, as by Ctrl-C: so that what is being written is ended well."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_SIGNALS = ("SIGTERM", "SIGHUP", "SIGBREAK")


@contextlib.contextmanager
def stopped_gently() -> Iterator[None]:
    """Raise `KeyboardInterrupt` in the main thread for every way of being asked to stop.

    A closed terminal window, `kill`, a shutting down computer: none of them may lose the end of a
    recording.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {}
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None:
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
