"""Errors of the lesson commands."""

from __future__ import annotations

from stemkit.errors import InputFileError, RefusedError, UsageError
from stemkit.words import N_


class LessonThereError(UsageError):
    """A new lesson would lie over something."""

    code = "lesson-there"
    message = N_("{path} is there already.")
    remedy = N_("Choose another name, or another folder with --into; a bundle: --force.")


class LessonIdError(UsageError):
    """A name that a lesson cannot have."""

    code = "lesson-id"
    message = N_("“{name}” cannot be a lesson's name.")
    remedy = N_("Write two digits, then words of a-z and 0-9 with hyphens, as in 03-soil-moisture.")


class LessonFileThereError(UsageError):
    """Something made of a lesson would lie over a file."""

    code = "lesson-output-there"
    message = N_("The file {path} is there already.")
    remedy = N_("Choose another name with --to, or replace it with --force.")


class NoQuestionsError(InputFileError):
    """A lesson has no `teacher/questions.toml`."""

    code = "lesson-no-questions"
    message = N_("The lesson {lesson} brings no questions for a test.")
    remedy = N_("Its maker can write some into {path}; the teacher's bundle carries them.")


class NoTeachersPartError(InputFileError):
    """Answers were asked of a lesson that came without them."""

    code = "lesson-no-teachers-part"
    message = N_("The lesson {lesson} is here without its teacher's part.")
    remedy = N_("Ask its maker for the teacher's bundle, or make the students' handout.")


class NoLessonTextError(InputFileError):
    """A lesson has no text in the language that was asked for."""

    code = "lesson-no-text"
    message = N_("The lesson {lesson} has no text {path}.")
    remedy = N_("Choose the other language, or see what is wrong: stemkit lesson check {lesson}")


class HandoutUsageError(UsageError):
    """Two wishes for a handout that do not go together."""

    code = "lesson-handout-usage"
    message = N_("Slides are shown to students: there are none with the teacher's answers.")
    remedy = N_("Leave out --slides for the teacher's pages, or --teacher for the slides.")


class HandoutPlaceError(UsageError):
    """One name was given for several files."""

    code = "lesson-handout-place"
    message = N_("{n} files cannot all be called {path}.")
    remedy = N_("Give a folder with --to, or ask for one file at a time.")


class DependencyDiffersError(RefusedError):
    """A dependency's file is not the one that the manifest names."""

    code = "lesson-dependency-differs"
    message = N_("{name} {version} has the SHA-256 {found}, but lesson.toml says {expected}.")
    remedy = N_(
        "If {source} is the file that you want, look at it and write its SHA-256 into lesson.toml."
    )
