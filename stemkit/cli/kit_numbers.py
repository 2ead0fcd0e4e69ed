"""The club's own numbers, for commands that show or take them."""

from __future__ import annotations

from stemkit.cli.output import Output


def known_numbers(out: Output) -> dict[str, int]:
    """Unique id to kit number. A damaged kit file is told as a hint: it must stop no lesson."""
    from stemkit.storage import places
    from stemkit.storage.notebook import NotebookDamagedError
    from stemkit.storage.roster import Roster

    try:
        return {board.unique_id: board.number for board in Roster(places.kit()).all()}
    except NotebookDamagedError as error:
        out.hint(error.told())
        out.hint(error.remedy_told())
        return {}
