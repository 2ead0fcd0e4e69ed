"""The demonstration does the whole job, leaves its files, and nothing else."""

import json
import math
import os
import pty
import select
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from stemkit.storage import places
from stemkit.virtual import running

PERIOD_S = 2 * math.pi * math.sqrt(0.6 / 9.81)
pytestmark = pytest.mark.timeout(300)


def stemkit(*words):
    return subprocess.run(
        [sys.executable, "-m", "stemkit", *words], capture_output=True, text=True, timeout=280
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """One run for all that is looked at."""
    folder = tmp_path_factory.mktemp("demo") / "kept"
    home = tmp_path_factory.mktemp("person")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEMKIT_HOME", str(home))
        done = stemkit("demo", "--keep", str(folder), "--json")
    return done, folder, home


def step(shown, name):
    steps = json.loads(shown[0].stdout)["steps"]
    return next(row for row in steps if row["step"] == name)


def test_every_step_is_done(shown):
    done, _, _ = shown
    assert done.returncode == 0, done.stderr
    assert {row["status"] for row in step(shown, "flashed")["boards"]} == {"flashed"}
    assert {row["status"] for row in step(shown, "deployed")["boards"]} == {"deployed"}
    assert {row["model"] for row in step(shown, "started")["boards"]} == {"esp32", "microbit-v2"}
    assert step(shown, "ended")["seconds"] < 90


def test_the_measurement_is_right(shown):
    assert step(shown, "measured")["readings"] > 500
    assert step(shown, "measured")["period_s"] == pytest.approx(PERIOD_S, rel=0.01)


def test_the_package_is_verified_by_the_command(shown):
    _, folder, _ = shown
    finished = step(shown, "finished")
    assert finished["ok"]
    answers = {check["name"]: check["ok"] for check in finished["checks"]}
    assert all(answers[name] for name in ("safe", "intact", "signed", "data", "program"))
    assert answers["provenance"] is True
    assert zipfile.ZipFile(folder / "project.zip").testzip() is None
    again = stemkit("project", "verify", str(folder / "project.zip"), "--no-run", "--json")
    assert json.loads(again.stdout)["ok"]


def test_the_pulled_cable_is_in_the_recording(shown):
    _, folder, _ = shown
    pulled = step(shown, "measured")["pulled"]
    events = (folder / "project" / "runs" / "pendulum" / "events.jsonl").read_text().splitlines()
    kinds = [row["event"] for row in map(json.loads, events) if row.get("board") == pulled]
    assert kinds.index("disconnected") < kinds.index("reconnected")


def test_nothing_of_it_is_left_in_the_persons_own_folder(shown):
    _, _, home = shown
    assert not list(home.rglob("*.pem"))
    assert not (home / "recordings").exists()
    assert not running(places.running_boards())


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    done = stemkit("demo", "--keep", str(tmp_path), "--json")
    assert done.returncode == 2
    assert json.loads(done.stderr.splitlines()[-1])["error"]["code"] == "demo-folder"
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_demonstration_that_is_stopped_leaves_nothing(tmp_path, own_home):
    folder = tmp_path / "kept"
    demo = subprocess.Popen(
        [sys.executable, "-m", "stemkit", "demo", "--keep", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        # A shell without a terminal starts what is behind “&” with the signal ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert demo.stdout.readline()
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert not folder.exists()


def test_on_a_terminal_the_real_display_is_shown(own_home, monkeypatch):
    monkeypatch.setenv("STEMKIT_LANG", "vi")
    monkeypatch.setenv("TERM", "xterm-256color")
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "stemkit", "demo"])
    seen, until = b"", time.monotonic() + 280
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 5)
        try:
            data = os.read(terminal, 1 << 16) if ready else b""
        except OSError:
            break
        seen += data
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    text = seen.decode("utf-8", "replace")
    assert "\x1b[?1049h" in text  # the display took the whole screen ...
    assert any("\N{BRAILLE PATTERN BLANK}" < c <= "\u28ff" for c in text)  # ... and drew
    assert "Tiếp theo, với bo mạch thật" in text
