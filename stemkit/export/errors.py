"""What stands in the way of an export."""

from __future__ import annotations

from stemkit.errors import InputFileError, MachineError, UsageError
from stemkit.words import N_


class ExportPartMissingError(MachineError):
    """An optional library is not installed."""

    code = "export-part-missing"
    message = N_("This needs {part}, which is not installed.")
    remedy = N_("Install it once: {command}")


class NothingToDrawError(UsageError):
    """The recording has no readings of what was asked for."""

    code = "nothing-to-draw"
    message = N_("There are no readings to draw in this recording.")
    remedy = N_("See which boards and channels it has: stemkit record show {name}")


class TypesetError(InputFileError):
    """typst cannot set a page; `reason` is its own sentence."""

    code = "typeset-failed"
    message = N_("The PDF cannot be made: {reason}")
    remedy = N_("Look whether a picture is missing or damaged, and save it again.")
