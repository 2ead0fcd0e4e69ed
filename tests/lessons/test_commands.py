"""The lessons' texts speak of commands and options that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from stemkit.cli import cli
from stemkit.storage import places

TEXTS = sorted(places.shipped("lessons").glob("*/*/*.md"))
BLOCK = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
IN_BLOCK = re.compile(r"^stemkit .*$", re.MULTILINE)
IN_SENTENCE = re.compile(r"`(stemkit [^`\n]*)`")


def commands(text: str) -> list[str]:
    """Those on lines of their own in blocks, and those in sentences."""
    blocks = BLOCK.findall(text)
    return IN_BLOCK.findall("\n".join(blocks)) + IN_SENTENCE.findall(BLOCK.sub("", text))


def understand(line: str) -> None:
    """Raise click's UsageError unless each command and option of the line is there."""
    words = shlex.split(line)[1:]
    command: click.Command = cli
    context = click.Context(cli, info_name="stemkit")
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        if found is None:
            raise click.UsageError(f"no command {words[0]}")
        command, words = found, words[1:]
        context = click.Context(command, parent=context)
    command.make_parser(context).parse_args(words)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: "/".join(path.parts[-3:]))
def test_commands_in_a_text_are_there(path: Path) -> None:
    for line in commands(path.read_text("utf-8")):
        understand(line)


def test_the_lessons_speak_of_many_commands() -> None:
    assert sum(len(commands(path.read_text("utf-8"))) for path in TEXTS) > 60


def test_a_command_that_is_not_there_would_be_seen() -> None:
    for line in ("stemkit recrod show x", "stemkit record show x --fitt line", "stemkit nonsense"):
        with pytest.raises(click.UsageError):
            understand(line)
