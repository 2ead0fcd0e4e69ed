"""Files onto a board: what differs is sent, what was ours goes, what is the student's stays."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.devices.session import Session
from stemkit.devices.upload_errors import BoardFullError, BoardMemoryError, PathTakenError
from stemkit.events import Event, Noted, StepAdvanced, StepStarted
from tests.conftest import StartBoards
from tests.deploy.benchwork import on_board, send, session_on, write
from tests.devices.unix import UnixBoard

LESSON = {
    "main.py": b"import drivers.light\n" * 40,
    "drivers/light.py": bytes(range(256)) * 30,
    "drivers/deep/er/still.txt": b"\x03" * 3000,
    "Bài học số 1.txt": "Đo nhiệt độ\n".encode() * 20,
    "empty": b"",
    "drivers/__init__.py": b"",
    "drivers/deep/__init__.py": b"",
}


@pytest.fixture
def board(virtual_boards: StartBoards) -> Iterator[Session]:
    with session_on(virtual_boards()[0].port) as session:
        yield session


def test_all_arrive_with_their_folders(board: Session) -> None:
    before = on_board(board)
    done = send(board, LESSON)
    assert on_board(board) == {**before, **LESSON}
    assert (done.sent, done.same, done.removed) == (7, 0, 0)
    assert done.payload_bytes == sum(map(len, LESSON.values()))
    assert done.wire_bytes > 0


def test_nothing_of_the_work_is_left(board: Session) -> None:
    send(board, LESSON)
    ours = set(on_board(board, ours=True)) - set(on_board(board))
    assert ours == {".stemkit/manifest"}
    assert board.exec("print([n for n in 'fdbsnctz' if n in globals()])").strip() == b"[]"


def test_the_same_again_sends_no_file(board: Session) -> None:
    send(board, LESSON)
    events: list[Event] = []
    done = send(board, LESSON, events=events)
    assert (done.sent, done.same, done.changed) == (0, 7, False)
    assert [event.step for event in events if isinstance(event, StepStarted)] == ["Comparing"]


def test_the_same_again_is_one_short_question(board: Session) -> None:
    first = send(board, LESSON)
    assert 0 < send(board, LESSON).wire_bytes < 1000 < first.wire_bytes


@pytest.mark.parametrize(
    "spoil",
    [
        "open('empty', 'w').write('x')",
        "import os; os.remove('Bài học số 1.txt')",
        # One byte in the middle, the size stays.
        "f = open('drivers/light.py', 'r+b'); f.seek(4000); f.write(b'!'); f.close()",
        "import os; os.remove('.stemkit/manifest')",
        "open('.stemkit/manifest', 'w').write('[]')",
        "open('.stemkit/manifest', 'w').write('{')",
    ],
)
def test_what_a_board_lost_or_changed_is_noticed(board: Session, spoil: str) -> None:
    send(board, LESSON)
    board.exec(spoil)
    send(board, LESSON)
    there = on_board(board)
    assert {path: there.get(path) for path in LESSON} == LESSON
    assert send(board, LESSON).changed is False


def test_what_an_earlier_try_left_is_cleaned_though_nothing_changed(board: Session) -> None:
    send(board, LESSON)
    write(board, ".stemkit/0123456789ab", "half a file")
    assert send(board, LESSON).changed is False
    assert set(on_board(board, ours=True)) - set(on_board(board)) == {".stemkit/manifest"}


def test_only_what_differs_is_sent(board: Session) -> None:
    send(board, LESSON)
    done = send(board, {**LESSON, "main.py": b"print(1)", "empty": b"no more"})
    assert (done.sent, done.same, done.payload_bytes) == (2, 5, 15)
    assert on_board(board)["main.py"] == b"print(1)"


def test_what_was_deployed_and_is_gone_is_removed(board: Session) -> None:
    send(board, LESSON)
    less = {"main.py": LESSON["main.py"], "empty": b""}
    assert send(board, less).removed == 5
    assert set(on_board(board)) == {"boot.py", "main.py", "empty"}
    assert board.exec("import os;print(os.listdir())").strip().count(b"drivers") == 0


def test_the_students_own_files_stay(board: Session) -> None:
    send(board, LESSON)
    write(board, "mine.py", "x=1")
    write(board, "empty", "my notes")
    assert send(board, {"main.py": b""}).removed == 5
    there = on_board(board)
    assert there["mine.py"] == b"x=1"
    assert there["empty"] == b"my notes"
    # It has become the student's for good.
    send(board, {"main.py": b"again"})
    assert on_board(board)["empty"] == b"my notes"


def test_keep_leaves_all_and_remembers_them(board: Session) -> None:
    send(board, LESSON)
    assert send(board, {"main.py": b""}, keep=True).removed == 0
    assert set(LESSON) <= set(on_board(board))
    assert send(board, {"main.py": b""}, keep=True).changed is False
    assert send(board, {"main.py": b""}).removed == 6


def test_a_line_that_is_slower_than_its_rate_says(tmp_path: Path) -> None:
    # Behind a bridge in the network nobody knows the real rate.
    board = UnixBoard(tmp_path, bytes_s=1500)
    content = {"main.py": b"print(1)", "noise.bin": random.Random(3).randbytes(9000)}
    try:
        with Session(board.link) as session:
            done = send(session, content)
    finally:
        board.close()
    assert {path: (tmp_path / path).read_bytes() for path in content} == content
    # Nothing was lost, so nothing was sent twice.
    assert done.wire_bytes < 9000 + 5000


def test_progress_never_goes_back(board: Session) -> None:
    events: list[Event] = []
    send(board, LESSON, events=events)
    total = next(e.total for e in events if isinstance(e, StepStarted) and e.step == "Sending")
    done = [event.done for event in events if isinstance(event, StepAdvanced)]
    assert done == sorted(done)
    assert done[-1] == total


def test_boot_py_is_a_file_like_others(board: Session) -> None:
    send(board, {"boot.py": b"a = 1\n", "main.py": b""})
    assert on_board(board)["boot.py"] == b"a = 1\n"
    send(board, {"main.py": b""})
    assert "boot.py" not in on_board(board)
    send(board, {"x/y.py": b"", "z.py": b""})
    assert "boot.py" not in on_board(board)


def test_an_old_boot_py_stays_what_it_was(board: Session) -> None:
    before = on_board(board)["boot.py"]
    send(board, LESSON)
    assert on_board(board)["boot.py"] == before


def test_too_large_is_told_before_anything_changes(board: Session) -> None:
    before = on_board(board, ours=True)
    with pytest.raises(BoardFullError) as failure:
        send(board, {"big.bin": bytes(3_000_000), "main.py": b""})
    assert on_board(board, ours=True) == before
    assert 3000 <= int(str(failure.value.fields["needed"])) < 3100


@pytest.mark.parametrize("path", ["lib", "lib/main.py/inner.py"])
def test_a_folder_in_the_place_of_a_file_is_told(board: Session, path: str) -> None:
    send(board, {"lib/main.py": b"", "other.py": b""})
    before = on_board(board, ours=True)
    with pytest.raises(PathTakenError):
        send(board, {path: b"", "other.py": b"new"})
    assert on_board(board, ours=True) == before


def test_many_files_need_many_questions(board: Session) -> None:
    many = {f"data/{i:03}.txt": b"%d" % i for i in range(150)}
    send(board, many)
    again = send(board, {**many, "data/007.txt": b"bond"})
    assert (again.sent, again.same) == (1, 149)
    assert send(board, {"data/000.txt": b"0"}).removed == 149


def test_a_board_without_deflate_says_so_and_gets_its_files(board: Session) -> None:
    board.exec("import sys;sys.modules['deflate'] = sys")
    events: list[Event] = []
    send(board, LESSON, events=events)
    assert LESSON.items() <= on_board(board).items()
    assert any("cannot unpack" in event.text for event in events if isinstance(event, Noted))


def test_a_full_memory_is_emptied_first(board: Session) -> None:
    board.exec("x = []\ntry:\n while True: x.append(bytearray(512))\nexcept MemoryError: x.pop()")
    send(board, LESSON)
    assert LESSON.items() <= on_board(board).items()


# Leaves one free piece of so many bytes: a 64-bit MicroPython needs about twice a board's. What a
# virtual board has on its heap and a board in its flash is brought there first.
HOG = b"""
import gc, machine, select, time
spare = bytearray(%d)
hog = []
size = 65536
while size >= 64:
    try:
        hog.append(bytearray(size))
    except MemoryError:
        size //= 2
spare = None
gc.collect()
"""


def test_little_memory_gets_smaller_pieces(board: Session) -> None:
    send(board, {"boot.py": HOG % 26000})
    board.soft_reset()
    events: list[Event] = []
    send(board, LESSON, events=events, keep=True)
    board.exec("del hog")
    assert LESSON.items() <= on_board(board).items()


def test_hardly_any_memory_is_told_and_nothing_changes(board: Session) -> None:
    send(board, {"boot.py": HOG % 8000})
    board.soft_reset()
    with pytest.raises(BoardMemoryError):
        send(board, LESSON)
    board.enter()
    board.exec("del hog")
    assert set(on_board(board)) == {"boot.py"}
