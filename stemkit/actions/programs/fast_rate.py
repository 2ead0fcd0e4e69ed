"""Which faster rate a board's line is worth trying, and what was learnt of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from stemkit.actions.boards.listing import Board
from stemkit.actions.boards.whereabouts import adapter_of
from stemkit.devices.upload import FAST_BAUD
from stemkit.links.ports import Port, list_ports
from stemkit.storage import places
from stemkit.storage.line_rates import LineRates

_ADAPTERS: Final = "deploy "


class FastLine:
    """The faster rate of the adapter that a board hangs on."""

    def __init__(self, board: Board, ports: Callable[[], Sequence[Port]] = list_ports) -> None:
        self._slow_baud = board.baud
        self._rates = LineRates(places.line_rates())
        self._adapter = ""
        self.baud: int | None = FAST_BAUD
        """The rate to try, None where it failed before or there is none."""
        if board.virtual or "://" in board.port:
            return
        port = next((port for port in ports() if port.device == board.port), None)
        if port is None:
            return
        if port.bridge == "native USB":
            self.baud = None  # it has no rate
        elif adapter := adapter_of(port):
            self._adapter = _ADAPTERS + adapter
            rate = self._rates.of(self._adapter, (FAST_BAUD, self._slow_baud))
            self.baud = rate if rate == FAST_BAUD else None

    def learnt(self, works: bool | None) -> None:
        """Remember how it went; None: it was not tried, the slow rate worked."""
        if self._adapter:
            rate = FAST_BAUD if works else self._slow_baud
            if works is not None or self.baud is None:
                self._rates.worked(self._adapter, rate, FAST_BAUD)
