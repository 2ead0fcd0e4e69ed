"""The link of one board through a whole session: opened anew when the board comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from stemkit.errors import BoardError, MachineError, NoSuchBoardError
from stemkit.links.errors import PortMissingError
from stemkit.loaders.errors import StoppedError
from stemkit.model.link import Link

_LOOK_AGAIN_S: Final = 0.1


class BoardLine:
    """At most one open link to a board. `where` says its port now, "" while there is none.

    `name` is told where there is none.
    """

    def __init__(
        self,
        where: Callable[[], str],
        open_link: Callable[[str, int], Link],
        baud: int,
        stopped: Callable[[], bool],
        name: str = "",
    ) -> None:
        self._name = name
        self._where = where
        self._open = open_link
        self._baud = baud
        self._stopped = stopped
        self._link: Link | None = None

    def live(self) -> Link:
        """The open link, opened now where there is none. Raises the links' errors."""
        if self._link is None:
            port = self._where()
            if not port:
                raise PortMissingError(port=self._name)
            self._link = self._open(port, self._baud)
        return self._link

    def at_console_rate(self) -> Link:
        """The open link at the rate of the board's prompt."""
        link = self.live()
        if link.capabilities.baud and link.baud != self._baud:
            link.baud = self._baud
        return link

    def drop(self) -> None:
        """Close the link; the next `live` opens a new one."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def return_within(self, limit_s: float) -> Link:
        """A new link once the board is there again.

        Raises what opening it said last, or StoppedError.
        """
        self.drop()
        ends_s = time.monotonic() + limit_s
        while True:
            if self._stopped():
                raise StoppedError
            try:
                return self.live()
            except (BoardError, NoSuchBoardError, MachineError):
                if time.monotonic() >= ends_s:
                    raise
                time.sleep(_LOOK_AGAIN_S)
