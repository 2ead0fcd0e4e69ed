"""The wheels that stemkit needs, gathered with pip; the only place that runs pip."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from stemkit.formats.wheels import Target, best, build_wheel, metadata_of, needs
from stemkit.storage import atomic
from stemkit.storage.errors import NoPackagesError

_CHECKOUT: Final = Path(__file__).resolve().parent.parent.parent
_LEFT_OUT: Final = {"INSTALLER", "REQUESTED", "direct_url.json", "RECORD"}


class WheelFolder:
    """A folder of wheels for several kinds of computer, none of them there twice.

    What is there already is not fetched again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pins: dict[str, str] = {}

    def names(self) -> list[str]:
        """The wheels' file names."""
        return sorted(path.name for path in self.folder.glob("*.whl"))

    def gather_own(self, extras: Sequence[str]) -> str:
        """Put in stemkit's own wheel, and all that it needs which runs on every computer.

        What this computer would install decides the versions for all computers. Gives the name of
        stemkit's wheel. Raises NoPackagesError.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as there:
            own = _own_wheel(Path(there))
            asked = f"{own}[{','.join(extras)}]" if extras else str(own)
            _pip("wheel", "--no-deps", "--wheel-dir", there, "pip")
            _pip("wheel", "--wheel-dir", there, asked)
            for wheel in sorted(Path(there).glob("*.whl")):
                project, version, _, tags = parse_wheel_filename(wheel.name)
                self._pins[project] = str(version)
                if all(tag.platform == "any" for tag in tags):
                    self._put(wheel)
        return own.name

    def gather_for(self, target: Target, own: str, extras: Sequence[str]) -> list[str]:
        """Put in what `target` needs besides, and name every wheel of its list.

        Raises NoPackagesError where a package has no wheel for it.
        """
        chosen = {"pip": self._best(Requirement("pip"), target) or "", "stemkit": own}
        asked = self._needs(own, target, extras)
        seen = set()
        while asked:
            self._download([row for row in asked if not self._best(row, target)], target)
            further: list[Requirement] = []
            for row in asked:
                name = canonicalize_name(row.name)
                chosen.setdefault(name, self._best(row, target) or "")
                if not chosen[name]:
                    raise NoPackagesError(what=name, target=target.id, reason="-")
                further += self._needs(chosen[name], target, tuple(row.extras))
                # A package that is there may be asked for again, with more of its extras.
                seen.add((name, *sorted(row.extras)))
            asked = [
                row
                for row in further
                if (canonicalize_name(row.name), *sorted(row.extras)) not in seen
            ]
        return sorted(chosen.values())

    def _needs(self, wheel: str, target: Target, extras: Sequence[str]) -> list[Requirement]:
        metadata = metadata_of((self.folder / wheel).read_bytes())
        return needs(metadata, target, extras)

    def _best(self, wanted: Requirement, target: Target) -> str | None:
        names = self.names()
        return best(names, self._pinned(wanted), target) or best(names, wanted, target)

    def _pinned(self, wanted: Requirement) -> Requirement:
        pin = self._pins.get(canonicalize_name(wanted.name))
        if pin is None or not wanted.specifier.contains(pin, prereleases=True):
            return wanted
        return Requirement(f"{wanted.name}=={pin}")

    def _download(self, wanted: Iterable[Requirement], target: Target) -> None:
        for row in wanted:
            try:
                self._download_one(self._pinned(row), target)
            except NoPackagesError:
                # An older computer may have wheels of older versions only.
                self._download_one(row, target)

    def _download_one(self, wanted: Requirement, target: Target) -> None:
        places = [word for tag in target.platforms for word in ("--platform", tag)]
        with tempfile.TemporaryDirectory() as there:
            _pip(
                "download", "--no-deps", "--only-binary=:all:", "--implementation", "cp",
                "--python-version", ".".join(map(str, target.python)), *places,
                "--dest", there, f"{wanted.name}{wanted.specifier}",
                target=target.id,
            )  # fmt: skip
            for wheel in sorted(Path(there).glob("*.whl")):
                self._put(wheel)

    def _put(self, wheel: Path) -> None:
        data = wheel.read_bytes()
        target = self.folder / wheel.name
        if not target.is_file() or target.read_bytes() != data:
            atomic.write_bytes(target, data)


def _own_wheel(folder: Path) -> Path:
    """Make stemkit's wheel: from its checkout, or of the files that were installed."""
    if (_CHECKOUT / "pyproject.toml").is_file():
        _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(_CHECKOUT))
        return next(folder.glob("stemkit-*.whl"))
    distribution = importlib.metadata.distribution("stemkit")
    files = {}
    dist_info = f"stemkit-{distribution.version}.dist-info"
    for path in distribution.files or ():
        place = PurePosixPath(path.as_posix())
        foreign = ".." in place.parts or "__pycache__" in place.parts
        if foreign or (place.parts[0] == dist_info and place.name in _LEFT_OUT):
            continue
        files[str(place)] = path.read_binary()
    wheel = folder / f"stemkit-{distribution.version}-py3-none-any.whl"
    wheel.write_bytes(build_wheel(files, dist_info))
    return wheel


def _pip(*words: str, target: str = "") -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoPackagesError(what="pip", target=target or "-", reason=str(error)) from error
    if done.returncode:
        told = [row for row in done.stderr.splitlines() if row.startswith("ERROR")]
        reason = (told or done.stderr.splitlines() or ["pip"])[-1].removeprefix("ERROR: ")
        named = [word for word in words if not word.startswith("-")][-1]
        raise NoPackagesError(what=Path(named).name, target=target or "-", reason=reason)
