"""Boards without raw paste, and lines to them that lose bytes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.devices import blind
from stemkit.devices.errors import BoardConfusedError, BoardExceptionError
from stemkit.devices.identity import ask
from stemkit.devices.microbit_files import upload_flat
from stemkit.devices.session import Session
from stemkit.devices.small_files import read_file, write_file
from stemkit.model.deployment import FLAT_MANIFEST_PATH, BoardFile

from .lossy import LossyBoard

CONTENT = {"main.py": "print('Độ ẩm')\r\n".encode() * 3, "data.bin": bytes(range(0, 256, 7))}
ONE_IN = 200


@contextlib.contextmanager
def old_board(
    folder: Path, seed: int = 0, one_in: int | None = None, heap: str = "512k"
) -> Iterator[Session]:
    board = LossyBoard(folder, seed=seed, one_in=one_in, heap=heap)
    session = Session(board)
    try:
        with session:
            yield session
    finally:
        board.close()


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with old_board(tmp_path_factory.mktemp("old")) as session:
        yield session


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_files_arrive_whole_whatever_is_lost(first: int, tmp_path: Path) -> None:
    lost = 0
    for seed in range(first, first + 20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        with old_board(folder, seed, ONE_IN) as session:
            upload_flat(session, [BoardFile(*row) for row in CONTENT.items()], board="old")
            lost += session.link.lost
        written = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert written.pop(FLAT_MANIFEST_PATH)
        assert written == CONTENT, seed
    assert lost > 20 * 5


def test_a_program_runs_once_and_as_it_was_written(tmp_path: Path) -> None:
    program = "try:\n    runs += 1\nexcept NameError:\n    runs = 1\nprint(runs, 'Độ ẩm')\n"
    for seed in range(40):
        with old_board(tmp_path, seed, ONE_IN) as session:
            assert session.exec(program).decode().split() == ["1", "Độ", "ẩm"], seed


def test_the_question_and_small_files(tmp_path: Path) -> None:
    for seed in range(20):
        with old_board(tmp_path, seed, ONE_IN) as session:
            assert ask(session).implementation == "micropython"
            write_file(session, "stem.json", b'{"number": %d}' % seed)
            assert ask(session).number == seed
            assert read_file(session, "stem.json") == b'{"number": %d}' % seed
    assert [path.name for path in tmp_path.iterdir()] == ["stem.json"]


def test_an_exception_names_the_lines_of_the_text_itself(tmp_path: Path) -> None:
    with old_board(tmp_path) as session:
        with pytest.raises(BoardExceptionError) as failed:
            session.exec("def f():\n    1 / 0\n\nprint('before')\nf()\n")
        assert failed.value.output.strip() == b"before"
        assert failed.value.traceback.splitlines() == [
            "Traceback (most recent call last):",
            '  File "<stdin>", line 5, in <module>',
            '  File "<stdin>", line 2, in f',
            "ZeroDivisionError: divide by zero",
        ]
        with pytest.raises(BoardExceptionError) as failed:
            session.exec("x = 1\nif x\n")
        assert failed.value.traceback.splitlines()[-2:] == [
            '  File "<stdin>", line 2',
            "SyntaxError: invalid syntax",
        ]


def test_helpers_that_a_reset_or_a_program_took_away_are_put_back(tmp_path: Path) -> None:
    with old_board(tmp_path) as session:
        assert session.exec("print(1)").strip() == b"1"
        session.exec("globals().clear()")
        assert session.exec("print(2)").strip() == b"2"


@pytest.mark.parametrize(
    ("text", "heap"),
    [("#" * 4000 + "\nprint(42)", "16k"), ("x=1\n" * 400 + "print(42)", "25k")],
    ids=["no room for a copy", "no room to compile beside a copy"],
)
def test_a_text_too_large_to_be_checked_runs_all_the_same(
    text: str, heap: str, tmp_path: Path
) -> None:
    with old_board(tmp_path, heap=heap) as session:
        assert session.exec(text).strip() == b"42"
        with pytest.raises(BoardExceptionError) as failed:
            session.exec(text.replace("p", "1 / 0\np"))
        assert failed.value.traceback.splitlines()[1].startswith('  File "<stdin>", line ')
        with pytest.raises(BoardExceptionError, match="SyntaxError"):
            session.exec(text + ")")
        assert session.exec("print('on')").strip() == b"on"


def test_a_text_larger_than_the_memory_does_not_stop_the_board(tmp_path: Path) -> None:
    with old_board(tmp_path, heap="16k") as session:
        with pytest.raises(BoardExceptionError, match="MemoryError"):
            session.exec("#" * 15000)
        assert session.exec("print('on')").strip() == b"on"


def test_a_line_that_carries_nothing_is_told(tmp_path: Path) -> None:
    with old_board(tmp_path) as session:
        session.link.one_in = 2
        with pytest.raises(BoardConfusedError):
            session.exec("x = 1")
        session.link.one_in = None


@given(data=st.binary(max_size=200), start=st.integers(0, 250), room=st.integers(4, 60))
def test_a_cut_piece_fits_and_nothing_is_skipped(data: bytes, start: int, room: int) -> None:
    piece = blind.cut(data, start, room)
    assert data[start:].startswith(piece)
    assert len(blind.literal(piece)) <= room
    assert piece or start >= len(data)


@settings(max_examples=20)
@given(data=st.binary(max_size=300))
def test_literals_are_the_boards(data: bytes, old: Session) -> None:
    assert old.exec(b"import binascii\nprint(binascii.hexlify(b'%s'))" % blind.literal(data)) == (
        b"b'%s'\n" % data.hex().encode()
    )
