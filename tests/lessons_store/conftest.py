"""A trainer, clubs, and a tree with two lessons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lessons_store.club import Person, make_lesson


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Person]:
    """Somebody of this name, with a stemkit folder of their own."""
    return lambda name: Person(tmp_path / name, monkeypatch)


@pytest.fixture
def trainer(person: Callable[[str], Person]) -> Person:
    return person("trainer")


@pytest.fixture
def club(person: Callable[[str], Person]) -> Person:
    return person("club")


@pytest.fixture
def lessons(tmp_path: Path) -> list[Path]:
    """Two lessons' folders."""
    return [make_lesson(tmp_path / "work", name) for name in ("20-magnets", "21-tides")]


@pytest.fixture
def tree(trainer: Person, lessons: list[Path], tmp_path: Path) -> Path:
    """Where the trainer exported both."""
    trainer.export(tmp_path / "tree", *lessons)
    return tmp_path / "tree"
