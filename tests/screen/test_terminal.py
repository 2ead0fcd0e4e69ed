"""The display as a person sees it: in a real terminal, read off its screen."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stream.boards import PtyBoard, until

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.debian("tmux")


class Terminal:
    """A tmux session of its own server; `screen` is what stands on it now."""

    def __init__(self, folder: Path, columns: int = 80, rows: int = 24) -> None:
        self._tmux = ["tmux", "-u", "-S", str(folder / "tmux")]
        self._size = ["-x", str(columns), "-y", str(rows)]

    def run(self, *words: str, **environ: str) -> None:
        environ = {"STEMKIT_HOME": os.environ["STEMKIT_HOME"], "STEMKIT_LANG": "en"} | environ
        environ |= {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in environ.items())
        command = shlex.join([sys.executable, "-m", "stemkit", *words])
        line = f"cd {shlex.quote(str(ROOT))}; env {settings} {command}; echo LEFT $?; sleep 60"
        new = [*self._tmux, "-f", "/dev/null", "new-session", "-d", *self._size, line]
        subprocess.run(new, check=True, timeout=20)

    def screen(self) -> str:
        shown = [*self._tmux, "capture-pane", "-p"]
        return subprocess.run(shown, check=True, capture_output=True, text=True, timeout=20).stdout

    def press(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", *keys], check=True, timeout=20)

    def shows(self, *texts: str, timeout_s: float = 30.0) -> bool:
        return until(lambda: all(text in self.screen() for text in texts), timeout_s)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, timeout=20, capture_output=True)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    made: list[Terminal] = []

    def open_one(columns: int = 80, rows: int = 24) -> Terminal:
        made.append(Terminal(tmp_path, columns, rows))
        return made[-1]

    yield open_one
    for one in made:
        one.close()


@pytest.fixture
def boards(tmp_path: Path) -> Iterator[list[PtyBoard]]:
    made: list[PtyBoard] = []
    yield made
    for board in made:
        board.close()


def test_a_pulled_cable_an_alarm_and_vietnamese(
    terminal: Callable[..., Terminal], boards: list[PtyBoard], tmp_path: Path
) -> None:
    board = PtyBoard(tmp_path, "b0")
    boards.append(board)
    setup = tmp_path / "setup.toml"
    setup.write_text('[[alarm]]\nwhen = "temp > 40"\n', "utf-8")
    seen = terminal()
    seen.run("watch", board.port, "--setup", str(setup))
    assert seen.shows("Waiting for readings")
    for n in range(20):
        board.print(b"temp:%d.5,hum:60\n" % (20 + n % 3))
        time.sleep(0.02)
    assert seen.shows("Temperature temp °C", "Humidity", "┤")
    board.print(b"temp:45.5,hum:60\n")
    assert seen.shows("ALARM", "temp > 40")
    board.print(b"temp:25.5,hum:60\n" * 3)
    assert seen.shows("back to normal")
    board.unplug()
    assert seen.shows("unplugged", "the cable was pulled")
    board.plug()
    assert seen.shows("back at")
    seen.press("l")
    assert seen.shows("Nhiệt độ temp °C", "thoát")
    seen.press("q")
    assert seen.shows("LEFT 0")


def test_forty_boards_without_colour_on_the_smallest_screen(
    terminal: Callable[..., Terminal], boards: list[PtyBoard], tmp_path: Path
) -> None:
    boards += [PtyBoard(tmp_path, f"b{n}") for n in range(40)]
    seen = terminal()
    seen.run("watch", *(board.port for board in boards), NO_COLOR="1")
    assert seen.shows(*(f"port-b{n}" for n in range(40)))
    for n, board in enumerate(boards):
        board.print(b"cut\n" + b"".join(b"temp:%d\n" % (n + k % 3) for k in range(6)))
    # Each by its name, although there is no room for all of it beside the value.
    named = [re.compile(rf"b{n} +\d") for n in range(40)]
    assert until(lambda: all(one.search(seen.screen()) for one in named), 30)
    seen.press("q")
    assert seen.shows("LEFT 0")


def test_a_closed_window_ends_the_display_and_keeps_the_recording(tmp_path: Path) -> None:
    import pty

    board = PtyBoard(tmp_path, "door")
    words = [sys.executable, "-m", "stemkit", "watch", board.port, "--record", "closed"]
    pid, window = pty.fork()
    if pid == 0:
        os.environ |= {"PYTHONPATH": str(ROOT), "TERM": "xterm"}
        os.execv(sys.executable, words)
    try:
        seen = b""
        deadline = time.monotonic() + 30
        while b"temp" not in seen and time.monotonic() < deadline:
            board.print(b"temp:21.5\r\n")
            seen += os.read(window, 65536)
        assert b"temp" in seen
    finally:
        os.close(window)
    assert until(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid, 20)
    folder = Path(os.environ["STEMKIT_HOME"], "recordings", "closed")
    assert "temp:21.5" in (folder / "raw.jsonl").read_text("utf-8")
    # The hang-up is an end like any other: nothing is left for `recover` to do.
    assert '"complete"' in (folder / "meta.json").read_text("utf-8")
    assert (folder / "data.csv").is_file()
    board.close()
