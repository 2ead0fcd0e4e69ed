"""A lesson's set-up for watching: its file `watch.toml`, and the names in its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from stemkit.actions.library.lessons import lesson_folder, read_lesson
from stemkit.actions.readings.experiment import (
    load_experiment,
    read_experiment,
    recorded_experiment,
)
from stemkit.model.experiment import ChannelSetup, Experiment
from stemkit.model.lesson import Lesson
from stemkit.model.lesson_names import WATCH
from stemkit.storage import atomic


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
