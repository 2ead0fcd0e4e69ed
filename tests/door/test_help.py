"""Every command's help: an example that parses, the common options, and both languages."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from stemkit.cli import COMMANDS, cli
from stemkit.words import set_language, translation


def all_commands() -> list[tuple[str, click.Command]]:
    top = click.Context(cli, info_name="stemkit")
    return [
        row
        for name in COMMANDS
        if (command := cli.get_command(top, name)) is not None
        for row in _below(name, command, top)
    ]


def _below(path: str, command: click.Command, above: click.Context) -> Iterator:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, parent=above, info_name=command.name)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _below(f"{path} {name}", child, context)


ALL = all_commands()
LEAVES = [row for row in ALL if not isinstance(row[1], click.Group)]


def ids(value: object) -> str:
    return value.replace(" ", "-") if isinstance(value, str) else ""


@pytest.mark.parametrize(("path", "command"), ALL, ids=ids)
def test_the_example_is_a_line_that_the_command_accepts(path: str, command: click.Command) -> None:
    example = getattr(command, "example", "").splitlines()[0]
    words = shlex.split(example.partition("  #")[0])
    assert words[: 1 + len(path.split())] == ["stemkit", *path.split()] or isinstance(
        command, click.Group
    )
    context: click.Context = click.Context(cli, info_name="stemkit")
    found: click.Command = cli
    rest = words[1:]
    while isinstance(found, click.Group):
        name, child, rest = found.resolve_command(context, rest)
        assert child is not None
        found = child
        context = click.Context(found, parent=context, info_name=name)
    found.make_context(found.name, [w for w in rest if w], parent=context.parent)


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=ids)
def test_a_command_has_the_common_options(path: str, command: click.Command) -> None:
    flags = {flag for parameter in command.params for flag in parameter.opts}
    assert {"--json", "--quiet", "--lang"} <= flags


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("path", "command"), ALL, ids=ids)
def test_help_is_whole_in_both_languages(path: str, command: click.Command, language: str) -> None:
    set_language(language)
    try:
        text = command.get_help(click.Context(command, info_name=path))
    finally:
        set_language(None)
    assert "Example" in text if language == "en" else "Ví dụ" in text
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.help, f"{parameter.opts} has no help"
            told = re.sub(r"\s+", " ", text)
            assert translation(parameter.help, language)[:12] in told


def test_the_list_of_commands_agrees_with_the_commands() -> None:
    for name, command in ALL:
        if name in COMMANDS and command.help:
            assert COMMANDS[name][1]
