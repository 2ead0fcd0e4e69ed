"""An experiment's set-up as a small TOML file.

title = { vi = "Con lắc đơn", en = "A pendulum" }

[[channel]]                       # what boards send
label = "dist"
name = { vi = "Khoảng cách", en = "Distance" }
unit = "cm"
low = 0
high = 60
calibration = [[3.1, 0], [53.9, 50]]   # shows, should show

[[formula]]                       # what is computed
label = "speed"
formula = "rate(dist, 0.2)"
unit = "cm/s"

[[alarm]]
when = "dist < 2"
for_s = 0.5

[[trigger]]
when = "speed > 5"
does = "record"                   # mark, record, stop

[view]
span_s = 20
channels = ["dist", "speed"]
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

from stemkit.formats.toml_file import Table, TomlFile
from stemkit.model.experiment import (
    AlarmSetup,
    ChannelSetup,
    Does,
    Experiment,
    FormulaSetup,
    TriggerSetup,
    View,
    computed_from_itself,
)
from stemkit.model.text import Text
from stemkit.wire.harmless import harmless_text
from stemkit.words import N_

Check = Callable[[str], str]
"""Gives what is wrong with a formula in the current language, "" where nothing is."""

Needs = Callable[[str], tuple[str, ...]]
"""Gives the channels that a formula without mistakes needs."""

_FARTHEST = 1e15


def unchecked(formula: str) -> str:
    """The default check: every formula will do."""
    return ""


def parse_experiment(
    data: bytes, path: str, check: Check = unchecked, needs: Needs | None = None
) -> Experiment:
    """Read a set-up; raises `DataFileError` with every mistake and its line.

    With `needs` it must make sense too: no channel twice, no axis upside down, no formula that
    needs itself. What a recording was made with is taken as it is.
    """
    file = TomlFile(data, path)
    root = file.root
    title = _text(root, "title")
    channels, formulas = root.tables("channel"), root.tables("formula")
    view = root.table("view", optional=True)
    made = Experiment(
        title=title,
        channels=tuple(_channel(table) for table in channels),
        formulas=tuple(_formula(table, check) for table in formulas),
        alarms=tuple(_alarm(table, check) for table in root.tables("alarm")),
        triggers=tuple(_trigger(table, check) for table in root.tables("trigger")),
        view=_view(view),
    )
    if needs is not None and not file.mistakes:
        for table, channel in zip(channels, made.channels, strict=True):
            _note_points(table, channel)
            _note_ends(table, channel.low, channel.high)
        _note_ends(view, made.view.low, made.view.high)
        _note_twice(channels)
        _note_twice(formulas)
        _note_circle(formulas, {f.label: needs(f.formula) for f in made.formulas})
    file.finish()
    return made


def _note_ends(table: Table, low: float | None, high: float | None) -> None:
    if low is not None and high is not None and low >= high:
        table.wrong("low", N_("“low” must be less than “high”."))


def _note_twice(tables: list[Table]) -> None:
    seen: set[str] = set()
    for table in tables:
        label = table.string("label")
        if label in seen:
            table.wrong("label", N_("“{label}” stands here a second time."), label=label)
        seen.add(label)


def _note_circle(formulas: list[Table], needs: dict[str, tuple[str, ...]]) -> None:
    label = computed_from_itself(needs)
    for table in formulas:
        if label and table.string("label") == label:
            text = N_("“{label}” would be computed from itself. Give it a name of its own.")
            table.wrong("formula", text, label=label)


def _note_points(table: Table, channel: ChannelSetup) -> None:
    points = channel.calibration
    finite = all(math.isfinite(value) for point in points for value in point)
    alike = len(points) > 1 and any(len(set(side)) == 1 for side in zip(*points, strict=True))
    if alike or not finite:
        text = N_("The points of “calibration” must differ, in what is shown and what should be.")
        table.wrong("calibration", text)


def experiment_toml(experiment: Experiment) -> str:
    """The set-up as a file that `parse_experiment` reads back."""
    lines = _lines(title=experiment.title)
    for channel in experiment.channels:
        lines += _section("channel", channel, ("label", "name", "unit", "low", "high"))
        if channel.calibration:
            points = ", ".join(f"[{shown!r}, {true!r}]" for shown, true in channel.calibration)
            lines.append(f"calibration = [{points}]")
    for formula in experiment.formulas:
        lines += _section("formula", formula, ("label", "formula", "name", "unit"))
    for alarm in experiment.alarms:
        lines += _section("alarm", alarm, ("when", "for_s", "text"))
    for trigger in experiment.triggers:
        lines += _section("trigger", trigger, ("when", "does", "text"))
    if experiment.view != View():
        lines += ["", "[view]"]
        lines += _fields(experiment.view, ("span_s", "channels", "low", "high", "grid"))
    return "\n".join(lines).lstrip("\n") + "\n"


def _channel(table: Table) -> ChannelSetup:
    return ChannelSetup(
        label=_plain(table, "label"),
        name=_text(table, "name"),
        unit=_plain(table, "unit", ""),
        low=_number(table, "low"),
        high=_number(table, "high"),
        calibration=_points(table),
    )


def _formula(table: Table, check: Check) -> FormulaSetup:
    return FormulaSetup(
        label=_plain(table, "label"),
        formula=_checked(table, "formula", check),
        name=_text(table, "name"),
        unit=_plain(table, "unit", ""),
    )


def _alarm(table: Table, check: Check) -> AlarmSetup:
    return AlarmSetup(
        when=_checked(table, "when", check),
        for_s=table.number("for_s", 0.0, low=0, high=86_400),
        text=_text(table, "text"),
    )


def _trigger(table: Table, check: Check) -> TriggerSetup:
    does = table.word("does", [str(word) for word in Does], str(Does.MARK))
    return TriggerSetup(_checked(table, "when", check), Does(does), _text(table, "text"))


def _view(table: Table) -> View:
    return View(
        span_s=table.number("span_s", View().span_s, low=0.1, high=1e6),
        channels=table.strings("channels"),
        low=_number(table, "low"),
        high=_number(table, "high"),
        grid=table.boolean("grid", default=False),
    )


def _checked(table: Table, key: str, check: Check) -> str:
    formula = table.string(key)
    wrong = check(formula) if formula else ""
    if wrong:
        table.wrong(key, N_("“{key}” is not a formula: {reason}"), key=key, reason=wrong)
    return formula


def _text(table: Table, key: str) -> Text | None:
    if key not in table:
        return None
    # One text for both languages is allowed: names of quantities often are alike.
    if isinstance(table.content[key], str):
        text = _plain(table, key)
        return Text(text, text)
    both = table.text(key)
    return Text(harmless_text(both.vi), harmless_text(both.en))


def _plain(table: Table, key: str, default: str | None = None) -> str:
    """A text that is shown on terminals, whoever wrote the file."""
    return harmless_text(table.string(key, default))


def _number(table: Table, key: str) -> float | None:
    return table.number(key, low=-_FARTHEST, high=_FARTHEST) if key in table else None


def _points(table: Table) -> tuple[tuple[float, float], ...]:
    found = []
    for pair in table.take("calibration", optional=True) or []:
        numbers = pair if isinstance(pair, list) else []
        good = [v for v in numbers if isinstance(v, int | float) and not isinstance(v, bool)]
        if len(good) != 2 or len(numbers) != 2:
            table.wrong("calibration", N_("“calibration” must hold pairs: [shows, should show]."))
            return ()
        found.append((float(good[0]), float(good[1])))
    return tuple(found)


def _section(name: str, part: object, keys: tuple[str, ...]) -> list[str]:
    return ["", f"[[{name}]]", *_fields(part, keys)]


def _fields(part: object, keys: tuple[str, ...]) -> list[str]:
    return _lines(**{key: getattr(part, key) for key in keys})


def _lines(**values: Any) -> list[str]:
    return [f"{key} = {''.join(_value(value))}" for key, value in values.items() if _said(value)]


def _said(value: object) -> bool:
    return value is not None and value != "" and value != () and value is not False


def _value(value: Any) -> Iterator[str]:
    if isinstance(value, Text):
        yield f"{{ vi = {_quoted(value.vi)}, en = {_quoted(value.en)} }}"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, float):
        yield repr(value)
    elif isinstance(value, tuple):
        yield "[" + ", ".join(_quoted(str(part)) for part in value) + "]"
    else:
        yield _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
