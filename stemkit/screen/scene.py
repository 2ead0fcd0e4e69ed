"""What the page of lines shows, besides what the person chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stemkit.actions.readings.channels import ChannelBook
from stemkit.actions.readings.titles import Title
from stemkit.actions.stream.station import BoardState
from stemkit.screen.canvas import Style
from stemkit.screen.digits import Digits


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the page needs besides what the person chose."""

    now_s: float
    book: ChannelBook
    boards: Sequence[str]
    states: Mapping[str, BoardState] = field(default_factory=dict)
    titles: Mapping[str, Title] = field(default_factory=dict)
    """What boards are called, where that is not their name."""
    quiet: Mapping[str, str] = field(default_factory=dict)
    """How long boards have sent nothing, in words."""
    style: Style = Style.BRAILLE
    colour: bool = True
    """Whether lines are told apart by colour."""
    marks: Sequence[tuple[float, str]] = ()
    """(t_s, text) of marks."""
    curves: Mapping[tuple[str, str], Callable[[float], float]] = field(default_factory=dict)
    """Fitted curves by (board, label)."""
    digits: Digits = field(default_factory=Digits)

    def title(self, board: str) -> Title:
        """What a board is called."""
        return self.titles.get(board) or Title("", board)
