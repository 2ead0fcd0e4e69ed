"""The experiment's set-up that a recording was made with."""

from __future__ import annotations

from stemkit.analysis.errors import CalibrationError, FormulaError
from stemkit.analysis.pipeline import Pipeline
from stemkit.formats.errors import DataFileError
from stemkit.formats.experiment import parse_experiment
from stemkit.model.experiment import Experiment
from stemkit.model.recording import RecordingMeta


def experiment_of(meta: RecordingMeta) -> Experiment:
    """The set-up in `meta`; an empty one where it cannot be read (the lines are the truth)."""
    try:
        found = parse_experiment(meta.setup.encode("utf-8", "replace"), "meta.json")
        Pipeline(found)
    except (DataFileError, FormulaError, CalibrationError):
        return Experiment()
    return found
