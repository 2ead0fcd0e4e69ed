"""What the default install weighs: to download, and on the disk. Prints a table.

python -m tests.benchmarks.bench_install      (needs the package index; about a minute)
"""

import importlib.metadata
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
LARGEST = 12


def main() -> None:
    with tempfile.TemporaryDirectory() as there:
        wheels, place = Path(there, "wheels"), Path(there, "venv")
        run("wheel", "--wheel-dir", wheels, ROOT)
        venv.create(place, with_pip=False)
        begun = time.monotonic()
        python = place / "bin" / "python"
        run("--python", python, "install", "--no-index", "--find-links", wheels, "stemkit")
        seconds = time.monotonic() - begun
        site = next(place.glob("lib/python*/site-packages"))
        rows = sorted(weigh(site, wheels), key=lambda row: -row[2])
        print(f"{'package':<28}{'download MB':>12}{'installed MB':>14}")
        for name, download, installed in rows[:LARGEST]:
            print(f"{name:<28}{download / 1e6:>12.1f}{installed / 1e6:>14.1f}")
        rest = rows[LARGEST:]
        print(f"{f'{len(rest)} others':<28}{total(rest, 1):>12.1f}{total(rest, 2):>14.1f}")
        told = f"{total(rows, 1):>12.1f}{total(rows, 2):>14.1f}"
        print(f"{'all (at most 60, 200)':<28}{told}   installed from wheels in {seconds:.0f} s")


def run(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-q", *map(str, words)], check=True)


def total(rows: list[tuple[str, int, int]], column: int) -> float:
    return sum(row[column] for row in rows) / 1e6


def weigh(site: Path, wheels: Path) -> list[tuple[str, int, int]]:
    rows = []
    for distribution in importlib.metadata.distributions(path=[str(site)]):
        files = [site / file for file in distribution.files or ()]
        compiled = [
            pyc
            for file in files
            for pyc in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc")
        ]
        there = {file for file in (*files, *compiled) if file.is_file()}
        name = distribution.name.replace("-", "_").lower()
        wheel = next(path for path in wheels.iterdir() if path.name.lower().startswith(f"{name}-"))
        rows.append((distribution.name, wheel.stat().st_size, sum(f.stat().st_size for f in there)))
    return rows


if __name__ == "__main__":
    main()
