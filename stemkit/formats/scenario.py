"""Scenario file (`*.toml`) -> `Scenario`: what happens around a virtual board, and when."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from stemkit.formats.toml_file import Table, TomlFile
from stemkit.model.scenario import (
    ALIASES,
    QUANTITIES,
    Noise,
    Obstacle,
    Occurrence,
    Pendulum,
    Ramp,
    Rover,
    Scenario,
    Shape,
    Sine,
    Steps,
    Track,
    Walk,
    is_course,
    quantity_named,
)
from stemkit.words import N_

_LONGEST_S: Final = 1e9
_SHORTEST_S: Final = 0.001
_MOST_POINTS: Final = 10_000


def parse_scenario(data: bytes, path: str) -> Scenario:
    """Read a scenario file; `path` is its name in mistakes.

    Raises `DataFileError` with every mistake.
    """
    file = TomlFile(data, path)
    root = file.root
    tracks = _tracks(root)
    scenario = Scenario(
        title=root.text("title"),
        seed=root.integer("seed", default=0),
        repeat_s=root.number("repeat_s", default=0.0, low=0.0, high=_LONGEST_S),
        tracks=tracks,
        occurrences=tuple(_occurrence(table) for table in root.tables("event")),
        pendulums=tuple(_pendulum(table) for table in root.tables("pendulum")),
        rover=_rover(root.table("rover")) if "rover" in root else None,
    )
    file.finish()
    return scenario


def _tracks(root: Table) -> tuple[Track, ...]:
    """The values of `[start]`, then `[[change]]`; no quantity may have two courses of its own."""
    found: list[Track] = []
    courses: set[str] = set()
    start = root.table("start", optional=True)
    for key in start:
        name = _known(start, key, key)
        found.append(Track(name, Steps(((0.0, _in_bounds(start, key, name)),))))
        courses.add(name)
    for table in root.tables("change"):
        track = _track(table)
        if track is None:
            continue
        found.append(track)
        if is_course(track.shape):
            if track.quantity in courses:
                table.wrong("kind", N_("{quantity} has a course already."), quantity=track.quantity)
            courses.add(track.quantity)
    return tuple(found)


def _known(table: Table, key: str, word: str) -> str:
    """The quantity that a word means; a mistake at `key` where it means none."""
    name = quantity_named(word)
    if name is None:
        known = ", ".join((*QUANTITIES, *ALIASES))
        table.take(key)
        table.wrong(
            key,
            N_("“{word}” is not a quantity: it must be one of {known}."),
            word=word,
            known=known,
        )
        return next(iter(QUANTITIES))
    return name


def _in_bounds(table: Table, key: str, quantity: str) -> float:
    bounds = QUANTITIES[quantity]
    return table.number(key, low=bounds.low, high=bounds.high)


def _quantity(table: Table) -> str:
    word = table.string("quantity")
    return _known(table, "quantity", word) if word else next(iter(QUANTITIES))


def _track(table: Table) -> Track | None:
    """One change; None where its kind is not known, and so nothing else can be judged."""
    quantity = _quantity(table)
    kind = table.word("kind", list(_SHAPES))
    if table.content.get("kind") not in _SHAPES:
        table.taken.update(table)
        return None
    shape = _SHAPES[kind](table, quantity)
    return Track(quantity, shape, *_while(table, shape))


def _while(table: Table, shape: Shape) -> tuple[float, float]:
    """`from_s` and `to_s` of a shape that moves around others; a course of its own holds always."""
    from_s = table.number("from_s", default=-math.inf, low=0.0, high=_LONGEST_S)
    to_s = table.number("to_s", default=math.inf, low=0.0, high=_LONGEST_S)
    for key in ("from_s", "to_s"):
        if key in table and is_course(shape):
            table.wrong(key, N_("A course of its own holds from beginning to end."))
    if from_s >= to_s:
        table.wrong("to_s", N_("“to_s” must be later than “from_s”."))
    return from_s, to_s


def _points(table: Table, quantity: str) -> tuple[tuple[float, float], ...]:
    """`points = [[time, value], ...]` in the order of time."""
    raw = table.take("points")
    if raw is None:
        return ((0.0, 0.0),)
    if not isinstance(raw, list) or not 0 < len(raw) <= _MOST_POINTS:
        table.wrong("points", N_("“points” must be a list of [time in s, value]."))
        return ((0.0, 0.0),)
    bounds = QUANTITIES[quantity]
    found: list[tuple[float, float]] = []
    for number, point in enumerate(raw):
        path = (*table.path, "points", number)
        if not isinstance(point, list) or len(point) != 2 or not all(map(_is_number, point)):
            table.file.wrong(path, N_("A point must be [time in s, value]."))
            continue
        at_s, value = float(point[0]), float(point[1])
        if found and at_s <= found[-1][0]:
            table.file.wrong(path, N_("The times of “points” must rise."))
        elif not 0.0 <= at_s <= _LONGEST_S:
            table.file.wrong(path, N_("A time must be 0 or more seconds."))
        elif not bounds.low <= value <= bounds.high:
            table.file.wrong(
                path,
                N_("{value} is not possible: {quantity} goes from {low} to {high}."),
                value=value,
                quantity=quantity,
                low=bounds.low,
                high=bounds.high,
            )
        else:
            found.append((at_s, value))
    return tuple(found) or ((0.0, 0.0),)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _steps(table: Table, quantity: str) -> Shape:
    return Steps(_points(table, quantity))


def _ramp(table: Table, quantity: str) -> Shape:
    return Ramp(_points(table, quantity))


def _sine(table: Table, quantity: str) -> Shape:
    return Sine(
        mean=table.number("mean", default=0.0),
        amplitude=table.number("amplitude", low=0.0),
        period_s=table.number("period_s", low=_SHORTEST_S, high=_LONGEST_S) or 1.0,
        phase_deg=table.number("phase_deg", default=0.0, low=-360.0, high=360.0),
    )


def _noise(table: Table, quantity: str) -> Shape:
    return Noise(
        deviation=table.number("deviation", low=0.0),
        interval_s=_interval(table, default=0.1),
    )


def _walk(table: Table, quantity: str) -> Shape:
    return Walk(
        step=table.number("step", low=0.0),
        interval_s=_interval(table, default=1.0),
        pull=table.number("pull", default=0.01, low=0.0, high=1.0),
        limit=table.number("limit", default=1e12, low=0.0),
    )


def _interval(table: Table, default: float) -> float:
    value = table.number("interval_s", default=default, low=_SHORTEST_S, high=_LONGEST_S)
    return value if value >= _SHORTEST_S else default


def _occurrence(table: Table) -> Occurrence:
    quantity = _quantity(table)
    return Occurrence(
        quantity=quantity,
        at_s=table.number("at_s", low=0.0, high=_LONGEST_S),
        lasts_s=table.number("lasts_s", low=_SHORTEST_S, high=_LONGEST_S),
        value=_in_bounds(table, "value", quantity) if "value" in table else 1.0,
    )


def _pendulum(table: Table) -> Pendulum:
    return Pendulum(
        length_m=table.number("length_m", low=0.01, high=100.0) or 1.0,
        angle_deg=table.number("angle_deg", low=-179.0, high=179.0),
        damping_per_s=table.number("damping_per_s", default=0.0, low=0.0, high=100.0),
        start_s=table.number("start_s", default=0.0, low=0.0, high=_LONGEST_S),
        distance_cm=table.number("distance_cm", default=0.0, low=0.0, high=1000.0),
    )


def _rover(table: Table) -> Rover:
    start = _numbers(table, "start", 3)
    lines = table.tables("line")
    return Rover(
        start=(start[0], start[1], start[2]),
        lines=tuple(_line(line) for line in lines),
        line_width_cm=table.number("line_width_cm", default=2.0, low=0.1, high=100.0),
        speed_cm_s=table.number("speed_cm_s", default=40.0, low=0.1, high=1000.0),
        wheels_apart_cm=table.number("wheels_apart_cm", default=12.0, low=1.0, high=1000.0),
        sensors_ahead_cm=table.number("sensors_ahead_cm", default=8.0, low=0.0, high=1000.0),
        sensors_apart_cm=table.number("sensors_apart_cm", default=3.0, low=0.0, high=1000.0),
        far_cm=table.number("far_cm", default=200.0, low=1.0, high=1000.0),
        obstacles=tuple(_obstacle(one) for one in table.tables("obstacle")),
    )


def _numbers(table: Table, key: str, count: int) -> list[float]:
    """A list of `count` numbers."""
    raw = table.take(key)
    if isinstance(raw, list) and len(raw) == count and all(map(_is_number, raw)):
        return [float(value) for value in raw]
    if raw is not None:
        table.wrong(key, N_("“{key}” must be {count} numbers."), key=key, count=count)
    return [0.0] * count


def _line(table: Table) -> tuple[tuple[float, float], ...]:
    raw = table.take("points")
    points = raw if isinstance(raw, list) and 1 < len(raw) <= _MOST_POINTS else []
    if not points or not all(
        isinstance(point, list) and len(point) == 2 and all(map(_is_number, point))
        for point in points
    ):
        if raw is not None:
            table.wrong("points", N_("“points” must be a list of [x in cm, y in cm]."))
        return ((0.0, 0.0), (0.0, 0.0))
    return tuple((float(x), float(y)) for x, y in points)


def _obstacle(table: Table) -> Obstacle:
    x_cm, y_cm = _numbers(table, "at", 2)
    return Obstacle(
        x_cm=x_cm,
        y_cm=y_cm,
        radius_cm=table.number("radius_cm", default=5.0, low=0.1, high=1000.0),
        from_s=table.number("from_s", default=0.0, low=0.0, high=_LONGEST_S),
        to_s=table.number("to_s", default=_LONGEST_S, low=0.0, high=_LONGEST_S),
    )


_SHAPES: Final[dict[str, Callable[[Table, str], Shape]]] = {
    "steps": _steps,
    "ramp": _ramp,
    "sine": _sine,
    "noise": _noise,
    "walk": _walk,
}
