from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path

import pytest

from stemkit.words import N_, day, language_from, ntr, number, set_language, tr, written

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
        ({"LANG": "VI"}, "vi"),
        ({"LANG": "vi-VN"}, "vi"),
        ({"LANG": "Vietnamese_Vietnam.1258"}, "vi"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "vi:en"}, "vi"),
        ({"LANG": "vi_VN.UTF-8", "LANGUAGE": "en"}, "en"),
        ({"LANG": "vi_VN.UTF-8", "LANGUAGE": "fr:de"}, "vi"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:vi"}, "vi"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "vi"}, "en"),
        ({"LANGUAGE": "vi"}, "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "en", "STEMKIT_LANG": "vi_VN"}, "vi"),
    ],
)
def test_language_from(environ: dict[str, str], language: str) -> None:
    assert language_from(environ) == language


@pytest.mark.parametrize(("langid", "language"), [(0x042A, "vi"), (0x0409, "en"), (0x0C0C, "en")])
def test_windows_says_its_language_by_number(langid: int, language: str) -> None:
    assert language_from({}, lambda: langid) == language
    assert language_from({"STEMKIT_LANG": "en"}, lambda: langid) == "en"
    assert language_from({"LANGUAGE": "vi"}, lambda: langid) == "vi"


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


def test_numbers_and_days_are_written_as_the_language_does() -> None:
    try:
        set_language("vi")
        assert number(1234.56) == "1234,6"
        assert number(0.00012, "g") == "0,00012"
        assert number(float("nan"), ".4f") == "—"
        assert [number(v, ".3g") for v in (6053.0, 105300.0, -1.26e6)] == [
            "6050",
            "105000",
            "-1260000",
        ]
        assert [number(v, ".3g") for v in (1e7, 1.2e-5)] == ["1e+07", "1,2e-05"]
        assert written("1.42±0.01") == "1,42±0,01"
        assert day(date(2026, 11, 20)) == "20/11/2026"
        set_language("en")
        assert (number(1.5), day(date(2026, 11, 20))) == ("1.5", "2026-11-20")
    finally:
        set_language(None)
