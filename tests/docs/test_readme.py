"""The READMEs: a newcomer's commands are run, and both languages have the same ones."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click
import pytest

from stemkit.cli import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[2]
READMES = ["README.md", "README.vi.md"]


def blocks(readme: str, marker: str) -> list[list[str]]:
    text = (ROOT / readme).read_text("utf-8")
    found = re.findall(rf"<!-- {marker} -->\n```\n(.*?)```", text, re.DOTALL)
    return [block.splitlines() for block in found]


@pytest.fixture
def newcomer(own_home: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder with a copy of what a checkout shows, and nothing left running afterwards."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    yield tmp_path
    stemkit(["sim", "stop", "--all"], tmp_path)


def stemkit(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stemkit", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
    )


def test_ten_minutes_without_a_board(newcomer: Path) -> None:
    said = ""
    for line in chain.from_iterable(blocks("README.md", "runs")):
        done = stemkit(shlex.split(line)[1:], newcomer)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        said += done.stdout
    assert "temp=22" in said
    assert "temp=31" in said
    assert "temp" in (newcomer / "first.csv").read_text("utf-8-sig").splitlines()[0]


@pytest.mark.parametrize("marker", ["demo", "tests", "runs"])
def test_both_languages_have_the_same_commands(marker: str) -> None:
    english, vietnamese = (blocks(readme, marker) for readme in READMES)
    assert english == vietnamese
    assert english


@pytest.mark.parametrize("readme", READMES)
def test_every_command_that_a_readme_names_is_one(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    named = re.findall(r"`(stemkit [a-z][^`]*)`", text)
    assert len(named) > 20
    for line in named:
        words = shlex.split(line.replace("\\", "/"))[1:]
        context = click.Context(cli, info_name="stemkit")
        found: click.Command = cli
        while isinstance(found, click.Group):
            _, child, words = found.resolve_command(context, words)
            assert child is not None, line
            found = child
        flags = {flag for parameter in found.params for flag in parameter.opts} | {"--help"}
        assert {word for word in words if word.startswith("--")} <= flags, line


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    missing = [name for name in COMMANDS if not re.search(rf"stemkit {name}\b", text)]
    assert missing == []
