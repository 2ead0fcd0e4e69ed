"""Packing, packing again, signing and verifying a project with large media, beside other tools.

    python tests/benchmarks/bench_project.py [MEGABYTES]

Every row is a process of its own: seconds of the wall clock, MB of the project a second, and the
most memory that the process held. `sha256sum` and `zip -0` together do what packing does, once
each; `sha256sum -c` is the least that verifying must do. Files are read once before, so that every
row finds them in the system's memory; what is written reaches the disk (fsync) where stemkit does.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILM_BYTES = 50 << 20
STEMKIT = [sys.executable, "-m", "stemkit"]


def run(words: list[str], folder: Path, allowed: tuple[int, ...] = (0,)) -> tuple[float, float]:
    """Seconds and megabytes of memory of a command."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "STEMKIT_HOME": str(folder / "home"),
        "STEMKIT_LANG": "en",
    }
    began_s = time.perf_counter()
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began_s
    code = os.waitstatus_to_exitcode(status)
    if code not in allowed:
        raise SystemExit(f"{' '.join(words)} ended with {code}")
    return seconds, used.ru_maxrss / (1 if sys.platform == "darwin" else 1000)


def make(folder: Path, megabytes: int) -> list[Path]:
    run([*STEMKIT, "project", "new", "big", "--title", "Big", "--board", "esp32"], folder)
    films = []
    for number in range(max(1, (megabytes << 20) // FILM_BYTES)):
        film = folder / "big" / "media" / f"film-{number}.bin"
        # In pieces: a child begins with the memory of this process.
        with film.open("wb") as file:
            for _ in range(FILM_BYTES >> 20):
                file.write(os.urandom(1 << 20))
        films.append(film)
    return films


def row(what: str, seconds: float, megabytes: float, memory: float) -> None:
    print(f"{what:<44} {seconds:7.2f} s {megabytes / seconds:8.0f} MB/s {memory:7.0f} MB")


def main(argv: list[str]) -> None:
    megabytes = int(argv[0]) if argv else 500
    with tempfile.TemporaryDirectory(prefix="bench-project-") as temporary:
        folder = Path(temporary)
        films = make(folder, megabytes)
        size = sum(film.stat().st_size for film in films) / 1e6
        time.sleep(2.5)  # files as fresh as this would be read again for safety
        names = [str(film) for film in films]
        row("sha256sum", *_with(size, run(["sha256sum", *names], folder)))
        if shutil.which("zip"):
            words = ["zip", "-0", "-q", "-r", "other.zip", "big"]
            row("zip -0", *_with(size, run(words, folder)))
            (folder / "other.zip").unlink()
        pack = [*STEMKIT, "project", "pack", "big", "--force"]
        row("stemkit project pack", *_with(size, run(pack, folder)))
        with films[0].open("r+b") as file:
            file.seek(1000)
            file.write(b"x")
        row("… again, one file changed", *_with(size, run(pack, folder)))
        row("… again, nothing changed", *_with(size, run(pack, folder)))
        run([*STEMKIT, "key", "new", "team"], folder)
        row(
            "stemkit project sign",
            *_with(size, run([*STEMKIT, "project", "sign", "big.zip"], folder)),
        )
        verify = [*STEMKIT, "project", "verify", "big.zip", "--no-run", "--json"]
        row("stemkit project verify", *_with(size, run(verify, folder, (0, 1))))
        with (folder / "told.json").open("wb") as out:
            subprocess.run(
                verify, cwd=folder, stdout=out, stderr=subprocess.DEVNULL, check=False,
                env={**os.environ, "PYTHONPATH": str(ROOT), "STEMKIT_HOME": str(folder / "home")},
            )  # fmt: skip
        told = json.loads((folder / "told.json").read_text("utf-8"))
        print({check["name"]: check["answer"] for check in told["checks"]})


def _with(size: float, measured: tuple[float, float]) -> tuple[float, float, float]:
    return measured[0], size, measured[1]


if __name__ == "__main__":
    main(sys.argv[1:])
