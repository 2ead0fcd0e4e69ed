"""Which board a word on the command line means."""

from __future__ import annotations

import pytest

from stemkit.actions.boards.find import (
    AmbiguousBoardError,
    MistypedBoardError,
    NoBoardError,
    Search,
    UnknownBoardError,
    WhichBoardError,
    find_board,
    find_boards,
)
from stemkit.errors import Exit
from tests.conftest import StartBoards

from .fake_system import CP2102, MICROBIT, MODEM, PICO, PICO_DRIVE, around
from .test_boards import with_stem

TWO = Search("stemkit repl", around=around([CP2102, PICO]))


def test_the_only_board_need_not_be_named() -> None:
    assert find_board(None, Search(around=around([CP2102]))).port == "/dev/ttyUSB0"
    assert find_board(None, Search(around=around([MODEM, CP2102]))).port == "/dev/ttyUSB0"
    assert find_board(None, Search(around=around([], [PICO_DRIVE]))).name == "RPI-RP2"


def test_several_and_none_named() -> None:
    with pytest.raises(WhichBoardError, match="ttyUSB0") as which:
        find_board(None, TWO)
    assert which.value.exit_code is Exit.WRONG_USAGE
    assert "ttyACM0" in which.value.told()
    assert "stemkit repl ttyUSB0" in which.value.remedy_told()
    assert len(find_boards([], TWO, all_boards=True)) == 2


def test_none() -> None:
    for word in (None, "v1", "7"):
        with pytest.raises(NoBoardError) as none:
            find_board(word, Search(around=around([MODEM] if word is None else [])))
        assert none.value.exit_code is Exit.NO_SUCH_BOARD


@pytest.mark.parametrize(
    ("word", "port"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("ttyUSB0", "/dev/ttyUSB0"),
        ("com4", "COM4"),
        ("6f35", "/dev/ttyACM0"),
        ("E6F35", "/dev/ttyACM0"),
        ("socket://nano.local:5000", "socket://nano.local:5000"),
        ("/dev/ttyS5", "/dev/ttyS5"),
        ("COM9", "COM9"),
    ],
)
def test_words_that_need_no_question(word: str, port: str) -> None:
    search = Search(around=around([CP2102, PICO, MICROBIT]))
    assert find_board(word, search).port == port


def test_a_drive_can_be_named() -> None:
    search = Search(around=around([CP2102], [PICO_DRIVE]))
    assert find_board("RPI-RP2", search).drive == "/media/lan/RPI-RP2"
    assert find_board("/media/lan/RPI-RP2", search).name == "RPI-RP2"


def test_a_board_named_twice_is_one() -> None:
    assert len(find_boards(["ttyUSB0", "/dev/ttyUSB0", "ttyACM0"], TWO)) == 2


def test_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(MistypedBoardError, match="Did you mean “ttyUSB0”") as wrong:
        find_board("ttyUSB1", TWO)
    assert wrong.value.code == "no-such-board"
    with pytest.raises(UnknownBoardError) as unknown:
        find_board("Xyz", TWO)
    assert type(unknown.value) is UnknownBoardError


def test_virtual_boards_by_name_number_and_id(virtual_boards: StartBoards) -> None:
    first, second = virtual_boards(2)
    with_stem(second, '{"number": 7}')
    assert find_board("v2").port == second.port
    assert find_board("7").port == second.port
    assert find_board(first.unique_id[-4:]).port == first.port
    assert find_board("8", Search(numbers={first.unique_id: 8})).port == first.port
    with pytest.raises(UnknownBoardError):
        find_board("9")


def test_a_number_that_two_boards_have(virtual_boards: StartBoards) -> None:
    for board in virtual_boards(2):
        with_stem(board, '{"number": 7}')
    with pytest.raises(AmbiguousBoardError, match="v2") as two:
        find_board("7")
    assert two.value.exit_code is Exit.WRONG_USAGE
