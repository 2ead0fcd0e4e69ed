"""A lesson's set-up for watching: its file `watch.toml`, and the names in its manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from stemkit.actions.readings.experiment import load_experiment, read_experiment, recorded_experiment
from stemkit.actions.lessons.findings import Findings
from stemkit.actions.lessons.library import lesson_folder, read_lesson
from stemkit.analysis.errors import CalibrationError
from stemkit.analysis.formula import parse_formula
from stemkit.formats.errors import DataFileError
from stemkit.model.experiment import ChannelSetup, Experiment
from stemkit.model.lesson import Lesson
from stemkit.model.lesson_names import WATCH
from stemkit.storage import atomic
from stemkit.words import N_


def chosen_experiment(setup: Path | None, lesson: str, source: str) -> Experiment | None:
    """The set-up that a person chose: a file, a lesson's, that of the recording `source`.

    None where nothing was chosen. Raises what reading them does.
    """
    if setup is not None:
        return load_experiment(setup)
    if lesson:
        return lesson_setup(lesson)
    return recorded_experiment(source) if source else None


def lesson_named(name: str) -> str:
    """`id@version` of the lesson called `name`, "" without a name; raises `NoSuchLessonError`."""
    if not name:
        return ""
    lesson = read_lesson(lesson_folder(name))
    return f"{lesson.id}@{lesson.version}"


def lesson_setup(name: str) -> Experiment:
    """The set-up of the lesson called `name`; raises `NoSuchLessonError`, and what reading does."""
    folder = lesson_folder(name)
    lesson = read_lesson(folder)
    path = folder / WATCH
    if not path.is_file():
        return lesson_experiment(lesson, {})
    with atomic.told(path):
        return lesson_experiment(lesson, {WATCH: path.read_bytes()})


def lesson_experiment(lesson: Lesson, contents: Mapping[str, bytes]) -> Experiment:
    """The set-up that a lesson brings; `contents` are its files by their paths in its folder.

    What the file does not say of a channel is taken from the manifest. Raises `DataFileError`,
    `CalibrationError`.
    """
    found = Experiment()
    if WATCH in contents:
        found = read_experiment(contents[WATCH], f"{lesson.id}/{WATCH}")
    channels = {channel.label: channel for channel in found.channels}
    for told in lesson.channels:
        own = channels.get(told.label, ChannelSetup(told.label))
        channels[told.label] = replace(own, name=own.name or told.name, unit=own.unit or told.unit)
    return replace(found, title=found.title or lesson.title, channels=tuple(channels.values()))


def check_watch(folder: Path, lesson: Lesson, found: Findings) -> None:
    """`lesson check`: the set-up can be read, and speaks of channels that the lesson has."""
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
