"""What stands in the way of an export."""

from __future__ import annotations

from stemkit.errors import MachineError, UsageError
from stemkit.words import N_


class ExportPartMissingError(MachineError):
    """An optional library is not installed."""

    code = "export-part-missing"
    message = N_("This needs {part}, which is not installed.")
    remedy = N_('Install it once: python -m pip install "stemkit[{extra}]"')


class NothingToDrawError(UsageError):
    """The recording has no readings of what was asked for."""

    code = "nothing-to-draw"
    message = N_("There are no readings to draw in this recording.")
    remedy = N_("See which boards and channels it has: stemkit record show {name}")
