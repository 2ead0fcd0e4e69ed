"""The club's own boards, for commands that show or take their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stemkit.cli.output import Output

if TYPE_CHECKING:
    from stemkit.model.kit import KitBoard


def known_boards(out: Output) -> dict[str, KitBoard]:
    """The kit by unique id. A damaged kit file is told as a hint: it must stop no lesson."""
    from stemkit.storage import places
    from stemkit.storage.notebook import NotebookDamagedError
    from stemkit.storage.roster import Roster

    try:
        return {board.unique_id: board for board in Roster(places.kit()).all()}
    except NotebookDamagedError as error:
        out.hint(error.told())
        out.hint(error.remedy_told())
        return {}


def known_numbers(out: Output) -> dict[str, int]:
    """Unique id to kit number."""
    return {board.unique_id: board.number for board in known_boards(out).values()}
