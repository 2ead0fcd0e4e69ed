"""A lesson as one file (`.stem`): a zip that is the same bytes each time, with `manifest.json`.

Members are stored, not deflated: compressors differ between machines. They are sorted, with the
manifest first and its signatures behind it, one time of change and one mode.

A lesson's identity is the hash of the manifest, whoever signs it: signatures are CMS (`.p7s`) over
the manifest's bytes, and a signed bundle differs from an unsigned one in them and in the archive's
directory alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stemkit.errors import RefusedError
from stemkit.formats.archive import Archive, read_archive
from stemkit.formats.archive_directory import Stamp
from stemkit.formats.archive_errors import Reason
from stemkit.formats.archive_names import shown
from stemkit.formats.lesson import LESSON_ID, VERSION
from stemkit.model.lesson import Lesson
from stemkit.model.lesson_names import BUNDLE_ENDING
from stemkit.words import N_

SCHEMA: Final = "stemkit.bundle/1"
MANIFEST: Final = "manifest.json"
SIGNATURES: Final = "signatures/"
"""Below it lie signatures over the manifest; the manifest does not name them."""
STUDENT, TEACHER = "lesson", "teacher"
_SIGNATURE: Final = re.compile(r"signatures/[0-9]{1,3}-[A-Za-z0-9][A-Za-z0-9._-]{0,59}\.p7s")
_MOST_SIGNATURES: Final = 16
_LARGEST_SIGNATURE_BYTES: Final = 64 << 10
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
MOST_MANIFEST_BYTES: Final = 512 << 10
"""Of `manifest.json`: 2,000 files with paths of a usual length need half of it."""
_MODE: Final = 0o100644 << 16
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_OWN_STAMPS: Final = (
    Stamp(20, 0, 1 << 5 | 1),
    Stamp(20, 0, 1 << 5 | 1, _UNIX << 8 | 20, 0, _MODE),
)
"""Those of `pack_bundle`, in a file's header and in the directory (1 January 1980, 0:00)."""


class BundleTamperedError(RefusedError):
    """A bundle does not hold what its manifest says; `reason` is a `Reason`."""

    code = "bundle-tampered"
    message = N_("{name} is not a lesson as it was made: {reason}")
    remedy = N_("Do not use it. Get it again from its maker.")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says."""

    lesson: str
    version: str
    kind: str
    """`lesson` for students, `teacher` for answers and timing."""
    files: Mapping[str, tuple[int, str]]
    """Path from the lesson's folder to size in bytes and SHA-256 in hex."""


@dataclass(frozen=True)
class Bundle:
    """A bundle that was read: every file is the one that the manifest names."""

    lesson: str
    version: str
    kind: str
    """`lesson` for students, `teacher` for answers and timing."""
    identity: str
    """SHA-256 of the manifest, in hex."""
    archive: Archive

    @property
    def manifest(self) -> bytes:
        """The bytes of `manifest.json`, which signatures are made over."""
        return self.archive.read(MANIFEST)

    def files(self) -> dict[str, bytes]:
        """Path from the lesson's folder to contents."""
        return {path: self.archive.read(path) for path in self._paths() if not _apart(path)}

    def signatures(self) -> dict[str, bytes]:
        """Path in the bundle to contents (DER) of the signatures; nothing of them is checked."""
        return {p: self.archive.read(p) for p in self._paths() if p.startswith(SIGNATURES)}

    def _paths(self) -> list[str]:
        return [file.path for file in self.archive.files]


def bundle_name(lesson: Lesson, kind: str = STUDENT) -> str:
    """The file name of a lesson's bundle."""
    return f"{lesson.id}-{lesson.version}{'-teacher' if kind == TEACHER else ''}{BUNDLE_ENDING}"


def build_bundle(lesson: Lesson, files: Mapping[str, bytes], kind: str = STUDENT) -> bytes:
    """The bundle of these files; the same files give the same bytes on every machine."""
    return pack_bundle(_manifest(lesson, files, kind), files)


def pack_bundle(
    manifest: bytes, files: Mapping[str, bytes], signatures: Mapping[str, bytes] | None = None
) -> bytes:
    """The bundle that these parts make, by their paths in it: a bundle's parts give it again."""
    signed = sorted((signatures or {}).items())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for path, content in [(MANIFEST, manifest), *signed, *sorted(files.items())]:
            info = zipfile.ZipInfo(path, _TIME)
            info.create_system, info.external_attr = _UNIX, _MODE
            archive.writestr(info, content)
    return out.getvalue()


