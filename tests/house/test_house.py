"""The habits of CONTRIBUTING.md that a machine can check."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(ROOT.glob("stemkit/**/*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_short_and_so_are_its_functions(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 400
    long = [
        f"{node.name}: {length}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (length := (node.end_lineno or 0) - node.lineno + 1) > 50
    ]
    assert long == []


def test_the_median_module_is_short() -> None:
    lengths = [path.read_text("utf-8").count("\n") for path in MODULES]
    assert statistics.median(lengths) <= 150


def tracked_text() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.split(b"\0")
    endings = {".py", ".md", ".toml", ".po", ".css", ".js", ".html"}
    paths = (ROOT / n.decode() for n in names if n)
    return [p for p in paths if p.suffix in endings and p.is_file()]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
def test_text_is_composed_unicode() -> None:
    odd = [name(p) for p in tracked_text() if not _is_nfc(p.read_text("utf-8"))]
    assert odd == []


def _is_nfc(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from stemkit.__main__ import main\n"
        "main(['--help'])\n"
        "heavy = {'rich', 'serial', 'esptool', 'mpremote', 'asyncio', 'littlefs', 'textual',"
        " 'cryptography', 'platformdirs', 'sqlite3', 'urllib.request', 'tomllib'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert done.stderr == "[]\n"
