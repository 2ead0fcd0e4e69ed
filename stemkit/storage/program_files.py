"""The files of a program's folder: what a board gets, and nothing of what an editor leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stemkit.storage import atomic


def program_files(folder: Path) -> list[tuple[str, Path]]:
    """Path from `folder` and file, in order, for all in it but hidden files and `__pycache__`.

    Links to other folders are followed; one back to a folder that it lies in is left out.
    """
    found = sorted(_walk(folder, (folder.resolve(),)))
    return [(path.relative_to(folder).as_posix(), path) for path in found]


def _walk(folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    with atomic.told(folder):
        entries = list(folder.iterdir())
    for path in entries:
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_file():
            yield path
        elif path.is_dir():
            real = path.resolve()
            if not any(one.is_relative_to(real) for one in above):
                yield from _walk(path, (*above, real))
