"""The set-up of an experiment: what a lesson or a teacher prepares for `stemkit watch`."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from stemkit.model.text import Text


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """A channel that boards send, as people should see it."""

    label: str
    """As in the board's lines."""
    name: Text | None = None
    unit: str = ""
    low: float | None = None
    """What its axis shows at least, in `unit`; readings beyond it widen the axis."""
    high: float | None = None
    """The same at its upper end."""
    calibration: tuple[tuple[float, float], ...] = ()
    """Points (what the sensor shows, what it should show)."""


@dataclass(frozen=True, slots=True)
class FormulaSetup:
    """A channel that is computed from others."""

    label: str
    formula: str
    """As `stemkit.analysis.formula` understands it."""
    name: Text | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AlarmSetup:
    """A condition that must not come true."""

    when: str
    """A formula: the alarm sounds while it is not 0."""
    for_s: float = 0.0
    """Seconds for which it must hold before the alarm sounds."""
    text: Text | None = None


class Does(enum.StrEnum):
    """What a trigger does."""

    MARK = "mark"
    RECORD = "record"
    """Begin a recording."""
    STOP = "stop"
    """End the recording."""


@dataclass(frozen=True, slots=True)
class TriggerSetup:
    """Something to do when a condition comes true."""

    when: str
    """A formula; the moment is when it turns from 0 to something else."""
    does: Does = Does.MARK
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class View:
    """How the display begins."""

    span_s: float = 30.0
    """Seconds from the left edge to the right."""
    channels: tuple[str, ...] = ()
    """Only these, all without any."""
    low: float | None = None
    """Fixed lower end of the axis; None: as the readings need it."""
    high: float | None = None
    grid: bool = False
    """All boards as tiles."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Everything; empty, it changes nothing."""

    title: Text | None = None
    channels: tuple[ChannelSetup, ...] = ()
    formulas: tuple[FormulaSetup, ...] = ()
    alarms: tuple[AlarmSetup, ...] = ()
    triggers: tuple[TriggerSetup, ...] = ()
    view: View = View()


def computed_from_itself(needs: Mapping[str, Iterable[str]]) -> str:
    """A channel that its own formula needs, or one of those that it needs; "" where none does.

    `needs` are the channels in the formula of each label.
    """
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return str(error.args[1][0])
    return ""
