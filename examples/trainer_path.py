"""A trainer's lesson, from nothing to a class of boards that run it, with no board attached.

    python examples/trainer_path.py                  20 boards, 3 clubs
    python examples/trainer_path.py --boards 4

Every step is the command that a person would type; they are shown with the time that each took.
The trainer, each club and the class have a stemkit folder of their own, as on computers of their
own. Runs wherever stemkit runs (Windows, macOS, Linux); all that it makes is deleted at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LESSON = "20-warm-hands"
STEMKIT = [sys.executable, "-m", "stemkit"]


class Person:
    """Somebody at a computer."""

    def __init__(self, name: str, base: Path) -> None:
        self.name = name
        self.folder = base / name
        self.folder.mkdir()
        self.environment = {
            **os.environ,
            "STEMKIT_HOME": str(self.folder / "stemkit"),
            "PYTHONIOENCODING": "utf-8",
        }

    def types(self, *words: str) -> str:
        """Run a command and give what it printed; end with what it said where it fails."""
        start_s = time.monotonic()
        done = subprocess.run(
            [*STEMKIT, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        line = subprocess.list2cmdline(["stemkit", *words])
        print(f"{time.monotonic() - start_s:6.1f} s  {self.name:<8} {line}", flush=True)
        if done.returncode != 0:
            sys.exit(done.stdout + done.stderr)
        return done.stdout

    def begins(self, *words: str) -> subprocess.Popen[str]:
        """Start a command that goes on until it is stopped."""
        print(f"          {self.name:<8} {subprocess.list2cmdline(['stemkit', *words])}")
        return subprocess.Popen(
            [*STEMKIT, *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )


def make_lesson(trainer: Person) -> str:
    """From an empty folder to a tree that can be handed out; gives the number of its key."""
    trainer.types("key", "new", "Cô Hoà")
    trainer.types("lesson", "new", LESSON)
    trainer.types("lesson", "check", LESSON, "--board", "esp32")
    trainer.types("lesson", "build", LESSON, "--into", "out", "--no-run")
    bundle = f"out/{LESSON}-0.1.0.stem"
    made = json.loads(trainer.types("lesson", "export", "stick", bundle, "--json"))
    return str(made["signer"]["number"])


def hand_out(trainer: Person, clubs: list[Person], number: str) -> None:
    """Serve what is on the stick, and let every club take it."""
    server = trainer.begins("lesson", "serve", "--folder", "stick", "--port", "0", "--json")
    try:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        address = f"http://127.0.0.1:{told['port']}"
        for club in clubs:
            club.types("lesson", "sync", address, "--key", number)
    finally:
        server.terminate()
        server.wait()


def teach(club: Person, count: int) -> int:
    """A class of virtual boards runs the lesson; gives how many boards sent readings."""
    club.types("sim", "start", "-n", str(count), "--model", "esp32", "--detach")
    try:
        deployed = json.loads(club.types("deploy", LESSON, "--all", "--json"))
        good = [board for board in deployed["boards"] if board["verified"]]
        print(f"          {len(good)} of {count} boards have the lesson")
        # Boards of a large class come one after another to a small computer's attention.
        lines = club.types("watch", "--json", "--for", str(6 + count // 4)).splitlines()
        rows = [json.loads(line) for line in lines]
        return len({row["board"] for row in rows if "temp" in row.get("values", {})})
    finally:
        club.types("sim", "stop", "--all")


def main() -> int:
    """Walk the path; 0 where every board sent readings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boards", type=int, default=20)
    parser.add_argument("--clubs", type=int, default=3)
    given = parser.parse_args()
    start_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stemkit-path-") as folder:
        base = Path(folder)
        trainer = Person("trainer", base)
        clubs = [Person(f"club-{n + 1}", base) for n in range(given.clubs)]
        number = make_lesson(trainer)
        hand_out(trainer, clubs, number)
        teaching = teach(clubs[0], given.boards)
    seconds = time.monotonic() - start_s
    print(f"{teaching} of {given.boards} boards send readings, {seconds:.1f} s in all")
    return 0 if teaching == given.boards else 1


if __name__ == "__main__":
    sys.exit(main())
