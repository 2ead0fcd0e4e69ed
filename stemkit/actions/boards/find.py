"""Which boards a person means by the words on the command line.

A BOARD is a port (`/dev/ttyUSB0`, `ttyUSB0`, `COM3`, a URL, a drive's folder), a kit number, a
virtual board's name, or the last three or more digits of a unique id. Boards are asked who they
are only where a word is none of the names that are known without asking.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.boards.listing import (
    Around,
    Board,
    Numbers,
    board_of_drive,
    list_boards,
    numbered,
    probed,
)
from stemkit.errors import NoSuchBoardError, UsageError
from stemkit.links.drives import read_drive
from stemkit.words import N_, tr

_SUFFIX_DIGITS = 3


class NoBoardError(NoSuchBoardError):
    """Nothing is connected."""

    code = "no-board"
    message = N_("No board is connected.")
    remedy = N_(
        "Plug a board in with a cable that carries data, or start a virtual one: stemkit sim start."
        " If a board is plugged in and not seen: stemkit doctor"
    )


class UnknownBoardError(NoSuchBoardError):
    """Boards are connected, but none is called so."""

    code = "no-such-board"
    message = N_("There is no board “{board}”. Connected: {known}")
    remedy = N_(
        "Write one of these names, a port, a kit number, or the last digits of a unique id."
    )


class MistypedBoardError(UnknownBoardError):
    """As `UnknownBoardError`, where one name is nearly what was written; same code."""

    message = N_("There is no board “{board}”. Did you mean “{near}”? Connected: {known}")


class WhichBoardError(UsageError):
    """Several boards are connected, and the command needs one."""

    code = "which-board"
    message = N_("Several boards are connected: {known}")
    remedy = N_("Say which one you mean, for example: {example}")


class AmbiguousBoardError(UsageError):
    """A word fits several boards."""

    code = "ambiguous-board"
    message = N_("“{board}” could be any of these boards: {known}")
    remedy = N_("Write more digits of the unique id, or the port.")


@dataclass(frozen=True, slots=True)
class Search:
    """What a command looks for, and where."""

    command: str = "stemkit"
    """How the command was written, for the example in an error."""
    numbers: Numbers | None = None
    """Kit numbers from the roster, by unique id."""
    around: Around | None = None


def find_board(word: str | None, search: Search | None = None) -> Board:
    """The one board that `word` names, or the only one connected where it is None.

    Raises `NoBoardError`, `UnknownBoardError`, `WhichBoardError` or `AmbiguousBoardError`.
    """
    search = search or Search()
    if word is None:
        return _only(_connected(search), search)
    return find_boards([word], search)[0]


def find_boards(
    words: Sequence[str], search: Search | None = None, *, all_boards: bool = False
) -> list[Board]:
    """The boards that `words` name, each once; without words the only one, or `all_boards`."""
    search = search or Search()
    if not words:
        boards = _connected(search)
        return boards if all_boards else [_only(boards, search)]
    finder = _Finder(search)
    found = [finder.find(word) for word in words]
    return list({board.port or board.drive: board for board in found}.values())


def _connected(search: Search) -> list[Board]:
    boards = [board for board in list_boards(search.around) if board.likely]
    if not boards:
        raise NoBoardError
    return boards


def _only(boards: list[Board], search: Search) -> Board:
    if len(boards) > 1:
        example = f"{search.command} {boards[0].name}"
        raise WhichBoardError(known=told(boards), example=example)
    return boards[0]


class _Finder:
    """Resolves words; lists the boards once and asks them at most once."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._listed = list_boards(search.around)
        self._asked: list[Board] | None = None

    def find(self, word: str) -> Board:
        named = [board for board in self._listed if _is_called(board, word)]
        if named:
            return named[0]
        if _is_place(word):
            drive = None if "://" in word else read_drive(Path(word))
            if drive is not None:
                # Mounted where nobody looks: a drive is known by what is in it.
                return board_of_drive(drive)
            # Not listed: opening it will say what is wrong with it, if anything is.
            return Board(name=word, port=word, resets_by_lines=word.startswith("rfc2217://"))
        if word.isdecimal():
            # The roster knows most boards without disturbing their programs.
            in_roster = numbered(self._listed, self._search.numbers or {})
            same = _with_number(in_roster, int(word)) or _with_number(self._all(), int(word))
            if same:
                return _one(same, word)
        if re.fullmatch(rf"[0-9A-Fa-f]{{{_SUFFIX_DIGITS},}}", word):
            ended = self._by_suffix(self._listed, word) or self._by_suffix(self._all(), word)
            if ended:
                return _one(ended, word)
        raise self._unknown(word)

    def _all(self) -> list[Board]:
        if self._asked is None:
            self._asked = probed(self._listed, self._search.around, self._search.numbers)
        return self._asked

    def _by_suffix(self, boards: Sequence[Board], word: str) -> list[Board]:
        return [board for board in boards if board.unique_id.lower().endswith(word.lower())]

    def _unknown(self, word: str) -> NoSuchBoardError:
        import difflib  # only a mistake needs it

        if not self._listed:
            return NoBoardError()
        boards = self._asked or self._listed
        names = [name for board in boards for name in (board.name, board.port) if name]
        near = difflib.get_close_matches(word, names, n=1)
        if near:
            return MistypedBoardError(board=word, near=near[0], known=told(boards))
        return UnknownBoardError(board=word, known=told(boards))


def _with_number(boards: Sequence[Board], number: int) -> list[Board]:
    return [board for board in boards if board.kit_number == number]


def _is_called(board: Board, word: str) -> bool:
    wanted = word.casefold()
    drive = board.drive.casefold()
    # Windows: a drive is `E:\\`, and people write `E:`.
    if wanted in (board.name.casefold(), board.port.casefold(), drive, drive.rstrip("\\")):
        return True
    if "://" in word or not (board.port.startswith("/") or board.drive):
        return False
    # /dev/serial/by-id/... and other links name the same port.
    return _same_place(word, board.port) or _same_place(word, board.drive)


def _same_place(word: str, place: str) -> bool:
    try:
        return bool(place) and "/" in word and Path(word).resolve() == Path(place).resolve()
    except OSError:
        return False


def _is_place(word: str) -> bool:
    return (
        "/" in word or "\\" in word or re.fullmatch(r"COM\d{1,3}", word, re.IGNORECASE) is not None
    )


def _one(boards: list[Board], word: str) -> Board:
    if len(boards) > 1:
        raise AmbiguousBoardError(board=word, known=told(boards))
    return boards[0]


def told(boards: Sequence[Board]) -> str:
    """Boards in one line: name and kind, with kit number where it is known."""
    return ", ".join(_told(board) for board in boards)


def _told(board: Board) -> str:
    kind = board.model or board.chip or board.bridge
    parts = [part for part in (board.name, f"({kind})" if kind else "") if part]
    if board.kit_number is not None:
        parts.append(tr(N_("no. {number}"), number=board.kit_number))
    return " ".join(parts)
