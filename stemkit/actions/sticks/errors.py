"""Errors of installation sticks."""

from __future__ import annotations

from stemkit.errors import InputFileError
from stemkit.words import N_


class NotAStickError(InputFileError):
    """A folder has no list of sums, or one that is not ours."""

    code = "not-a-stick"
    message = N_("{folder} is not a stick that “stemkit usb make” has finished.")
    remedy = N_("Name the folder that holds install.bat, or make the stick again.")
