"""Fixtures and rules for every test."""

from __future__ import annotations

import runpy
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import hypothesis
import pytest

from stemkit.virtual import RunningBoard
from stemkit.words import set_language

ROOT = Path(__file__).resolve().parent.parent

# Debian package -> a program that it brings.
PROGRAMS = {
    "qemu-system-arm": "qemu-system-arm",
    "chromium": "chromium",
    "tmux": "tmux",
    "openssl": "openssl",
    "softhsm2": "softhsm2-util",
    "fish": "fish",
    "zsh": "zsh",
}


# A busy machine makes an example slow now and then: that is no fault.
hypothesis.settings.register_profile("stemkit", deadline=None)
hypothesis.settings.load_profile("stemkit")


def pytest_configure(config: pytest.Config) -> None:
    # A shell starts what runs in its background deaf to Ctrl-C, and a child inherits that: the
    # commands that are tested would be, too.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # A translation that was just edited is the one that is tested.
    runpy.run_path(str(ROOT / ".ci" / "words.py"))["compile_catalogues"]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("debian"):
            package = mark.args[0]
            if shutil.which(PROGRAMS[package]) is None:
                item.add_marker(pytest.mark.skip(reason=f"needs the Debian package {package}"))


@pytest.fixture(autouse=True)
def own_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Every test has a stemkit folder of its own and speaks English."""
    home = tmp_path_factory.mktemp("stemkit-home")
    monkeypatch.setenv("STEMKIT_HOME", str(home))
    monkeypatch.setenv("STEMKIT_LANG", "en")
    yield home
    # A command line with --lang chooses for the whole process.
    set_language(None)


class StartBoards(Protocol):
    """What the fixture `virtual_boards` gives."""

    def __call__(self, count: int = 1, **wanted: Any) -> list[RunningBoard]: ...


@pytest.fixture
def virtual_boards(own_home: Path) -> Iterator[StartBoards]:
    """`virtual_boards(2, model="pico", paced=True)`: boards that live as long as the test.

    The words are those of `stemkit.actions.sim.Wanted`; without `paced` bytes take no time.
    """
    from stemkit.actions.sim import Wanted, start_boards

    started = []

    def start(count: int = 1, **wanted: Any) -> list[RunningBoard]:
        wanted.setdefault("paced", False)
        started.append(start_boards(Wanted(count=count, **wanted), detach=False))
        return started[-1].boards

    yield start
    for boards in started:
        boards.close()


@pytest.fixture
def virtual_board(virtual_boards: StartBoards) -> RunningBoard:
    """One virtual ESP32 at its prompt, whose line takes no time."""
    return virtual_boards()[0]
