"""Python wheels: what one needs on a given computer, and which of several fits there.

Names and tags follow the binary distribution format (PEP 427, PEP 425), requirements PEP 508.
"""

from __future__ import annotations

import base64
import email.parser
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from packaging import tags
from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

_TIME: Final = (1980, 1, 1, 0, 0, 0)
# What a school's computer may be as old as: glibc 2.28 is Debian 10, macOS 12 the oldest that
# current Pythons run on.
_GLIBC: Final = ((2, 28), (2, 27), (2, 26), (2, 24), (2, 17), (2, 12), (2, 5))
_MACOS: Final = (12, 0)


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of computer with one version of CPython."""

    system: str
    """A key of `SYSTEMS`."""
    python: tuple[int, int]

    @property
    def id(self) -> str:
        """The name of its list of wheels, such as `windows-3.12`."""
        return f"{self.system}-{self.python[0]}.{self.python[1]}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platform tags, best first."""
        machine = SYSTEMS[self.system]["platform_machine"]
        if self.system.startswith("windows"):
            return ("win_amd64",)
        if self.system.startswith("macos"):
            return tuple(tags.mac_platforms(_MACOS, machine))
        named = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
        found = []
        for major, minor in _GLIBC:
            found.append(f"manylinux_{major}_{minor}_{machine}")
            if (major, minor) in named:
                found.append(f"{named[major, minor]}_{machine}")
        return tuple(found)

    def environment(self) -> dict[str, str]:
        """The environment markers of PEP 508 as they stand there."""
        version = ".".join(map(str, self.python))
        return {
            **SYSTEMS[self.system],
            "implementation_name": "cpython",
            "implementation_version": f"{version}.0",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_version": "",
            "python_full_version": f"{version}.0",
            "python_version": version,
            "extra": "",
        }

    def fits(self, wheel: str) -> bool:
        """Whether a wheel of this file name installs there."""
        try:
            offered = parse_wheel_filename(wheel)[3]
        except InvalidWheelFilename:
            return False
        return not offered.isdisjoint(self._accepted())

    def _accepted(self) -> frozenset[tags.Tag]:
        places = list(self.platforms)
        own = tags.cpython_tags(self.python, platforms=places)
        version = f"cp{self.python[0]}{self.python[1]}"
        return frozenset(own) | frozenset(tags.compatible_tags(self.python, version, places))


SYSTEMS: Final[Mapping[str, Mapping[str, str]]] = {
    "windows": {
        "os_name": "nt",
        "sys_platform": "win32",
        "platform_system": "Windows",
        "platform_machine": "AMD64",
    },
    "macos": {
        "os_name": "posix",
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "platform_machine": "arm64",
    },
    "macos-intel": {
        "os_name": "posix",
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "platform_machine": "x86_64",
    },
    "linux": {
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
    },
    "linux-arm": {
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "aarch64",
    },
}
"""The computers that a stick can serve; `linux-arm` is a Raspberry Pi with a 64-bit system."""


def needs(metadata: bytes, target: Target, extras: Iterable[str] = ()) -> list[Requirement]:
    """What a distribution's METADATA asks for on `target`, with these extras of its own."""
    fields = email.parser.BytesHeaderParser().parsebytes(metadata)
    rows = [Requirement(str(row)) for row in fields.get_all("Requires-Dist") or []]
    ways = ["", *extras]
    environment = target.environment()
    return [
        row
        for row in rows
        if row.marker is None
        or any(row.marker.evaluate({**environment, "extra": extra}) for extra in ways)
    ]


def best(wheels: Iterable[str], wanted: Requirement, target: Target) -> str | None:
    """The newest of these wheel file names that satisfies `wanted` and installs on `target`."""
    name = canonicalize_name(wanted.name)
    rows = []
    for wheel in wheels:
        try:
            project, version, build, _ = parse_wheel_filename(wheel)
        except InvalidWheelFilename:
            continue
        if project == name and wanted.specifier.contains(version, prereleases=True):
            rows.append((version, build, wheel))
    fitting = [row for row in rows if target.fits(row[2])]
    return max(fitting)[2] if fitting else None


def metadata_of(wheel: bytes) -> bytes:
    """The METADATA file of a wheel. Raises KeyError where it has none."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for name in archive.namelist():
            if PurePosixPath(name).match("*.dist-info/METADATA"):
                return archive.read(name)
    raise KeyError("METADATA")


def build_wheel(files: Mapping[str, bytes], dist_info: str) -> bytes:
    """A wheel of these files (path in site-packages to contents), the same bytes each time."""
    record = f"{dist_info}/RECORD"
    rows = [f"{path},{_digest(data)},{len(data)}\n" for path, data in sorted(files.items())]
    everything = {**files, record: "".join([*rows, f"{record},,\n"]).encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(everything.items(), key=lambda row: (row[0] == record, row[0])):
            info = zipfile.ZipInfo(path, _TIME)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def _digest(data: bytes) -> str:
    raw = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return f"sha256={raw.decode().rstrip('=')}"
