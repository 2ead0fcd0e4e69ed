"""What is put onto a board: a file, a folder, a lesson; and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stemkit.actions.library.errors import LessonNotForBoardError
from stemkit.actions.programs.errors import (
    BadBoardPathError,
    NothingToDeployError,
    SamePlaceError,
)
from stemkit.actions.programs.source import Target, read_source
from stemkit.errors import MissingFileError
from stemkit.formats.errors import DataFileError
from stemkit.storage.catalogue import boards
from tests.made_lessons import manifest


def make(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def paths(path: Path, target: Target | None = None) -> list[str]:
    return sorted(file.path for file in read_source(path).files(target))


def test_a_folder_keeps_its_layout_and_hides_what_is_hidden(tmp_path: Path) -> None:
    make(tmp_path, "main.py", "lib/a b.py", ".git/config", "__pycache__/x.pyc", "lib/.x", "Bài.txt")
    assert paths(tmp_path) == ["Bài.txt", "lib/a b.py", "main.py"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_a_link_to_another_folder_is_followed_and_one_back_is_not(tmp_path: Path) -> None:
    make(tmp_path, "shared/wifi.py", "lesson/main.py")
    (tmp_path / "lesson/lib").symlink_to("../shared")
    (tmp_path / "lesson/up").symlink_to("..")
    (tmp_path / "shared/self").symlink_to(".")
    (tmp_path / "lesson/gone").symlink_to("nowhere")
    assert paths(tmp_path / "lesson") == ["lib/wifi.py", "main.py"]


def test_a_file_goes_to_the_top(tmp_path: Path) -> None:
    make(tmp_path, "deep/blink.py")
    assert paths(tmp_path / "deep/blink.py") == ["blink.py"]


def test_names_are_composed(tmp_path: Path) -> None:
    make(tmp_path, "Ba\u0300i.txt")
    assert paths(tmp_path) == ["B\u00e0i.txt"]


def test_two_names_that_become_one_are_told(tmp_path: Path) -> None:
    make(tmp_path, "Ba\u0300i.txt", "B\u00e0i.txt")
    with pytest.raises(SamePlaceError):
        read_source(tmp_path)


def test_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(NothingToDeployError):
        read_source(make(tmp_path, ".hidden"))
    with pytest.raises(MissingFileError):
        read_source(tmp_path / "none")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["a\nb", "a\tb", "back\\slash", "\x1b[2J", "\u202eevil"])
def test_names_that_could_deceive_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadBoardPathError):
        read_source(make(tmp_path, name))


def row(source: str, target: str) -> str:
    return f'[[deploy]]\nfrom = "{source}"\nto = "{target}"\n'


def lesson(folder: Path, more: str = "") -> Path:
    make(folder, "board/main.py", "board/steps/one.py", "vi/lesson.md", "data/table.csv")
    (folder / "lesson.toml").write_text(manifest("01-light") + more)
    return folder


def test_a_lesson_brings_its_board_folder(tmp_path: Path) -> None:
    assert paths(lesson(tmp_path)) == ["main.py", "steps/one.py"]


def test_a_lesson_says_what_goes_where(tmp_path: Path) -> None:
    where = row("board/main.py", "main.py") + row("board/steps", "lib/steps")
    where += row("data/table.csv", "t.csv")
    assert paths(lesson(tmp_path, where)) == ["lib/steps/one.py", "main.py", "t.csv"]


def test_a_lesson_for_a_board_brings_runtime_and_profile(tmp_path: Path) -> None:
    source = read_source(lesson(tmp_path))
    assert source.needs_target
    files = {f.path: f.content for f in source.files(Target(boards()["esp32"], 7))}
    assert "lib/stem/__init__.py" in files
    assert b'"number":7' in files["stem.json"]
    assert b'"lesson":{"name":"01-light","version":"1.2.0"}' in files["stem.json"]


@pytest.mark.parametrize(
    "more",
    [
        row("../../secret", "main.py"),
        row("board/main.py", "../boot.py"),
        row("board/main.py", ".stemkit/manifest"),
        "[deploy]\nboard = 3",
        "[deploy\n",
    ],
)
def test_a_wrong_lesson_file_is_told(tmp_path: Path, more: str) -> None:
    with pytest.raises(DataFileError):
        read_source(lesson(tmp_path, more))


def test_a_board_gets_what_the_lesson_has_for_its_kind(tmp_path: Path) -> None:
    where = row("board/main.py", "main.py")
    where += row("data/table.csv", "light.py") + 'boards = ["pico"]\n'
    source = read_source(lesson(tmp_path, where))
    assert "light.py" in [f.path for f in source.files(Target(boards()["pico"], 7))]
    assert "light.py" not in [f.path for f in source.files(Target(boards()["esp32"], 7))]
    with pytest.raises(LessonNotForBoardError):
        source.files(Target(None, 7))


def test_a_file_cannot_be_a_folder_too(tmp_path: Path) -> None:
    where = row("board/main.py", "a") + row("data/table.csv", "a/b")
    with pytest.raises(SamePlaceError):
        read_source(lesson(tmp_path, where)).files(None)


@pytest.mark.parametrize(
    ("program", "brings"),
    [
        (b"from stem import send\n", True),
        (b"import time\n\n    import stem.dht\n", True),
        (b"from stemming import send\n", False),
        (b"# from stem import send\n", False),
    ],
)
def test_a_program_brings_the_runtime_that_it_imports(
    tmp_path: Path, program: bytes, brings: bool
) -> None:
    (tmp_path / "main.py").write_bytes(program)
    for source in (read_source(tmp_path), read_source(tmp_path / "main.py")):
        paths = [f.path for f in source.files(Target(boards()["esp32"], None))]
        assert ("lib/stem/__init__.py" in paths) is brings
        assert ("stem.json" in paths) is brings
        assert paths.count("main.py") == 1


def test_a_folder_with_a_runtime_of_its_own_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_bytes(b"from stem import send\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "stem.py").write_bytes(b"send = print\n")
    assert sorted(f.path for f in read_source(tmp_path).files(None)) == ["lib/stem.py", "main.py"]
