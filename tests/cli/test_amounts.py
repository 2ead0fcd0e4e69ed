"""Sizes and moments, as a person reads them in either language."""

from __future__ import annotations

import pytest

from stemkit.cli.amounts import moment_told, size_told
from stemkit.words import set_language


@pytest.fixture(autouse=True)
def english_again():
    yield
    set_language(None)


@pytest.mark.parametrize(
    ("size_bytes", "english", "vietnamese"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1000, "1.0 kB", "1,0 kB"),
        (34_512, "34.5 kB", "34,5 kB"),
        (1_449_999, "1.4 MB", "1,4 MB"),
    ],
)
def test_a_size(size_bytes: int, english: str, vietnamese: str) -> None:
    set_language("en")
    assert size_told(size_bytes) == english
    set_language("vi")
    assert size_told(size_bytes) == vietnamese


def test_a_moment() -> None:
    set_language("en")
    assert moment_told("2026-03-02T09:15:00.120+07:00") == "2026-03-02 09:15"
    set_language("vi")
    assert moment_told("2026-03-02T09:15:07+07:00", "%H:%M:%S") == "02/03/2026 09:15:07"
    assert moment_told("yesterday") == "yesterday"
