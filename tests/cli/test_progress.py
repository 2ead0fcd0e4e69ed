"""The sink that shows many boards: lines in a pipe, a table on a terminal."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from stemkit.cli.output import Output
from stemkit.cli.progress import LiveTable, shown
from stemkit.errors import PermissionDeniedError
from stemkit.events import (
    BoardFailed,
    BoardFinished,
    BoardStarted,
    Noted,
    StepAdvanced,
    StepStarted,
)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def screen(table: LiveTable, width: int = 80, height: int = 24) -> str:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True)
    with console.capture() as capture:
        console.print(table.picture(console))
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", capture.get())


def lines_of(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_a_running_board_shows_step_percent_and_speed() -> None:
    clock = Clock()
    table = LiveTable(("one",), clock)
    table(BoardStarted("one"))
    table(StepStarted("one", "Writing", 1_000_000))
    clock.now_s = 2.0
    table(StepAdvanced("one", 184_000))
    row = lines_of(screen(table))[0]
    assert "Writing" in row
    assert row.endswith("18 %     92 kB/s")


def test_the_speed_is_that_of_the_last_moments() -> None:
    clock = Clock()
    table = LiveTable((), clock)
    table(StepStarted("one", "Writing", 10_000_000))
    for second in range(1, 60):
        clock.now_s = float(second)
        table(StepAdvanced("one", 1000 * second if second < 50 else 50_000 + 9000 * (second - 50)))
    assert "9 kB/s" in screen(table)


def test_boards_that_wait_have_a_row_from_the_start() -> None:
    table = LiveTable(("one", "two"))
    assert [line.split() for line in lines_of(screen(table))] == [
        ["one", "waiting"],
        ["two", "waiting"],
    ]


def test_the_ends_of_boards_are_told() -> None:
    table = LiveTable()
    table(BoardFinished("one", "flashed", 12.34))
    table(BoardFailed("two", PermissionDeniedError(path="/dev/x"), 0.5))
    shown_rows = lines_of(screen(table, width=120))
    assert shown_rows[0].split() == ["one", "OK", "flashed,", "12.3", "s"]
    assert "FAILED   You are not allowed to use /dev/x." in shown_rows[1]


def test_a_note_replaces_the_step_until_the_next_one() -> None:
    table = LiveTable()
    table(StepStarted("one", "Waiting"))
    table(Noted("one", "Press RST"))
    assert "Press RST" in screen(table)
    table(StepStarted("one", "Verifying"))
    assert "Press RST" not in screen(table)


def test_a_small_terminal_shows_failures_and_work_first() -> None:
    names = tuple(f"b{n:02}" for n in range(30))
    table = LiveTable(names)
    table(BoardFailed("b29", PermissionDeniedError(path="x"), 1.0))
    table(StepStarted("b20", "Writing", 100))
    text = screen(table, height=10)
    assert "b29" in text
    assert "b20" in text
    assert "… and 23 more boards" in text
    assert len(text.splitlines()) <= 10
    table.close()
    assert all(name in screen(table, height=10) for name in names)


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    table = LiveTable()
    table(StepStarted("a board with quite a long name indeed", "Writing", 100))
    table(BoardFailed("two", PermissionDeniedError(path="/" + "long/" * 60), 1.0))
    assert all(len(line) <= width for line in lines_of(screen(table, width=width)))


def test_hostile_text_from_a_board_is_not_markup() -> None:
    table = LiveTable()
    table(BoardFailed("[red]one", PermissionDeniedError(path="[bold]x[/bold]\x1b[2J\x9b\r"), 1.0))
    text = screen(table)
    assert not set(text) & set("\x1b\x9b\r")
    assert "[red]one" in text
    assert "[bold]x[/bold]" in text


def test_many_threads_may_tell() -> None:
    table = LiveTable()

    def work(name: str) -> None:
        table(BoardStarted(name))
        table(StepStarted(name, "Writing", 500))
        for done in range(500):
            table(StepAdvanced(name, done))
        table(BoardFinished(name, "flashed", 1.0))

    threads = [threading.Thread(target=work, args=(f"b{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        screen(table)
    assert screen(table).count("OK") == 8


def test_a_pipe_gets_a_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(Output()) as sink:
        sink(BoardStarted("one"))
        sink(StepStarted("one", "Writing", 100))
        sink(StepAdvanced("one", 50))
        sink(BoardFinished("one", "flashed", 2.0))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == ["one: Writing", "one: OK   flashed, 2.0 s"]


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(Output(quiet=True)) as sink:
        sink(StepStarted("one", "Writing", 100))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
