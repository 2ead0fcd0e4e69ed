"""What boards are called before people: the number on the label, and the name beside it."""

from __future__ import annotations

from dataclasses import dataclass

from stemkit.actions.stream import BoardAddress
from stemkit.model.reading import Description
from stemkit.storage.roster import kit_by_id


@dataclass(frozen=True, slots=True)
class Title:
    """`7 Góc cửa sổ`; without a number only the name, as in the list of boards."""

    number: str
    name: str

    @property
    def whole(self) -> str:
        """All of it."""
        return f"{self.number} {self.name}".strip()

    @property
    def short(self) -> str:
        """The number where there is one: it tells boards apart."""
        return self.number or self.name


class Titles:
    """Looks boards up in the kit, which is read when this is made."""

    def __init__(self) -> None:
        self._kit = kit_by_id()
        self._by_number = {str(board.number): board for board in self._kit.values()}

    def of(self, board: BoardAddress, said: Description | None) -> Title:
        """The title of a board, by its id or by the number that it tells itself."""
        known = self._kit.get(board.unique_id.lower())
        number = said.board if said is not None and said.board.isdecimal() else ""
        if known is None and number:
            known = self._by_number.get(number)
        if known is not None:
            number = str(known.number)
        name = known.name if known is not None and known.name else board.name
        return Title(number, "" if name == number else name)
