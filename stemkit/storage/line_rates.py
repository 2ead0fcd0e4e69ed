"""The line rate that each USB adapter manages, learnt from failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from stemkit.storage.notebook import Notebook, NotebookDamagedError

# A bad cable is replaced one day: after so many good boards the next faster rate is tried again.
_GOOD_BEFORE_FASTER: Final = 3


class LineRates:
    """Adapter (vendor, product, serial number or socket) to a rate in bits a second."""

    def __init__(self, path: Path) -> None:
        self._notebook = Notebook(path)

    def of(self, adapter: str, rates: tuple[int, ...]) -> int:
        """Which of `rates` (fastest first) to begin with; the fastest for an unknown adapter."""
        rate, good = _entry(self._read().get(adapter))
        if rate not in rates:
            return rates[0]
        index = rates.index(rate)
        return rates[max(0, index - 1)] if good >= _GOOD_BEFORE_FASTER else rate

    def worked(self, adapter: str, rate: int, fastest: int) -> None:
        """A whole flash went well at `rate`. Only what differs from the usual is written down."""
        if not adapter or (rate == fastest and adapter not in self._read()):
            return
        try:
            self._write(adapter, rate, fastest)
        except NotebookDamagedError:
            # Only a hint for speed: begin anew.
            self._notebook.path.unlink(missing_ok=True)
            self._write(adapter, rate, fastest)

    def _write(self, adapter: str, rate: int, fastest: int) -> None:
        with self._notebook.changing() as known:
            before, good = _entry(known.get(adapter))
            if rate == fastest:
                known.pop(adapter, None)
                return
            # With so many good ones a faster rate was tried just now, and has failed again.
            goes_on = before == rate and good < _GOOD_BEFORE_FASTER
            known[adapter] = [rate, good + 1 if goes_on else 0]

    def _read(self) -> dict[str, Any]:
        try:
            return self._notebook.read()
        except NotebookDamagedError:
            return {}


def _entry(value: object) -> tuple[int, int]:
    match value:
        case [int(rate), int(good)]:
            return rate, good
        case _:
            return 0, 0
