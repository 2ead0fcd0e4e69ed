"""Errors of the demonstration."""

from __future__ import annotations

from stemkit.errors import UsageError
from stemkit.words import N_


class DemoFolderError(UsageError):
    """The folder holds something that is not an earlier demonstration."""

    code = "demo-folder"
    message = N_("{folder} is not empty, and no earlier demonstration made it.")
    remedy = N_("Choose another folder with --keep: what is in it would be lost.")
