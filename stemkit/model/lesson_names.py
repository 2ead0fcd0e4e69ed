"""What a lesson's files are called, for those who look for them without reading them."""

from __future__ import annotations

from typing import Final

MANIFEST: Final = "lesson.toml"
"""The file that makes a folder a lesson."""
BUNDLE_ENDING: Final = ".stem"
"""A lesson in one file."""
CHECK: Final = "check.toml"
"""What must be seen when the lesson runs, and the scenario in which it does."""
WATCH: Final = "watch.toml"
"""How `stemkit watch` shows the lesson's readings."""
QUESTIONS: Final = "teacher/questions.toml"
"""The file of questions for a test, with their answers: in the teacher's bundle alone."""
