"""`usb make` and `usb check`: a stick from which a school installs stemkit without a network."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.utils import parse_wheel_filename

from stemkit import __version__, events
from stemkit.actions.keys.own import Ask, never
from stemkit.actions.sticks.contents import (
    FIRMWARE,
    HANDOUTS,
    LESSONS,
    put_firmware,
    put_handouts,
    put_lessons,
)
from stemkit.actions.sticks.errors import NotAStickError
from stemkit.formats.wheels import SYSTEMS, Target
from stemkit.storage import atomic
from stemkit.storage.errors import NoPackagesError
from stemkit.storage.wheels import WheelFolder
from stemkit.words import N_

PYTHONS: Final = ("3.12", "3.13", "3.14")
"""The versions of CPython that a stick is for, besides the one that makes it."""
SUMS: Final = "SHA256SUMS"
_TEMPLATES: Final = Path(__file__).with_name("on_stick")
_SUM_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")
_GATHERING: Final = N_("gathering packages")
_PROGRAMS: Final = {
    "stick/install.py": "install.py",
    "install.bat": "install.bat",
    "install.sh": "install.sh",
    "install.command": "install.sh",
    "README.txt": "README.txt",
}
# What belongs to the stick; a trainer's own files beside it are left alone.
_OURS: Final = ("stick", FIRMWARE, LESSONS, HANDOUTS, "install.bat", "install.sh",
                "install.command", "README.txt")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """What a stick is to hold."""

    systems: tuple[str, ...] = tuple(SYSTEMS)
    pythons: tuple[str, ...] = PYTHONS
    extras: tuple[str, ...] = ()

    def targets(self) -> list[Target]:
        """Every kind of computer with every Python; the Python that runs this is always among."""
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        found = sorted({_version(word) for word in (*self.pythons, here)})
        return [Target(system, python) for system in self.systems for python in found]


@dataclass(frozen=True, slots=True)
class Stick:
    """A stick that was written."""

    folder: Path
    targets: tuple[str, ...]
    left_out: tuple[str, ...]
    """Kinds of computer for which a package has no wheel."""
    firmware: int
    """Firmware images."""
    lessons: int
    handouts: int
    """Pages to print."""
    files: int
    size: int
    """Bytes of all files."""


@dataclass(frozen=True, slots=True)
class Health:
    """What `usb check` found; the files are named from the stick's folder."""

    files: int
    damaged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is there as it was written."""
        return not self.damaged and not self.missing


def make_stick(
    folder: Path, order: Order, sink: events.Sink = events.silent, ask: Ask = never
) -> Stick:
    """Write a stick, or bring one up to date; its list of sums is written last.

    `ask` gives the passphrase of the key that signs the lessons. Raises NoPackagesError when no
    kind of computer could be served, and what the disk says.
    """
    place = folder / "stick" / "wheels"
    with tempfile.TemporaryDirectory() as gathering:
        # Gathered beside the stick: when that fails, the stick is what it was.
        wheels = WheelFolder(Path(gathering))
        with atomic.told(place):
            _copy_new(place, wheels.folder)
        lists, left_out = _gather(wheels, order, sink)
        with atomic.told(folder):
            (folder / SUMS).unlink(missing_ok=True)
            _copy_new(wheels.folder, place, {wheel for row in lists.values() for wheel in row})
    firmware = put_firmware(folder)
    lessons = put_lessons(folder, ask)
    handouts = put_handouts(folder)
    with atomic.told(folder):
        _write_lists(folder / "stick", lists)
        _write_programs(folder, lists)
        stores = [store.row() for store in (firmware, lessons) if store]
        _write(folder / "stick" / "stores.json", json.dumps(stores, indent=1) + "\n")
        files = _sum_up(folder)
        size = sum((folder / name).stat().st_size for name in files)
    counts = (firmware.count if firmware else 0, lessons.count, handouts)
    return Stick(folder, tuple(lists), tuple(left_out), *counts, len(files), size)


def check_stick(folder: Path) -> Health:
    """Read every file of a stick again. Raises NotAStickError."""
    try:
        text = (folder / SUMS).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotAStickError(folder=folder) from error
    rows = [_SUM_LINE.fullmatch(line) for line in text.splitlines()]
    damaged, missing = [], []
    for row in rows:
        if row is None or not _inside(row[2]):
            raise NotAStickError(folder=folder)
        path = folder / row[2]
        if not path.is_file():
            missing.append(row[2])
        elif _sum(path) != row[1]:
            damaged.append(row[2])
    return Health(len(rows), tuple(damaged), tuple(missing))


def _copy_new(source: Path, target: Path, wanted: Collection[str] | None = None) -> None:
    """Copy the wheels of `source` that `target` has not; with `wanted`, keep no others there."""
    target.mkdir(parents=True, exist_ok=True)
    for wheel in sorted(source.glob("*.whl")):
        there = target / wheel.name
        if wanted is not None and wheel.name not in wanted:
            continue
        if not there.is_file() or _sum(there) != _sum(wheel):
            atomic.write_bytes(there, wheel.read_bytes())
    for wheel in target.glob("*.whl"):
        if wanted is not None and wheel.name not in wanted:
            wheel.unlink()


def _gather(
    wheels: WheelFolder, order: Order, sink: events.Sink
) -> tuple[dict[str, list[str]], list[str]]:
    """The list of wheels of each target, and the targets that a package has no wheel for."""
    begun = time.monotonic()
    sink(events.BoardStarted("stemkit"))
    sink(events.StepStarted("stemkit", _GATHERING, 0))
    own = wheels.gather_own(order.extras)
    sink(events.BoardFinished("stemkit", N_("ready"), time.monotonic() - begun))
    lists: dict[str, list[str]] = {}
    failures: dict[str, NoPackagesError] = {}
    for target in order.targets():
        begun = time.monotonic()
        sink(events.BoardStarted(target.id))
        sink(events.StepStarted(target.id, _GATHERING, 0))
        try:
            lists[target.id] = wheels.gather_for(target, own, order.extras)
        except NoPackagesError as error:
            failures[target.id] = error
            sink(events.BoardFailed(target.id, error, time.monotonic() - begun))
        else:
            sink(events.BoardFinished(target.id, N_("ready"), time.monotonic() - begun))
    if not lists:
        raise next(iter(failures.values()))
    return lists, list(failures)


def _write_lists(stick: Path, lists: Mapping[str, Sequence[str]]) -> None:
    """pip's requirement files with hashes: a damaged wheel is refused, not installed."""
    folder = stick / "lists"
    sums = {name: _sum(stick / "wheels" / name) for row in lists.values() for name in row}
    for path in folder.glob("*.txt"):
        if path.stem not in lists:
            path.unlink()
    for target, wheels in lists.items():
        rows = []
        for wheel in wheels:
            project, version, _, _ = parse_wheel_filename(wheel)
            rows.append(f"{project}=={version} --hash=sha256:{sums[wheel]}\n")
        _write(folder / f"{target}.txt", "".join(rows))


