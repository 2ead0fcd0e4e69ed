"""The club's own boards in one file: numbers, names and self-tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from stemkit.errors import UsageError
from stemkit.model.kit import KitBoard, SelfTest, SensorTest
from stemkit.storage import places
from stemkit.storage.notebook import Notebook, NotebookDamagedError
from stemkit.words import N_

SCHEMA: Final = "stemkit.kit/1"


class NumberTakenError(UsageError):
    """Another board has this number."""

    code = "number-taken"
    message = N_("Number {number} belongs to another board ({unique_id}).")
    remedy = N_("Choose a free number, or give that board another one first.")


class Roster:
    """The boards in the kit's file, by number."""

    def __init__(self, path: Path) -> None:
        self._notebook = Notebook(path)

    def all(self) -> tuple[KitBoard, ...]:
        """Every board, by number. Raises NotebookDamagedError."""
        return tuple(sorted(self._boards(self._notebook.read()), key=lambda board: board.number))

    def by_id(self, unique_id: str) -> KitBoard | None:
        """The board with this `machine.unique_id()` in hex, or None."""
        return next((b for b in self.all() if b.unique_id == unique_id.lower()), None)

    def by_number(self, number: int) -> KitBoard | None:
        """The board with this number, or None."""
        return next((b for b in self.all() if b.number == number), None)

    def label(
        self,
        unique_id: str,
        *,
        number: int | None = None,
        name: str | None = None,
        model: str = "",
        parts: tuple[str, ...] | None = None,
    ) -> KitBoard:
        """Give a board a number (None: the one it has, or the next free one) and a name.

        `name` and `parts` None keep what it has. Raises NumberTakenError.
        """
        unique_id = unique_id.lower()
        with self._changing() as boards:
            old = boards.get(unique_id)
            taken = {b.number: b.unique_id for b in boards.values() if b.unique_id != unique_id}
            if number in taken:
                raise NumberTakenError(number=number, unique_id=taken[number])
            if old is None:
                old = KitBoard(unique_id, number or _free(taken), since=_now())
            board = replace(
                old,
                number=number or old.number,
                name=old.name if name is None else name,
                model=model or old.model,
                parts=old.parts if parts is None else parts,
            )
            boards[unique_id] = board
        return board

    def add_test(self, unique_id: str, test: SelfTest) -> None:
        """Keep a self-test of a board that is in the roster; others are not kept."""
        with self._changing() as boards:
            board = boards.get(unique_id.lower())
            if board is not None:
                boards[board.unique_id] = replace(board, tests=(*board.tests, test))

    @contextmanager
    def _changing(self) -> Iterator[dict[str, KitBoard]]:
        with self._notebook.changing() as body:
            boards = {board.unique_id: board for board in self._boards(body)}
            yield boards
            ordered = sorted(boards.values(), key=lambda board: board.number)
            body["schema"] = SCHEMA
            body["boards"] = [asdict(board) for board in ordered]

    def _boards(self, body: dict[str, Any]) -> Iterator[KitBoard]:
        try:
            for row in body.get("boards", []):
                yield _board(row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotebookDamagedError(path=self._notebook.path, reason=repr(error)) from error


def kit_by_id() -> dict[str, KitBoard]:
    """The boards of this computer's kit by unique id; none where its file is damaged."""
    try:
        return {board.unique_id: board for board in Roster(places.kit()).all()}
    except NotebookDamagedError:
        return {}


def known_numbers() -> dict[str, int]:
    """Kit numbers by unique id."""
    return {board.unique_id: board.number for board in kit_by_id().values()}


def _board(row: dict[str, Any]) -> KitBoard:
    tests = tuple(
        SelfTest(
            str(test["at"]),
            str(test["firmware"]),
            tuple(
                SensorTest(str(s["sensor"]), bool(s["ok"]), str(s["detail"]))
                for s in test["sensors"]
            ),
        )
        for test in row["tests"]
    )
    return KitBoard(
        str(row["unique_id"]),
        int(row["number"]),
        str(row["name"]),
        str(row["model"]),
        tuple(str(part) for part in row.get("parts", [])),
        str(row["since"]),
        tests,
    )


def _free(taken: dict[int, str]) -> int:
    number = 1
    while number in taken:
        number += 1
    return number


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
