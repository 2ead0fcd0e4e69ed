"""Errors of finding a lesson, and of lessons and boards that do not fit."""

from __future__ import annotations

from stemkit.errors import InputFileError, RefusedError, UsageError
from stemkit.words import N_


class NoSuchLessonError(InputFileError):
    """Neither a folder nor a lesson that travels with stemkit has this name."""

    code = "no-such-lesson"
    message = N_("There is no lesson “{name}”.")
    remedy = N_("See which there are: stemkit lesson list. Or give the path of a lesson's folder.")


class MistypedLessonError(NoSuchLessonError):
    """Nearly the name of a lesson that is here."""

    message = N_("There is no lesson “{name}”. Did you mean “{near}”?")


class LessonNotForBoardError(RefusedError):
    """The lesson does not name this kind of board."""

    code = "lesson-not-for-board"
    message = N_("The lesson {lesson} is not made for the board {model}, only for: {boards}")
    remedy = N_("Choose another lesson, or one of these boards.")


class LessonFileMissingError(InputFileError):
    """`[[deploy]]` names a file that is not in the folder."""

    code = "lesson-file-missing"
    message = N_("The lesson {lesson} wants {path} on the board, but that file is not there.")
    remedy = N_("See all that is wrong with the lesson: stemkit lesson check {lesson}")


class LessonWithoutBoardError(UsageError):
    """An image was asked of a lesson that runs on no board."""

    code = "lesson-without-board"
    message = N_("The lesson {lesson} runs on no board: there is nothing to put on one.")
    remedy = N_("See what it needs: stemkit lesson show {lesson}")
