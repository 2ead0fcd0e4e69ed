"""What is done to readings before anybody sees them: calibration, derived channels, conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from stemkit.analysis.calibration import Calibration, calibrate
from stemkit.analysis.formula import Evaluator, Formula, parse_formula
from stemkit.model.experiment import (
    AlarmSetup,
    ChannelSetup,
    Experiment,
    FormulaSetup,
    TriggerSetup,
)
from stemkit.model.reading import MISSING, Happening, Item, Kind, Readings
from stemkit.model.text import Text
from stemkit.words import current_language


class Pipeline:
    """Applies an experiment to what comes. Belongs to one thread, but `experiment` may be set

    from any: from the next reading on the new one is meant. Raises `FormulaError` and
    `CalibrationError` when it is made or set.
    """

    def __init__(self, experiment: Experiment | None = None) -> None:
        self._rules = _Rules(experiment or Experiment())
        self._boards: dict[str, _Board] = {}

    @property
    def experiment(self) -> Experiment:
        """What is applied."""
        return self._rules.experiment

    @experiment.setter
    def experiment(self, experiment: Experiment) -> None:
        self._rules = _Rules(experiment)

    def shape(self, items: list[Item]) -> list[Item]:
        """The same items, readings with more channels, and alarms and triggers after them."""
        rules = self._rules
        if not rules.any:
            return items
        found: list[Item] = []
        for item in items:
            if isinstance(item, Readings):
                found += self._board(item.board, rules).take(item)
            else:
                found.append(item)
        return found

    def _board(self, name: str, rules: _Rules) -> _Board:
        board = self._boards.get(name)
        if board is None or board.rules is not rules:
            board = self._boards[name] = _Board(name, rules, board)
        return board


class _Rules:
    """An experiment with its formulas understood."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.calibrations: dict[str, Calibration] = {
            channel.label: calibrate(channel.calibration)
            for channel in experiment.channels
            if channel.calibration
        }
        formulas = {f.label: parse_formula(f.formula) for f in experiment.formulas}
        self.formulas = _in_order(formulas)
        self.alarms = [(alarm, parse_formula(alarm.when)) for alarm in experiment.alarms]
        self.triggers = [(t, parse_formula(t.when)) for t in experiment.triggers]

    @property
    def any(self) -> bool:
        return bool(self.calibrations or self.formulas or self.alarms or self.triggers)


def channels(formula: Formula) -> tuple[str, ...]:
    """All that the formula may take from channels."""
    return (*formula.names, *formula.maybe)


def _in_order(formulas: dict[str, Formula]) -> dict[str, Formula]:
    """A formula behind those whose channels it needs; else as they stand, in a circle too."""
    left, ordered = dict(formulas), dict[str, Formula]()
    while left:
        ready = [k for k, f in left.items() if not any(n != k and n in left for n in channels(f))]
        ordered |= {label: left.pop(label) for label in ready or list(left)}
    return ordered


class _Board:
    """One board's past."""

    def __init__(self, name: str, rules: _Rules, before: _Board | None) -> None:
        self.rules = rules
        self._name = name
        # What stays keeps its past when another formula is added.
        derived = before.derived if before is not None else {}
        self.derived: dict[str, Evaluator] = {
            label: derived[label]
            if label in derived and derived[label].formula == formula
            else formula.evaluator()
            for label, formula in rules.formulas.items()
        }
        watchers = before.watchers if before is not None else {}
        self.watchers: dict[AlarmSetup | TriggerSetup, _Watcher] = {}
        for alarm, formula in rules.alarms:
            self.watchers[alarm] = watchers.get(alarm) or _Alarm(name, alarm, formula)
        for trigger, formula in rules.triggers:
            self.watchers[trigger] = watchers.get(trigger) or _Trigger(name, trigger, formula)
        self._last: dict[str, float] = before._last if before is not None else {}

    def take(self, readings: Readings) -> list[Item]:
        columns: dict[str, Sequence[float]] = {}
        for label, column in zip(readings.labels, readings.columns, strict=True):
            calibration = self.rules.calibrations.get(label)
            columns[label] = column if calibration is None else calibration(column)
        times = readings.t_s
        for label, evaluator in self.derived.items():
            given = self._given(evaluator.formula, columns, len(times))
            if given is not None:
                columns[label] = evaluator(given, times)
        found: list[Item] = [
            replace(readings, labels=tuple(columns), columns=tuple(columns.values()))
        ]
        for watcher in self.watchers.values():
            given = self._given(watcher.formula, columns, len(times))
            if given is not None:
                found += watcher.take(given, times)
        for label, column in columns.items():
            self._last[label] = column[-1]
        return found

    def _given(
        self, formula: Formula, columns: dict[str, Sequence[float]], n: int
    ) -> dict[str, Sequence[float]] | None:
        """The formula's channels; of those that came in other lines the last value.

        None where none of them is here, or one has never been seen.
        """
        known = (name for name in formula.maybe if name in columns or name in self._last)
        names = (*formula.names, *known)
        if names and not any(name in columns for name in names):
            return None
        given = {}
        for name in names:
            column = columns.get(name)
            if column is None:
                last = self._last.get(name)
                if last is None:
                    return None
                column = [last] * n
            given[name] = column
        return given


