"""What a person can do next, given what is attached and what has been done: `stemkit` alone."""

from __future__ import annotations

from dataclasses import dataclass

from stemkit.actions.boards.listing import Around, Board, State, list_boards
from stemkit.actions.firmware.kept import is_at_hand
from stemkit.storage import catalogue, places
from stemkit.storage.firmware_store import FirmwareStore
from stemkit.storage.recordings.folder import all_recordings
from stemkit.storage.unfinished import UnfinishedBoards
from stemkit.words import N_

MOST: int = 4
"""More than this many suggestions are not read."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """A command to type, and why; `why` is a marked sentence."""

    command: str
    why: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What is attached, and what suits it, best first."""

    boards: tuple[Board, ...]
    steps: tuple[NextStep, ...]


def next_steps(around: Around | None = None) -> Situation:
    """Look around without opening any port, so that no board's program is disturbed."""
    boards = [board for board in list_boards(around) if board.likely]
    steps = [*_for_boards(boards), *_for_work()] if boards else [*_for_nothing(), *_for_work()]
    return Situation(tuple(boards), tuple(steps[:MOST]))


def _for_nothing() -> list[NextStep]:
    return [
        NextStep("stemkit demo", N_("see it work, with no board")),
        NextStep("stemkit sim start --detach", N_("start a virtual board to try things on")),
        NextStep("stemkit doctor", N_("find out why a board is not seen")),
    ]


def _for_boards(boards: list[Board]) -> list[NextStep]:
    many = " --all" if len(boards) > 1 else ""
    steps = []
    marked = UnfinishedBoards(places.unfinished())
    if any(key in marked for board in boards for key in (board.unique_id, board.port) if key):
        steps.append(NextStep(f"stemkit flash{many}", N_("finish a flash that was interrupted")))
    elif new := [board for board in boards if board.state in (State.BLANK, State.BOOTLOADER)]:
        steps += _missing_firmware(new)
        steps.append(NextStep(f"stemkit flash{many}", N_("put MicroPython on a new board")))
    if all(board.state in (State.BLANK, State.BOOTLOADER) for board in boards):
        return steps
    lesson = "stemkit deploy 01-first-light"
    return [
        *steps,
        NextStep("stemkit watch", N_("see what the boards measure")),
        NextStep(f"{lesson}{many} --run", N_("put a lesson on a board and run it")),
        NextStep("stemkit boards --probe", N_("ask the boards who they are")),
    ]


def _missing_firmware(boards: list[Board]) -> list[NextStep]:
    store = FirmwareStore(places.firmware_store())
    known = catalogue.boards()
    models = sorted({board.model or "" for board in boards} & set(known))
    missing = [model for model in models if not is_at_hand(store, known[model].firmware.name)]
    if not missing:
        return []
    return [NextStep(f"stemkit firmware fetch {' '.join(missing)}", N_("fetch its MicroPython"))]


def _for_work() -> list[NextStep]:
    recordings = all_recordings(places.recordings())
    if not recordings:
        return []
    newest = max(recordings, key=lambda folder: folder.path.stat().st_mtime)
    return [NextStep(f"stemkit record show {newest.name}", N_("your newest recording"))]
