from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from stemkit.words import N_, language_from, ntr, set_language, tr

ROOT = Path(__file__).resolve().parents[2]


def test_every_sentence_has_its_vietnamese() -> None:
    faults = runpy.run_path(str(ROOT / ".ci" / "words.py"))["faults"]
    assert faults("vi") == []


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "vi_VN.UTF-8", "STEMKIT_LANG": "en"}, "en"),
        ({"LANG": "en_US.UTF-8", "STEMKIT_LANG": "vi"}, "vi"),
        ({"STEMKIT_LANG": "klingon", "LANG": "vi_VN"}, "vi"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
    ],
)
def test_language_from(environ: dict[str, str], language: str) -> None:
    assert language_from(environ) == language


@pytest.mark.parametrize(("langid", "language"), [(0x042A, "vi"), (0x0409, "en"), (0x0C0C, "en")])
def test_windows_says_its_language_by_number(langid: int, language: str) -> None:
    assert language_from({}, lambda: langid) == language
    assert language_from({"STEMKIT_LANG": "en"}, lambda: langid) == "en"


def test_one_process_speaks_both_languages() -> None:
    message = N_("Stopped.")
    try:
        set_language("vi")
        vietnamese = tr(message)
        set_language("en")
        assert tr(message) == "Stopped."
        assert vietnamese == "Đã dừng."
    finally:
        set_language(None)


def test_number_forms() -> None:
    assert ntr("{n} board", "{n} boards", 1) == "1 board"
    assert ntr("{n} board", "{n} boards", 3) == "3 boards"


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="klingon"):
        set_language("klingon")
