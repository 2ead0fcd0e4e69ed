"""`repl`, `mount` and `mip`, as a person uses them on a virtual board."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from stemkit.actions.sim import unplug
from stemkit.virtual import RunningBoard

from .terminal import Terminal


def test_the_prompt(virtual_board: RunningBoard) -> None:
    with Terminal("repl", "v1") as person:
        person.see("Ctrl-] leaves")
        person.type("\r")
        person.see(">>> ")
        person.type("print(6 * 7)\r")
        person.see("\r\n42\r\n")
        person.type("while True: pass\r\r")
        person.see("... ")
        time.sleep(0.2)
        person.type("\x03")
        person.see("KeyboardInterrupt")
        person.type("\x04")
        person.see("soft reboot")
        person.type("\x1d")
        assert person.ended() == 0


def test_the_cable_is_pulled_at_the_prompt(virtual_board: RunningBoard) -> None:
    with Terminal("repl") as person:
        person.see("Ctrl-] leaves")
        person.type("\r")
        person.see(">>> ")
        unplug(virtual_board.name)
        person.see("link-lost")
        assert person.ended() == 4


def test_a_mounted_folder(virtual_board: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("print('mounted', 6 * 7)\n")
    with Terminal("mount", str(tmp_path), "v1") as person:
        person.see(">>> ")
        person.type("import hello\r")
        person.see("mounted 42")
        person.type("\x04")
        person.see("Remount")
        person.see(">>> ")
        (tmp_path / "hello.py").write_text("print('changed')\n")
        person.type("import hello\r")
        person.see("changed\r\n")
        person.type("\x1d")
        assert person.ended() == 0
    with Terminal("repl") as person:
        person.type("\rimport os; print(os.listdir('/'))\r")
        assert "remote" not in person.see("]\r\n")


def stemkit(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stemkit", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        input="",
        timeout=60,
    )


def test_a_package_from_a_folder(virtual_board: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "demo.py").write_text("ANSWER = 42\n")
    (tmp_path / "package.json").write_text('{"urls": [["demo.py", "demo.py"]], "version": "1"}')
    done = stemkit("mip", "--board", "v1", "install", "--no-mpy", "./package.json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    with Terminal("repl") as person:
        person.type("\rimport demo; print(demo.ANSWER)\r")
        person.see("\r\n42\r\n")


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (["mip", "install", "./nowhere.json"], "mpremote", 4),
        (["mip", "remove", "x"], "mpremote-usage", 2),
        (["mip", "install", "--wrong", "x"], "mpremote-usage", 2),
        (["repl"], "no-terminal", 2),
        (["mount", "."], "no-terminal", 2),
        (["mount", "/nowhere"], "no-such-file", 5),
    ],
)
def test_refusals(virtual_board: RunningBoard, words: list[str], code: str, exit_code: int) -> None:
    failed = stemkit(*words)
    assert failed.returncode == exit_code
    assert f"Error code: {code}" in failed.stderr
