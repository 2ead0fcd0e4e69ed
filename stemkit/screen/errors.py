"""What can go wrong before the display."""

from __future__ import annotations

from stemkit.errors import UsageError
from stemkit.words import N_


class SetupExistsError(UsageError):
    """A set-up file is never overwritten from the display."""

    code = "setup-exists"
    message = N_("The file {path} is there already.")
    remedy = N_("Choose another name.")