class _Watcher(Protocol):
    """Follows a condition of one board."""

    formula: Formula

    def take(self, columns: dict[str, Sequence[float]], times: Sequence[float]) -> list[Item]:
        """What happens in these rows."""
        ...


class _Alarm:
    """Sounds when its condition has held long enough, and ends when it does not hold."""

    def __init__(self, board: str, setup: AlarmSetup, formula: Formula) -> None:
        self.formula = formula
        self._board, self._setup = board, setup
        self._evaluator: Evaluator = formula.evaluator()
        self._since_s: float | None = None
        self._sounding = False

    def take(self, columns: dict[str, Sequence[float]], times: Sequence[float]) -> list[Item]:
        found: list[Item] = []
        values = self._evaluator(columns, times)
        for i, (t_s, value) in enumerate(zip(times, values, strict=True)):
            holds = value == value and value != 0.0
            if not holds:
                if self._sounding:
                    found.append(self._told(Kind.ALARM_OVER, t_s, columns, i))
                self._since_s, self._sounding = None, False
                continue
            if self._since_s is None:
                self._since_s = t_s
            if not self._sounding and t_s - self._since_s >= self._setup.for_s:
                self._sounding = True
                found.append(self._told(Kind.ALARM, t_s, columns, i))
        return found

    def _told(
        self, kind: Kind, t_s: float, columns: dict[str, Sequence[float]], i: int
    ) -> Happening:
        detail = {
            "rule": _rule(self._setup.text, self._setup.when),
            **_cause(self.formula, columns, i),
        }
        return Happening(self._board, t_s, kind, detail)


class _Trigger:
    """Goes off when its condition comes true."""

    def __init__(self, board: str, setup: TriggerSetup, formula: Formula) -> None:
        self.formula = formula
        self._board, self._setup = board, setup
        self._evaluator: Evaluator = formula.evaluator()
        self._was = False

    def take(self, columns: dict[str, Sequence[float]], times: Sequence[float]) -> list[Item]:
        found: list[Item] = []
        for i, value in enumerate(self._evaluator(columns, times)):
            now = value == value and value != 0.0
            if now and not self._was:
                detail = {
                    "rule": _rule(self._setup.text, self._setup.when),
                    "does": str(self._setup.does),
                    **_cause(self.formula, columns, i),
                }
                found.append(Happening(self._board, times[i], Kind.TRIGGER, detail))
            self._was = now
        return found


def _rule(text: Text | None, when: str) -> str:
    return text.told(current_language()) if text is not None else when


def _cause(formula: Formula, columns: dict[str, Sequence[float]], i: int) -> dict[str, object]:
    name = formula.names[0] if formula.names else ""
    value = columns[name][i] if name else MISSING
    return {"channel": name, "value": value if value == value else None}


def with_formula(experiment: Experiment, made: FormulaSetup) -> Experiment:
    """`experiment` with one more derived channel, or another formula for it."""
    others = tuple(f for f in experiment.formulas if f.label != made.label)
    return replace(experiment, formulas=(*others, made))


def without_formula(experiment: Experiment, label: str) -> Experiment:
    """`experiment` without a derived channel."""
    return replace(experiment, formulas=tuple(f for f in experiment.formulas if f.label != label))


def with_channel(
    experiment: Experiment, label: str, change: Callable[[ChannelSetup], ChannelSetup]
) -> Experiment:
    """`experiment` with what is known of a channel changed."""
    known = {channel.label: channel for channel in experiment.channels}
    known[label] = change(known.get(label, ChannelSetup(label)))
    return replace(experiment, channels=tuple(known.values()))
