"""The contest profiles: those that travel with stemkit, the person's own, a project's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stemkit.actions.projects.errors import NoSuchContestError
from stemkit.formats.contest import parse_contest
from stemkit.model.contest import Contest
from stemkit.storage import atomic, places

_ENDING = ".toml"


def contest_files() -> dict[str, Path]:
    """Id -> file; a profile of the person's own goes before one that travels with stemkit."""
    found: dict[str, Path] = {}
    for folder in (places.shipped("examples") / "contests", places.contests()):
        if folder.is_dir():
            found |= {path.stem: path for path in sorted(folder.glob(f"*{_ENDING}"))}
    return found


def all_contests() -> list[Contest]:
    """All of them. Raises DataFileError for one with mistakes."""
    return [_read(path, id) for id, path in contest_files().items()]


def find_contest(
    name: str, in_project: Callable[[str], bytes | None], *, typed: bool = False
) -> Contest:
    """The profile with this id, of the project's own at this path, or in the file of this name.

    `in_project` gives the contents of one of the project's files. Any other file counts only where
    the name was `typed` here: a stranger's project chooses none on this computer. Raises
    NoSuchContestError, DataFileError.
    """
    known = contest_files()
    if name in known:
        return _read(known[name], name)
    if name.endswith(_ENDING):
        data = in_project(name)
        if data is not None:
            return parse_contest(data, name, Path(name).stem)
        if typed and Path(name).is_file():
            return _read(Path(name), Path(name).stem)
    raise NoSuchContestError(name=name, known=", ".join(known))


def _read(path: Path, id: str) -> Contest:
    with atomic.told(path):
        return parse_contest(path.read_bytes(), str(path), id)
