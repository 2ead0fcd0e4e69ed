"""A lesson as the answers with `--json` show it."""

from __future__ import annotations

from typing import Any

from stemkit.model.lesson import Lesson


def lesson_row(lesson: Lesson) -> dict[str, Any]:
    """What its manifest says."""
    return {
        "id": lesson.id,
        "version": lesson.version,
        "title": {"vi": lesson.title.vi, "en": lesson.title.en},
        "summary": {"vi": lesson.summary.vi, "en": lesson.summary.en},
        "level": str(lesson.level),
        "age": list(lesson.age),
        "minutes": lesson.minutes,
        "boards": list(lesson.needs.boards),
        "measures": list(lesson.needs.measures),
        "parts": list(lesson.needs.parts),
        "computer": lesson.computer
        and {
            "program": lesson.computer.program,
            "packages": list(lesson.computer.packages),
        },
        "channels": [{"label": c.label, "unit": c.unit} for c in lesson.channels],
        "licence": lesson.licence,
        "authors": list(lesson.authors),
    }
