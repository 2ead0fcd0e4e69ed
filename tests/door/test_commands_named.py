"""Every command that a sentence names can be typed: it exists, and so do its options."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from stemkit.cli import cli

ROOT = Path(__file__).parents[2]
WORDS = runpy.run_path(str(ROOT / ".ci" / "words.py"))
# In quotes or brackets, or behind a colon up to the sentence's end.
QUOTED = re.compile(r"[“(](stemkit [a-z{][^”)]*)[”)]")
TO_TYPE = re.compile(r": (stemkit [a-z{].*?)(?=$|\. |\) | — |; )", re.MULTILINE)
COMMAND = re.compile(rf"(?<!\w)stemkit (?:{'|'.join(cli.list_commands(click.Context(cli)))})\b")


def sentences() -> Iterator[str]:
    for path in sorted((ROOT / "stemkit" / "locale" / "vi").glob("*.po")):
        for message in WORDS["load"]("vi", path.stem):
            for text in (message.id, message.string) if message.id else ():
                yield from (text,) if isinstance(text, str) else text


TOLD = sorted(set(sentences()))
NAMED = sorted({(line, False) for text in TOLD for line in QUOTED.findall(text)}) + sorted(
    {(line, True) for text in TOLD for line in TO_TYPE.findall(text)}
)


def lines_in_code() -> Iterator[str]:
    """Commands that the code itself writes, with `x` for what it fills in."""
    for path in sorted((ROOT / "stemkit").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        inside = {id(part) for node in joined for part in ast.walk(node)} - set(map(id, joined))
        for node in ast.walk(tree):
            if id(node) in inside:
                continue
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [getattr(part, "value", "x") for part in parts]
            text = "".join(one if isinstance(one, str) else "x" for one in texts)
            for line in text.splitlines():
                command = re.split(r" \| |   #|\)", line)[0].strip()
                if COMMAND.match(command):
                    yield command


IN_CODE = sorted(set(lines_in_code()))


def found_command(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = cli
    context = click.Context(cli, info_name="stemkit")
    while isinstance(command, click.Group) and words:
        child = command.get_command(context, words[0])
        assert child is not None, f"no command {words[0]}"
        context = click.Context(child, parent=context, info_name=words[0])
        command, words = child, words[1:]
    return command, words


def test_commands_are_found_in_the_sentences() -> None:
    assert len(NAMED) > 60


@pytest.mark.parametrize(("line", "to_type"), NAMED)
def test_a_command_that_is_named_exists_with_its_options(line: str, to_type: bool) -> None:
    command, words = found_command(re.sub(r"[“”\"]", "", line).split()[1:])
    flags = {flag for parameter in command.params for flag in parameter.opts}
    given = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
    assert given <= flags | {"--help"}
    assert not isinstance(command, click.Group), "one of the group's commands must be named"
    if to_type and "--help" not in given:  # whole: typed as it stands it must not lack a value
        needed = [p for p in command.params if isinstance(p, click.Argument) and p.required]
        assert len([word for word in words if not word.startswith("-")]) >= len(needed)


def test_commands_are_found_in_the_code() -> None:
    assert len(IN_CODE) > 80


@pytest.mark.parametrize("line", IN_CODE)
def test_a_command_that_the_code_writes_exists_with_its_options(line: str) -> None:
    test_a_command_that_is_named_exists_with_its_options(line, to_type=False)


@pytest.mark.parametrize("text", [text for text in TOLD if COMMAND.search(text)])
def test_a_command_stands_apart_from_the_sentence(text: str) -> None:
    """In quotes, in brackets or behind a colon: only so is it kept on one line of a terminal."""
    apart = TO_TYPE.sub(" ", QUOTED.sub(" ", text))
    assert not COMMAND.search(apart)
