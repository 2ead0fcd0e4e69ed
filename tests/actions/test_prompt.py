"""A board is opened, brought to its prompt and left in order."""

from __future__ import annotations

import threading

import pytest

from stemkit.actions.boards.listing import Board, list_boards
from stemkit.actions.boards.prompt import at_prompt, firmness_for
from stemkit.actions.sim import plug, unplug
from stemkit.devices.session import Session
from stemkit.events import Event, Noted
from stemkit.links import open_link
from stemkit.links.errors import LinkLostError
from stemkit.virtual import RunningBoard
from stemkit.words import set_language
from tests.conftest import StartBoards

# Takes Ctrl-C as data after two seconds: only a restart lets anybody in.
STUBBORN = """
import micropython, time
time.sleep(2)
micropython.kbd_intr(-1)
print('deaf')
while True: time.sleep(0.02)
"""


def test_the_port_is_free_afterwards(virtual_board: RunningBoard) -> None:
    board = list_boards()[0]
    for _ in range(2):
        with at_prompt(board) as session:
            assert session.exec("print(1)").strip() == b"1"
    link = open_link(board.port)
    assert Session(link).at_prompt(10.0)
    link.close()


def test_a_person_pulls_the_cable(virtual_board: RunningBoard) -> None:
    board = list_boards()[0]
    with at_prompt(board) as session:
        session.exec(f"f = open('main.py', 'w')\nf.write({STUBBORN!r})\nf.close()")
        assert session.restart_program()
        assert b"deaf" in session.transport.until(b"deaf", 30.0)
    told: list[Event] = []

    def person(event: Event) -> None:
        told.append(event)
        threading.Timer(0.3, unplug, [board.name]).start()
        threading.Timer(1.0, plug, [board.name]).start()

    with at_prompt(board, person_s=15, sink=person) as session:
        assert b"main.py" in session.exec("import os\nprint(os.listdir())")
    assert isinstance(told[0], Noted)


@pytest.mark.parametrize(
    "program",
    [STUBBORN, "import machine, time\ntime.sleep(2)\nprint('deaf')\nmachine.deepsleep(60000)\n"],
    ids=["no interrupt character", "asleep"],
)
def test_reset_wires_reach_a_board_that_hears_nothing(
    virtual_boards: StartBoards, program: str
) -> None:
    virtual_boards(port="rfc2217")
    board = list_boards()[0]
    with at_prompt(board) as session:
        session.exec(f"f = open('main.py', 'w')\nf.write({program!r})\nf.close()")
        assert session.restart_program()
        assert b"deaf" in session.transport.until(b"deaf", 30.0)
    with at_prompt(board) as session:
        assert b"main.py" in session.exec("import os\nprint(os.listdir())")


def test_an_unplugged_board_is_lost_where_nobody_is_there(virtual_board: RunningBoard) -> None:
    with pytest.raises(LinkLostError):
        work_while_the_cable_is_pulled(list_boards()[0])


def work_while_the_cable_is_pulled(board: Board) -> None:
    with at_prompt(board) as session:
        unplug(board.name)
        session.exec("print(1)")


@pytest.mark.parametrize(("language", "word"), [("vi", "nút"), ("en", "button")])
def test_the_words_fit_the_board_and_the_language(language: str, word: str) -> None:
    set_language(language)
    for model in ("esp32", "microbit-v2", None):
        assert word in firmness_for(Board("x", "COM1", model=model)).how_to_reset
