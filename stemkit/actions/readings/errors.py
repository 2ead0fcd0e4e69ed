"""What can be wrong with a source of readings."""

from __future__ import annotations

from stemkit.errors import BoardError, InputFileError, MachineError, UsageError
from stemkit.words import N_


class NotTalkingError(BoardError):
    """The board shows only its drive: it waits for firmware and prints nothing."""

    code = "board-not-talking"
    message = N_("The board {board} waits for firmware and prints no readings.")
    remedy = N_("Put firmware onto it first: stemkit flash")


class SourceError(UsageError):
    """A URL of a kind that is not known."""

    code = "bad-source"
    message = N_("Readings cannot be taken from {source}.")
    remedy = N_(
        "Give a recording, a file, - for standard input, socket://HOST:PORT or blinka:SCRIPT.py"
    )


class NoSuchSourceError(InputFileError):
    """Neither a recording nor a file has that name."""

    code = "no-such-source"
    message = N_("There is no recording and no file {source}.")
    remedy = N_("See which there are: stemkit record list")


class PartMissingError(MachineError):
    """An optional part of stemkit is not installed."""

    code = "part-missing"
    message = N_("This needs {part}, which is not installed.")
    remedy = N_("Install it once: {command}")


class ModuleMissingError(InputFileError):
    """A program imports what is neither installed nor beside it."""

    code = "module-missing"
    message = N_("{script} imports “{module}”, which is neither installed here nor beside it.")
    remedy = N_(
        "Look whether its name is spelled right. The driver's page tells which package brings it."
    )


class NothingToRecordError(UsageError):
    """What is watched is a recording or a file already."""

    code = "nothing-to-record"
    message = N_("A recording or a file that is played again cannot be recorded.")
    remedy = N_("To keep it in another form: stemkit record export NAME")
