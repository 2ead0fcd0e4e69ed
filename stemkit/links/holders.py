"""Which programs on this computer have a port open."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """A running program that has a port open."""

    pid: int
    program: str


def holders(port: str, proc: Path = Path("/proc")) -> list[Holder]:
    """Programs other than this one that have `port` open; empty where the system does not say.

    Reads `/proc` (Linux); other people's programs are seen only by root. The process that made a
    pseudo-terminal holds both of its ends and is left out: it is the board, not its user.
    """
    return holders_of([port], proc)[port]


def holders_of(ports: Sequence[str], proc: Path = Path("/proc")) -> dict[str, list[Holder]]:
    """`holders` of many ports in one look at all programs (some hundredths of a second)."""
    found: dict[str, list[Holder]] = {port: [] for port in ports}
    targets = {port: os.path.realpath(port) for port in ports if "://" not in port}
    if not proc.is_dir() or not targets:
        return found
    for folder in proc.iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        open_files = _open_files(folder)
        for port, target in targets.items():
            if target in open_files and not _is_maker(target, open_files):
                found[port].append(Holder(int(folder.name), _program(folder)))
    return {port: sorted(those, key=lambda holder: holder.pid) for port, those in found.items()}


def running_programs(proc: Path = Path("/proc")) -> frozenset[str]:
    """Names of all programs that run (Linux, at most 15 letters each); empty elsewhere."""
    found = set()
    if proc.is_dir():
        for folder in proc.iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    found.add((folder / "comm").read_text("utf-8", "replace").strip())
    return frozenset(found)


def _is_maker(target: str, open_files: set[str]) -> bool:
    return target.startswith("/dev/pts/") and not open_files.isdisjoint(
        {"/dev/ptmx", "/dev/pts/ptmx"}
    )


def _open_files(process: Path) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for entry in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(entry.readlink()))
    return found


def _program(process: Path) -> str:
    """The program's name, or the script's where Python runs it."""
    try:
        words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        name = (process / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return "?"
    if not Path(words[0]).name.startswith("python"):
        return name or Path(words[0]).name
    for flag, word in itertools.pairwise(words):
        if word.startswith("-c"):
            break  # what follows is a program's text, and no name
        if word and (flag == "-m" or not word.startswith("-")):
            return Path(word).stem
    return "Python"
