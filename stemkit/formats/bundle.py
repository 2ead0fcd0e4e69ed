"""A lesson as one file (`.stem`): a zip that is the same bytes each time, with `manifest.json`.

Members are stored, not deflated: compressors differ between machines. They are sorted, with the
manifest first, one time of change and one mode.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stemkit.errors import RefusedError
from stemkit.formats.archive import Archive, read_archive
from stemkit.formats.archive_errors import Reason
from stemkit.formats.archive_names import shown
from stemkit.model.lesson import Lesson
from stemkit.model.lesson_names import BUNDLE_ENDING
from stemkit.words import N_

SCHEMA: Final = "stemkit.bundle/1"
MANIFEST: Final = "manifest.json"
STUDENT, TEACHER = "lesson", "teacher"
_MODE: Final = 0o100644 << 16
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3


class BundleTamperedError(RefusedError):
    """A bundle does not hold what its manifest says; `reason` is a `Reason`."""

    code = "bundle-tampered"
    message = N_("{name} is not a lesson as it was made: {reason}")
    remedy = N_("Do not use it. Get it again from its maker.")


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

    def files(self) -> dict[str, bytes]:
        """Path from the lesson's folder to contents."""
        paths = [file.path for file in self.archive.files if file.path != MANIFEST]
        return {path: self.archive.read(path) for path in paths}


def bundle_name(lesson: Lesson, kind: str = STUDENT) -> str:
    """The file name of a lesson's bundle."""
    return f"{lesson.id}-{lesson.version}{'-teacher' if kind == TEACHER else ''}{BUNDLE_ENDING}"


def build_bundle(lesson: Lesson, files: Mapping[str, bytes], kind: str = STUDENT) -> bytes:
    """The bundle of these files; the same files give the same bytes on every machine."""
    manifest = _manifest(lesson, files, kind)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for path, content in [(MANIFEST, manifest), *sorted(files.items())]:
            info = zipfile.ZipInfo(path, _TIME)
            info.create_system, info.external_attr = _UNIX, _MODE
            archive.writestr(info, content)
    return out.getvalue()


def read_bundle(data: bytes, name: str) -> Bundle:
    """Read and check a bundle; `name` is how errors call it.

    Raises ArchiveDamagedError, ArchiveUnsafeError, BundleTamperedError.
    """
    archive = read_archive(data, name)
    if MANIFEST not in archive:
        raise BundleTamperedError(name=name, reason=Reason(N_("it has no manifest.")))
    raw = archive.read(MANIFEST)
    told = _parsed(raw, name)
    there = {f.path: (f.size, f.sha256) for f in archive.files if f.path != MANIFEST}
    for path in sorted(set(told["files"]) | set(there)):
        if told["files"].get(path) != there.get(path):
            reason = Reason(N_("“{path}” is not the one in the manifest."), {"path": shown(path)})
            raise BundleTamperedError(name=name, reason=reason)
    identity = hashlib.sha256(raw).hexdigest()
    return Bundle(told["id"], told["version"], told["kind"], identity, archive)


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
        "files": {
            path: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in files.items()
        },
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def _parsed(raw: bytes, name: str) -> dict[str, Any]:
    try:
        body = json.loads(raw.decode())
        files = {
            str(path): (int(row["bytes"]), str(row["sha256"]))
            for path, row in body["files"].items()
        }
        told = {key: body[key] for key in ("schema", "id", "version", "kind")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = Reason(N_("its manifest cannot be read."))
        raise BundleTamperedError(name=name, reason=reason) from error
    words = [told["id"], told["version"]]
    known = told["schema"] == SCHEMA and told["kind"] in (STUDENT, TEACHER)
    if not known or not all(isinstance(word, str) and word.isprintable() for word in words):
        raise BundleTamperedError(name=name, reason=Reason(N_("its manifest cannot be read.")))
    return {**told, "files": files}