def _write_programs(folder: Path, targets: Iterable[str]) -> None:
    pythons = sorted({target.rpartition("-")[2] for target in targets}, key=_version, reverse=True)
    words = {
        "VERSION": __version__,
        "PYTHONS": " ".join(pythons),
        "NEWEST": pythons[0],
        "SYSTEMS": ", ".join(sorted({target.rpartition("-")[0] for target in targets})),
        "FOLDER": folder.name,
    }
    for place, template in _PROGRAMS.items():
        text = (_TEMPLATES / template).read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        windows = place.endswith((".bat", ".txt"))
        _write(folder / place, text.replace("\n", "\r\n") if windows else text)
        if place.endswith((".sh", ".command")):
            with suppress(OSError):  # a stick's file system may know no modes
                (folder / place).chmod(0o755)


def _write(path: Path, text: str) -> None:
    atomic.write_bytes(path, text.encode())


def _sum_up(folder: Path) -> list[str]:
    """Write SHA256SUMS in the form of `sha256sum`, and name the files in it."""
    names = sorted(
        path.relative_to(folder).as_posix()
        for top in _OURS
        for path in _below(folder / top)
        if path.is_file()
    )
    _write(folder / SUMS, "".join(f"{_sum(folder / name)}  {name}\n" for name in names))
    return names


def _below(path: Path) -> Iterable[Path]:
    return path.rglob("*") if path.is_dir() else [path]


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _inside(name: str) -> bool:
    place = PurePosixPath(name)
    return not place.is_absolute() and ".." not in place.parts and "\\" not in name


def _version(word: str) -> tuple[int, int]:
    major, _, minor = word.partition(".")
    return int(major), int(minor)
