"""Lesson files: `lesson.toml` -> `Lesson`, `check.toml` -> `LessonCheck`."""

from __future__ import annotations

import re
from typing import Final

from stemkit.formats.board import ID_PATTERN
from stemkit.formats.toml_file import Table, TomlFile
from stemkit.model.lesson import (
    Channel,
    Computer,
    Dependency,
    Deployed,
    Firmware,
    Lesson,
    LessonCheck,
    Level,
    Needs,
    Response,
    SeenChannel,
)
from stemkit.words import N_

LESSON_ID: Final = r"[0-9]{2}-[a-z0-9]+(-[a-z0-9]+)*"
# semver.org 2.0.0, without build metadata: two builds of one version must be the same bytes.
VERSION: Final = r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
_LABEL: Final = r"[A-Za-z_]\w{0,31}"
_PLACE: Final = r"(?!\.)[A-Za-z0-9_.-]+(/(?!\.)[A-Za-z0-9_.-]+)*"
_ADDRESS: Final = r"https?://[!-~]{3,500}"
_LONGEST_MINUTES: Final = 5 * 24 * 60.0  # the clock of a board turns over after six days
_FARTHEST: Final = 1e12


def parse_lesson(data: bytes, path: str) -> Lesson:
    """Read a lesson's manifest; `path` is its name in mistakes.

    Raises `DataFileError` with every mistake.
    """
    file = TomlFile(data, path)
    root = file.root
    lesson = Lesson(
        id=root.string("id", pattern=LESSON_ID),
        version=root.string("version", pattern=VERSION),
        title=root.text("title"),
        summary=root.text("summary"),
        level=root.choice("level", Level),
        age=_age(root.table("age")),
        minutes=root.integer("minutes", low=5, high=600),
        needs=_needs(root.table("needs")),
        firmware=_firmware(root),
        deploy=tuple(_deployed(table) for table in root.tables("deploy")),
        dependencies=tuple(_dependency(table) for table in root.tables("dependency")),
        channels=tuple(_channel(table) for table in root.tables("channel")),
        skills=root.strings("skills"),
        licence=root.string("licence"),
        authors=root.strings("authors"),
        computer=_computer(root.table("computer")) if "computer" in root else None,
    )
    _fit_together(lesson, root)
    file.finish()
    return lesson


def parse_check(data: bytes, path: str) -> LessonCheck:
    """Read what must be seen of a lesson; `path` is its name in mistakes.

    Raises `DataFileError` with every mistake.
    """
    file = TomlFile(data, path)
    root = file.root
    check = LessonCheck(
        minutes=root.number("minutes", low=0.1, high=_LONGEST_MINUTES),
        scenario=root.string("scenario", default="", pattern=_PLACE),
        memory_percent=root.number("memory_percent", default=90.0, low=1.0, high=100.0),
        channels=tuple(_seen(table) for table in root.tables("channel")),
        responses=tuple(_response(table) for table in root.tables("response")),
    )
    labels = [seen.label for seen in check.channels]
    for number, response in enumerate(check.responses):
        if response.label not in labels:
            _unknown_label(file, ("response", number, "label"), response.label)
        if 0 < check.minutes * 60 <= response.at_s + response.within_s:
            message = N_("The run ends before this change is over.")
            file.wrong(("response", number, "at_s"), message)
    file.finish()
    return check


def _age(table: Table) -> tuple[int, int]:
    low, high = table.integer("low", low=5, high=99), table.integer("high", low=5, high=99)
    if low > high:
        table.wrong("low", N_("“low” is above “high”."))
    return low, high


def _needs(table: Table) -> Needs:
    return Needs(
        boards=table.strings("boards"),
        measures=table.strings("measures"),
        parts=table.strings("parts"),
    )


def _computer(table: Table) -> Computer:
    return Computer(
        program=table.string("program", pattern=_PLACE), packages=table.strings("packages")
    )


