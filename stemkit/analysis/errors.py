"""What can be wrong with a formula, a calibration or a fit."""

from __future__ import annotations

from stemkit.errors import UsageError
from stemkit.words import N_


class FormulaError(UsageError):
    """A formula cannot be understood; `reason` is a translated sentence, `near` where it is."""

    code = "formula"
    message = N_("The formula “{formula}” cannot be understood at “{near}”: {reason}")
    remedy = N_(
        "Write it like: f = temp*1.8+32, power = volt*amp, or mean(temp, 5) > 30. A name with"
        " spaces stands in quotes."
    )


class CalibrationError(UsageError):
    """The points of a calibration do not make a line."""

    code = "calibration"
    message = N_("These calibration points do not make a line: {points}")
    remedy = N_("Give two or more points that differ, each what it shows and what it should show.")


class FitError(UsageError):
    """A curve cannot be laid through what is selected; `reason` is a translated sentence."""

    code = "fit"
    message = N_("No curve can be fitted here: {reason}")
    remedy = N_("Select a longer part with more readings, or choose another curve.")
