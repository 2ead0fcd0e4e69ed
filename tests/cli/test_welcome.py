"""`stemkit` alone says what can be done next."""

import re
import shlex
import subprocess
import sys

import click
import pytest

from stemkit.actions.next_steps import MOST, next_steps
from stemkit.cli import cli
from stemkit.storage import places
from stemkit.storage.unfinished import UnfinishedBoards


def stemkit(*words):
    return subprocess.run(
        [sys.executable, "-m", "stemkit", *words], capture_output=True, text=True, timeout=60
    )


def commands():
    return [step.command for step in next_steps().steps]


def must_parse(command):
    words = shlex.split(command)[1:]
    found, context = cli, click.Context(cli, info_name="stemkit")
    while isinstance(found, click.Group):
        name, found, words = found.resolve_command(context, words)
        context = click.Context(found, parent=context, info_name=name)
    found.make_context(name, words, parent=context.parent)


def test_nothing_attached():
    done = stemkit()
    assert done.returncode == 0
    assert "No board is connected" in done.stdout
    for command in re.findall(r"^  (stemkit .*?)   ", done.stdout, re.MULTILINE):
        must_parse(command)
    assert "stemkit demo" in done.stdout
    assert "Bây giờ bạn có thể" in stemkit("--lang", "vi").stdout


@pytest.mark.parametrize("blank", [False, True])
def test_boards_attached(virtual_boards, blank):
    boards = virtual_boards(2, model="pico", blank=blank)
    told = stemkit().stdout
    assert f"2 boards: {boards[0].name} (pico)" in told
    assert (commands()[:2] == ["stemkit firmware fetch pico", "stemkit flash --all"]) is blank
    assert ("stemkit watch" in told) is not blank
    for command in commands():
        must_parse(command)
    assert len(commands()) <= MOST


def test_an_interrupted_flash_comes_first(virtual_board):
    marks = UnfinishedBoards(places.unfinished())
    marks.set(virtual_board.unique_id, virtual_board.name, "esp32.bin")
    assert commands()[0] == "stemkit flash"


def test_a_group_alone_shows_its_commands():
    done = stemkit("lesson")
    assert done.returncode == 2
    assert "check" in done.stdout
    assert stemkit("nonsense").returncode == 2
