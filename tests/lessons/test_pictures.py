"""The lessons' drawings are those that their sources give, in both languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
DRAWINGS = sorted((ROOT / "lessons").glob("*/*/*.svg"))


def test_drawings_are_as_their_sources() -> None:
    words = [sys.executable, str(ROOT / ".ci" / "pictures.py"), "check"]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: "/".join(path.parts[-3:]))
def test_a_drawing_is_whole_and_has_no_words_of_the_other_language(path: Path) -> None:
    root = ElementTree.parse(path).getroot()
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    words = " ".join(root.itertext())
    assert not set("{|}") & set(words)
    if path.parent.name == "en":
        assert all(ord(c) < 0x100 or c in "–—−…→←↑↓Ω°²π√·×≈½" for c in words), words
