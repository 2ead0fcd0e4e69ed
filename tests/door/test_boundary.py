"""The one error boundary, seen from outside: words, JSON, exit codes, report file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stemkit import __main__ as door
from stemkit import __version__
from stemkit.errors import DiskFullError, Exit


def stemkit(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stemkit", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environ},
        timeout=60,
    )


def test_version() -> None:
    done = stemkit("--version")
    assert done.stdout == f"stemkit {__version__}\n"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "There is no command “boerds”."), ("vi", "Không có lệnh “boerds”.")],
)
def test_a_wrong_word_is_told_in_the_persons_language(language: str, sentence: str) -> None:
    done = stemkit("--lang", language, "boerds")
    assert done.returncode == Exit.WRONG_USAGE
    assert sentence in done.stderr
    assert done.stdout == ""


def test_an_error_is_one_json_object_on_standard_error() -> None:
    done = stemkit("nonsense", "--json")
    error = json.loads(done.stderr)["error"]
    assert done.returncode == error["exit_code"] == 2
    assert set(error) == {"code", "message", "remedy", "exit_code"}
    assert error["code"] == "usage"


def test_an_old_code_page_does_not_break_vietnamese() -> None:
    done = stemkit("--lang", "vi", "--help", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0
    assert "Tuỳ chọn" in done.stdout


class Fails:
    """A command line that fails in one given way; stands where click's would."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def main(self, *args: object, **kwargs: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DiskFullError(path="x"), 7),
        (KeyboardInterrupt(), 130),
        (OSError(28, "No space left on device", "x"), 7),
        (OSError(13, "Permission denied", "x"), 7),
        (FileNotFoundError(2, "No such file", "x"), 5),
        (ZeroDivisionError(), 70),
        (OSError(5, "Input/output error"), 70),
    ],
)
def test_exit_codes(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stemkit.cli.cli", Fails(error))
    assert door.main(["boards"]) == code


def test_a_fault_of_ours_leaves_a_report_without_the_persons_folder(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stemkit.cli.cli", Fails(RuntimeError(f"lost in {Path.home()}/x")))
    assert door.main(["boards", "--json"]) == 70
    told = json.loads(capsys.readouterr().err)["error"]
    (report,) = (own_home / "reports").iterdir()
    assert str(report) in told["remedy"]
    text = report.read_text("utf-8")
    assert "RuntimeError: lost in ~/x" in text
    assert "command: stemkit boards --json" in text


def test_a_reader_that_leaves_is_no_fault() -> None:
    done = subprocess.run(
        f"{sys.executable} -m stemkit --help | true; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr == ""