def read_bundle(data: bytes, name: str) -> Bundle:
    """Read and check a bundle; `name` is how errors call it. Who signed it is not asked here.

    Raises ArchiveDamagedError, ArchiveUnsafeError, BundleTamperedError.
    """
    archive = read_archive(data, name)
    if MANIFEST not in archive:
        raise BundleTamperedError(name=name, reason=Reason(N_("it has no manifest.")))
    raw = archive.read(MANIFEST)
    told = read_manifest(raw, name)
    there = {f.path: (f.size, f.sha256) for f in archive.files if not _apart(f.path)}
    for path in sorted(set(told.files) | set(there)):
        if told.files.get(path) != there.get(path):
            reason = Reason(N_("“{path}” is not the one in the manifest."), {"path": shown(path)})
            raise BundleTamperedError(name=name, reason=reason)
    _must_be_few_and_small(archive, name)
    _must_be_of_one_hand(archive, name)
    identity = hashlib.sha256(raw).hexdigest()
    return Bundle(told.lesson, told.version, told.kind, identity, archive)


def signature_path(number: int, name: str) -> str:
    """The member of a signer (`name` is an id of `key_names`); the first has the number 10."""
    return f"{SIGNATURES}{number}-{name}.p7s"


def is_signature(path: str) -> bool:
    """Whether a member with this path can be a signature: `signatures/1-name.p7s`."""
    return bool(_SIGNATURE.fullmatch(path))


def _must_be_few_and_small(archive: Archive, name: str) -> None:
    """What the manifest does not name must not be a place to hide other things in."""
    found = [file for file in archive.files if is_signature(file.path)]
    for number, file in enumerate(found):
        if number >= _MOST_SIGNATURES or file.size > _LARGEST_SIGNATURE_BYTES:
            reason = Reason(N_("“{path}” is not a signature."), {"path": shown(file.path)})
            raise BundleTamperedError(name=name, reason=reason)


def _must_be_of_one_hand(archive: Archive, name: str) -> None:
    """Packed anew as a whole it is the same lesson; where one header differs, it was changed."""
    for where, own in enumerate(_OWN_STAMPS):
        others = [file for file in archive.files if file.stamps[where] != own]
        if 0 < len(others) < len(archive.files):
            message = N_("“{path}” was put in by another hand than the rest.")
            reason = Reason(message, {"path": shown(others[0].path)})
            raise BundleTamperedError(name=name, reason=reason)


def _apart(path: str) -> bool:
    """Whether the manifest does not name this member."""
    return path == MANIFEST or is_signature(path)


def _manifest(lesson: Lesson, files: Mapping[str, bytes], kind: str) -> bytes:
    body = {
        "schema": SCHEMA,
        "kind": kind,
        "id": lesson.id,
        "version": lesson.version,
        "title": {"vi": lesson.title.vi, "en": lesson.title.en},
        "boards": list(lesson.needs.boards),
        "measures": list(lesson.needs.measures),
        "parts": list(lesson.needs.parts),
        "firmware": {"name": lesson.firmware.name, "min_version": lesson.firmware.min_version},
        "licence": lesson.licence,
        "dependencies": [
            {
                "name": dependency.name,
                "version": dependency.version,
                "source": dependency.source,
                "licence": dependency.licence,
                "file": dependency.file,
                "sha256": dependency.sha256,
            }
            for dependency in lesson.dependencies
        ],
        "files": {
            path: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in files.items()
        },
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def read_manifest(raw: bytes, name: str) -> Manifest:
    """Read the bytes of a `manifest.json`; `name` is how errors call the bundle.

    Its paths are not judged here. Raises BundleTamperedError.
    """
    if len(raw) > MOST_MANIFEST_BYTES:
        message = N_("its manifest is larger than {most} bytes.")
        raise BundleTamperedError(name=name, reason=Reason(message, {"most": MOST_MANIFEST_BYTES}))
    unreadable = BundleTamperedError(name=name, reason=Reason(N_("its manifest cannot be read.")))
    try:
        body = json.loads(raw.decode())
        files = {
            str(path): (_size(row["bytes"]), str(row["sha256"]))
            for path, row in body["files"].items()
        }
        schema, lesson, version, kind = (body[k] for k in ("schema", "id", "version", "kind"))
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise unreadable from error
    known = schema == SCHEMA and kind in (STUDENT, TEACHER)
    # They become names of folders.
    named = _fits(lesson, LESSON_ID) and _fits(version, VERSION)
    sound = all(size >= 0 and _SHA256.fullmatch(sha256) for size, sha256 in files.values())
    if not (known and named and sound):
        raise unreadable
    return Manifest(lesson, version, kind, files)


def _size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value


def _fits(value: object, pattern: str) -> bool:
    return isinstance(value, str) and len(value) <= 64 and bool(re.fullmatch(pattern, value))
