"""A bundle and the lesson in it: both must tell of the same."""

from __future__ import annotations

from stemkit.formats.archive_errors import Reason
from stemkit.formats.bundle import STUDENT, Bundle, BundleTamperedError
from stemkit.formats.lesson import parse_lesson
from stemkit.model.lesson_names import MANIFEST
from stemkit.words import N_


def must_agree(bundle: Bundle, name: str) -> None:
    """A students' bundle must hold the lesson that its manifest names.

    Raises BundleTamperedError, DataFileError.
    """
    if bundle.kind != STUDENT:
        return
    if MANIFEST not in bundle.archive:
        reason = Reason(N_("“{path}” is missing."), {"path": MANIFEST})
        raise BundleTamperedError(name=name, reason=reason)
    lesson = parse_lesson(bundle.archive.read(MANIFEST), f"{name}/{MANIFEST}")
    if (lesson.id, lesson.version) != (bundle.lesson, bundle.version):
        reason = Reason(N_("“{path}” is not the one in the manifest."), {"path": MANIFEST})
        raise BundleTamperedError(name=name, reason=reason)
