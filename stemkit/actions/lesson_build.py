"""`lesson build`: a checked lesson as one file, and the teacher's part as another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.lesson_errors import LessonThereError
from stemkit.actions.lesson_files_check import TEACHER as TEACHER_FOLDER
from stemkit.actions.lesson_files_check import lesson_paths
from stemkit.actions.lessons import read_lesson
from stemkit.formats.bundle import STUDENT, TEACHER, build_bundle, bundle_name, read_bundle
from stemkit.storage import atomic


@dataclass(frozen=True, slots=True)
class Built:
    """A bundle that was written."""

    path: Path
    kind: str
    size: int
    identity: str


def build_lesson(folder: Path, into: Path, *, force: bool = False) -> list[Built]:
    """Write the students' and the teacher's bundle of a lesson that `check_lesson` found in order.

    A bundle that is there is replaced with `force`, or where it is the same. Raises
    LessonThereError, and what the disk says; then neither is written over.
    """
    lesson = read_lesson(folder)
    parts: dict[str, dict[str, bytes]] = {STUDENT: {}, TEACHER: {}}
    for path in lesson_paths(folder):
        name = path.relative_to(folder).as_posix()
        with atomic.told(path):
            kind = TEACHER if name.startswith(f"{TEACHER_FOLDER}/") else STUDENT
            parts[kind][name] = path.read_bytes()
    made = {
        into / bundle_name(lesson, kind): build_bundle(lesson, files, kind)
        for kind, files in parts.items()
    }
    for path, data in made.items():
        if path.exists() and not force and path.read_bytes() != data:
            raise LessonThereError(path=path)
    built = []
    for path, data in made.items():
        bundle = read_bundle(data, path.name)
        atomic.write_bytes(path, data)
        built.append(Built(path, bundle.kind, len(data), bundle.identity))
    return built
