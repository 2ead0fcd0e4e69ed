"""An experiment's set-up from its file, every formula checked."""

from __future__ import annotations

from pathlib import Path

from stemkit.analysis.errors import FormulaError
from stemkit.analysis.formula import parse_formula
from stemkit.analysis.pipeline import Pipeline, channels
from stemkit.formats.errors import RecordingMetaError
from stemkit.formats.experiment import parse_experiment
from stemkit.model.experiment import Experiment
from stemkit.storage import atomic, places
from stemkit.storage.recordings import find_recording
from stemkit.storage.recordings.errors import NoSuchRecordingError
from stemkit.storage.recordings.setup import experiment_of


def load_experiment(path: Path) -> Experiment:
    """Read a set-up; raises `DataFileError`, `CalibrationError`, `MissingFileError`."""
    with atomic.told(path):
        data = path.read_bytes()
    return read_experiment(data, str(path))


def read_experiment(data: bytes, path: str) -> Experiment:
    """Read a set-up; `path` is its name in mistakes. Raises `DataFileError`, `CalibrationError`."""
    experiment = parse_experiment(data, path, _wrong, lambda text: channels(parse_formula(text)))
    Pipeline(experiment)
    return experiment


def recorded_experiment(source: str) -> Experiment:
    """The set-up of the recording that `source` names; an empty one where it names none."""
    try:
        return experiment_of(find_recording(places.recordings(), source).meta())
    except (NoSuchRecordingError, RecordingMetaError):
        return Experiment()


def _wrong(formula: str) -> str:
    try:
        parse_formula(formula)
    except FormulaError as error:
        return str(error.fields["reason"])
    return ""
