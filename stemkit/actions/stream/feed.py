"""Where readings come from, as faces see it: boards, or a recording that is played again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from stemkit.actions.stream.address import BoardAddress
from stemkit.actions.stream.mailbox import Shape, Subscriber
from stemkit.actions.stream.station import BoardState
from stemkit.model.reading import Counts, Item


class Feed(Protocol):
    """Started once, stopped once. Everything but `start` and `stop` may come from any thread."""

    shape: Shape
    """What is done to readings before anybody sees them; may be replaced at any time."""

    @property
    def boards(self) -> tuple[BoardAddress, ...]:
        """Whose readings come; boards that are plugged in later are added at the end."""
        ...

    @property
    def live(self) -> bool:
        """Whether boards are behind it that can be spoken to."""
        ...

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        ...

    def now_s(self) -> float:
        """The time that the newest readings have: seconds on the recording's clock."""
        ...

    def states(self) -> Mapping[str, BoardState]:
        """How each board is seen now."""
        ...

    def counts(self) -> Mapping[str, Counts]:
        """What each board's lines came to so far."""
        ...

    def subscribe(self, subscriber: Subscriber) -> None:
        """Deliver to `subscriber` from now on."""
        ...

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Deliver no more."""
        ...

    def tell(self, item: Item) -> None:
        """Let every subscriber know of something."""
        ...

    def mark(self, text: str = "") -> None:
        """Mark this moment."""
        ...

    def set_control(self, board: str, control: str, value: float) -> None:
        """Set a control of a board's program."""
        ...

    def start(self) -> None:
        """Begin to deliver."""
        ...

    def check(self) -> None:
        """Raise the error that ended the delivering, if one did."""
        ...

    def stop(self) -> None:
        """Stop delivering and let go of everything."""
        ...
