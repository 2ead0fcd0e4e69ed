"""What a board starts a lesson with, and that it starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stemkit.actions.programs.board_files import board_files
from stemkit.errors import MissingFileError
from stemkit.formats import filesystem_image, firmware_image, ready_image
from stemkit.formats.filesystem_image import Geometry
from stemkit.storage.catalogue import boards, sensors
from tests.made_images import esp32_image
from tests.made_lessons import manifest


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    folder = tmp_path / "01-first-light"
    for name, text in {
        "lesson.toml": manifest("01-first-light"),
        "vi/lesson.md": "# Bài 1",
        "board/main.py": "from stem import send\nsend(temp=1)\n",
        "board/steps/one.py": "x = 1\n",
        "board/.hidden": "x",
        "board/__pycache__/main.pyc": "x",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def _files(folder: Path, model: str = "esp32") -> dict[str, bytes]:
    return board_files(folder, boards()[model], sensors(), number=7, language="vi")


def test_a_lesson_brings_its_program_the_runtime_and_the_profile(lesson: Path) -> None:
    files = _files(lesson)
    assert {"main.py", "steps/one.py", "stem.json", "lib/stem/__init__.py"} <= set(files)
    assert not any("hidden" in path or "pycache" in path or path.endswith(".md") for path in files)
    profile = json.loads(files["stem.json"])
    assert (profile["board"], profile["number"]) == ("esp32", 7)
    assert profile["lesson"] == {"name": "01-first-light", "version": "1.2.0"}


def test_a_plain_folder_is_taken_whole(lesson: Path) -> None:
    files = _files(lesson / "board")
    assert "main.py" in files
    assert "lesson" not in json.loads(files["stem.json"])


def test_the_lessons_own_file_goes_first(lesson: Path) -> None:
    (lesson / "board" / "stem.json").write_text("{}")
    assert _files(lesson)["stem.json"] == b"{}"


def test_a_microbit_gets_no_folders(lesson: Path) -> None:
    files = _files(lesson, "microbit-v2")
    assert [path for path in files if "/" in path] == ["steps/one.py"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        _files(tmp_path / "nowhere")


def test_everything_is_found_in_the_image(lesson: Path) -> None:
    files = _files(lesson)
    data = esp32_image()
    image = firmware_image.parse(data)
    pieces = ready_image.combine(image, data, boards()["esp32"], files)
    flash = bytearray(b"\xff" * (4 << 20))
    for address, piece in pieces:
        flash[address : address + len(piece)] = piece
    assert filesystem_image.read(bytes(flash[0x200000:]), Geometry(4096, 512, 32)) == files
