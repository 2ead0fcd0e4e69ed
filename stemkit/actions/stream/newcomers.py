"""Boards that are plugged in while others are watched already: a class comes one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from stemkit.actions.boards.listing import Board, list_boards
from stemkit.actions.stream.address import BoardAddress
from stemkit.actions.stream.connector import Bare
from stemkit.actions.stream.whereabouts import Surroundings


class Newcomers:
    """Tells boards that are new from those that are known and were only away."""

    def __init__(
        self,
        known: Iterable[BoardAddress],
        in_use: Callable[[], Collection[str]],
        around: Surroundings,
        listed: Callable[[], Sequence[Board]] = list_boards,
        baud: int | None = None,
    ) -> None:
        """`in_use` gives the ports that are open here; `baud` is the rate for all boards."""
        self._known = list(known)
        self._in_use, self._around, self._listed = in_use, around, listed
        self._baud = baud
        self._seen: set[str] = set()
        self._bare: set[str] = set()

    def look(self) -> list[BoardAddress | Bare]:
        """What was plugged in since the last look."""
        boards = [board for board in self._listed() if board.likely]
        talking = [board for board in boards if board.port]
        in_use = self._in_use()
        found: list[BoardAddress | Bare] = []
        seen: set[str] = set()
        for address in self._around.addresses(talking):
            if address.port in in_use or self._is_known(address):
                continue
            seen.add(address.port)
            # An adapter without a number may be one that went away: it is looked for first.
            if address.identity.startswith("place:") and address.port not in self._seen:
                continue
            found.append(self._taken(address))
        self._seen = seen
        bare = {board.name for board in boards if not board.port}
        found += [Bare(name) for name in sorted(bare - self._bare)]
        self._bare = bare
        return found

    def _is_known(self, address: BoardAddress) -> bool:
        if address.identity:
            return any(known.identity == address.identity for known in self._known)
        return any(known.port == address.port for known in self._known)

    def _taken(self, address: BoardAddress) -> BoardAddress:
        if self._baud is not None:
            address = replace(address, baud=self._baud, baud_chosen=True)
        names = {known.name for known in self._known}
        name, n = address.name, 2
        while name in names:  # another board had this port, or this name, before
            name, n = f"{address.name}-{n}", n + 1
        taken = replace(address, name=name)
        self._known.append(taken)
        return taken
