"""`lesson check`: the set-up for watching that a lesson brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stemkit.actions.lessons.findings import Findings
from stemkit.actions.readings.experiment import read_experiment
from stemkit.analysis.errors import CalibrationError
from stemkit.analysis.formula import parse_formula
from stemkit.formats.errors import DataFileError
from stemkit.model.experiment import Experiment
from stemkit.model.lesson import Lesson
from stemkit.model.lesson_names import WATCH
from stemkit.words import N_


def check_watch(folder: Path, lesson: Lesson, found: Findings) -> None:
    """The set-up can be read, and speaks of channels that the lesson has."""
    path = folder / WATCH
    if not path.is_file():
        return
    try:
        experiment = read_experiment(path.read_bytes(), str(path))
    except DataFileError as error:
        found.mistakes(error.mistakes)
        return
    except CalibrationError as error:
        found.wrong(path, 1, N_("The calibration cannot be used: {reason}"), reason=error.told())
        return
    known = {channel.label for channel in lesson.channels}
    known |= {formula.label for formula in experiment.formulas}
    for label in sorted(set(_named(experiment)) - known):
        found.wrong(path, 1, N_("lesson.toml has no channel “{label}”."), label=label)


def _named(experiment: Experiment) -> Iterator[str]:
    """Every channel that a set-up speaks of."""
    yield from (channel.label for channel in experiment.channels)
    yield from experiment.view.channels
    formulas = [formula.formula for formula in experiment.formulas]
    formulas += [alarm.when for alarm in experiment.alarms]
    formulas += [trigger.when for trigger in experiment.triggers]
    for formula in formulas:
        yield from parse_formula(formula).names