def _firmware(root: Table) -> Firmware:
    if "computer" in root and "firmware" not in root:
        return Firmware("", "")
    table = root.table("firmware")
    return Firmware(
        name=table.string("name"),
        min_version=table.string("min_version", pattern=r"\d+(\.\d+){0,2}"),
    )


def _deployed(table: Table) -> Deployed:
    return Deployed(
        source=table.string("from", pattern=_PLACE),
        target=table.string("to", pattern=_PLACE),
        boards=table.strings("boards"),
    )


def _dependency(table: Table) -> Dependency:
    return Dependency(
        name=table.string("name"),
        version=table.string("version"),
        source=table.string("source", pattern=_ADDRESS),
        licence=table.string("licence"),
        file=table.string("file", pattern=f"vendor/{_PLACE}"),
        target=table.string("to", default="", pattern=_PLACE),
        sha256=table.string("sha256", pattern="[0-9a-f]{64}"),
    )


def _channel(table: Table) -> Channel:
    return Channel(
        label=table.string("label", pattern=_LABEL),
        name=table.text("name"),
        unit=table.string("unit", default=""),
    )


def _seen(table: Table) -> SeenChannel:
    low = table.number("low", default=-_FARTHEST, low=-_FARTHEST, high=_FARTHEST)
    high = table.number("high", default=_FARTHEST, low=-_FARTHEST, high=_FARTHEST)
    if low > high:
        table.wrong("low", N_("“low” is above “high”."))
    return SeenChannel(
        label=table.string("label", pattern=_LABEL),
        low=low,
        high=high,
        interval_s=table.number("interval_s", default=0.0, low=0.0, high=86_400.0),
        boards=table.strings("boards"),
    )


def _response(table: Table) -> Response:
    change = table.number("change", low=-_FARTHEST, high=_FARTHEST)
    if "change" in table and not change:
        table.wrong("change", N_("A change of 0 is no change."))
    return Response(
        label=table.string("label", pattern=_LABEL),
        at_s=table.number("at_s", low=1.0, high=_LONGEST_MINUTES * 60),
        within_s=table.number("within_s", default=10.0, low=0.0, high=86_400.0),
        change=change,
        boards=table.strings("boards"),
    )


def _fit_together(lesson: Lesson, root: Table) -> None:
    """What must agree within one manifest."""
    file = root.file
    for number, board in enumerate(lesson.needs.boards):
        if not re.fullmatch(ID_PATTERN, board):
            message = N_("“{board}” cannot name a kind of board: it must look like {pattern}.")
            file.wrong(("needs", "boards", number), message, board=board, pattern=ID_PATTERN)
    for number, channel in enumerate(lesson.channels):
        if channel.label in [other.label for other in lesson.channels[:number]]:
            message = N_("“{name}” is there twice.")
            file.wrong(("channel", number, "label"), message, name=channel.label)
    for number, deployed in enumerate(lesson.deploy):
        for other in lesson.deploy[:number]:
            both = set(deployed.boards) & set(other.boards)
            if deployed.target == other.target and (
                both or not deployed.boards or not other.boards
            ):
                message = N_("Two files go to {place} on the same board.")
                file.wrong(("deploy", number, "to"), message, place=deployed.target)
        for board in sorted(set(deployed.boards) - set(lesson.needs.boards)):
            message = N_("“{board}” is not among the boards that the lesson names.")
            file.wrong(("deploy", number, "boards"), message, board=board)
    for number, dependency in enumerate(lesson.dependencies):
        if dependency.file in [other.file for other in lesson.dependencies[:number]]:
            message = N_("“{name}” is there twice.")
            file.wrong(("dependency", number, "file"), message, name=dependency.file)
    if not lesson.authors and "authors" not in root and not root.file.broken:
        root.wrong("authors", N_("“{key}” is missing."), key="authors")


def _unknown_label(file: TomlFile, path: tuple[str | int, ...], label: str) -> None:
    file.wrong(path, N_("No “[[channel]]” above is called “{label}”."), label=label)
