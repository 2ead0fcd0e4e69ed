"""`lesson build`: a checked lesson as one file, and the teacher's part as another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.actions.lessons.errors import LessonThereError
from stemkit.actions.lessons.files_check import TEACHER as TEACHER_FOLDER
from stemkit.actions.lessons.files_check import lesson_paths
from stemkit.actions.library.lessons import read_lesson
from stemkit.formats.bundle import (
    STUDENT,
    TEACHER,
    build_bundle,
    bundle_name,
    pack_bundle,
    read_bundle,
    signature_path,
)
from stemkit.formats.key_names import key_id
from stemkit.signing.cms import sign_detached
from stemkit.signing.signer import Signer
from stemkit.storage import atomic

_FIRST_SIGNER: Final = 10


@dataclass(frozen=True, slots=True)
class Built:
    """A bundle that was written."""

    path: Path
    kind: str
    size: int
    identity: str
    signer: str
    """Name in the certificate of who signed it; empty: nobody did."""


def build_lesson(
    folder: Path, into: Path, signer: Signer | None = None, *, force: bool = False
) -> list[Built]:
    """Write the students' and the teacher's bundle of a lesson that `check_lesson` found in order.

    The signature tells no time, so that the same lesson and key give the same bytes each time.
    A bundle that is there is replaced with `force`, or where it is the same. Raises
    LessonThereError, and what the disk says; then neither is written over.
    """
    made = {into / name: data for name, data in lesson_bundles(folder, signer).items()}
    for path, data in made.items():
        if path.exists() and not force and path.read_bytes() != data:
            raise LessonThereError(path=path)
    built = []
    for path, data in made.items():
        bundle = read_bundle(data, path.name)
        atomic.write_bytes(path, data)
        name = signer.holder().name if signer else ""
        built.append(Built(path, bundle.kind, len(data), bundle.identity, name))
    return built


def lesson_bundles(folder: Path, signer: Signer | None = None) -> dict[str, bytes]:
    """File name to contents of the students' and, where there is one, the teacher's bundle.

    Raises MissingFileError, DataFileError, or what the disk says.
    """
    lesson = read_lesson(folder)
    parts: dict[str, dict[str, bytes]] = {STUDENT: {}, TEACHER: {}}
    for path in lesson_paths(folder):
        name = path.relative_to(folder).as_posix()
        with atomic.told(path):
            kind = TEACHER if name.startswith(f"{TEACHER_FOLDER}/") else STUDENT
            parts[kind][name] = path.read_bytes()
    return {
        bundle_name(lesson, kind): _signed(build_bundle(lesson, files, kind), signer)
        for kind, files in parts.items()
        if files
    }


def _signed(data: bytes, signer: Signer | None) -> bytes:
    if signer is None:
        return data
    plain = read_bundle(data, "")
    path = signature_path(_FIRST_SIGNER, key_id(signer.holder().name) or "signer")
    signatures = {path: sign_detached(plain.manifest, signer)}
    return pack_bundle(plain.manifest, plain.files(), signatures)
