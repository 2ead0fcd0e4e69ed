"""Which of two lesson versions is the newer one."""

from __future__ import annotations


def precedence(version: str) -> tuple[object, ...]:
    """A key that sorts as semver.org 2.0.0, section 11, orders versions.

    `version` must be one that a lesson can have (`stemkit.formats.lesson.VERSION`).
    """
    release, _, before = version.partition("-")
    numbers = tuple(map(int, release.split(".")))
    # A version with a pre-release comes before the one without; numbers before words.
    words = tuple(
        (0, int(word), "") if word.isdecimal() else (1, 0, word) for word in before.split(".")
    )
    return (numbers, not before, words if before else ())
