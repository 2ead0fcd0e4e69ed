"""Judges what a lesson's program sent on a virtual board against its `check.toml`."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, overload

from stemkit.model.board import BoardModel
from stemkit.model.lesson import LessonCheck, Response, SeenChannel
from stemkit.model.reading import Readings
from stemkit.words import N_, number, tr

# A sensor that is asked between two of its measurements answers a turn later.
_INTERVAL_TOLERANCE: Final = 0.2


class Column(Sequence[tuple[float, float]]):
    """(time, value) of one channel in the order of time, 16 bytes each: a class for an hour."""

    def __init__(self) -> None:
        self.times_s = array("d")
        self.values = array("d")

    def take(self, times_s: Sequence[float], values: Sequence[float]) -> None:
        """Add what was measured; what was not (NaN) is left out."""
        for t_s, value in zip(times_s, values, strict=True):
            if not math.isnan(value):
                self.times_s.append(t_s)
                self.values.append(value)

    def __len__(self) -> int:
        return len(self.times_s)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return zip(self.times_s, self.values, strict=True)

    @overload
    def __getitem__(self, number: int) -> tuple[float, float]: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[tuple[float, float]]: ...
    def __getitem__(
        self, number: int | slice
    ) -> tuple[float, float] | Sequence[tuple[float, float]]:
        if isinstance(number, slice):
            return list(zip(self.times_s[number], self.values[number], strict=True))
        return self.times_s[number], self.values[number]


@dataclass
class Seen:
    """What was seen of one run. Times are the board's, in seconds since the program began."""

    run_s: float = 0.0
    values: dict[str, Column] = field(default_factory=dict)
    """By label."""
    most_used_bytes: int = 0
    """Memory that the program held, in a virtual board's bytes."""
    error: str = ""
    """The board's own words where the program failed or came to its end."""
    ended: bool = False
    """The program came to its end, without a failure."""

    def take(self, readings: Readings) -> None:
        """Add what the lines gave."""
        for label, column in zip(readings.labels, readings.columns, strict=True):
            self.values.setdefault(label, Column()).take(readings.t_s, column)


def memory_percent(seen: Seen, board: BoardModel) -> float:
    """The share of the board's heap that the program would hold on the board itself."""
    return 50.0 * seen.most_used_bytes / board.ram.heap_bytes  # words are half as wide there


def judge(check: LessonCheck, model: BoardModel, seen: Seen) -> Iterator[str]:
    """Every demand that was not met, as a sentence in the current language."""
    yield from judge_values(check, model.id, seen)
    used = memory_percent(seen, model)
    if used > check.memory_percent:
        yield tr(
            N_("The program uses {used} % of the memory; {most} % are allowed."),
            used=number(used, ".0f"),
            most=number(check.memory_percent, "g"),
        )


def judge_values(check: LessonCheck, board: str, seen: Seen) -> Iterator[str]:
    """`judge` without the memory, of a board's kind or of the computer."""
    if seen.error:
        yield seen.error
    for channel in check.channels:
        if not channel.boards or board in channel.boards:
            yield from _channel(channel, seen)
    for response in check.responses:
        if not response.boards or board in response.boards:
            yield from _response(response, seen)


def judge_recording(
    check: LessonCheck, board: str, seen: Seen
) -> Iterator[tuple[str, Sequence[str]]]:
    """`judge` for what a real board measured: each demand's channel, and what is wrong of it.

    A class breathes on its sensor when it likes, so a change may come at any time; memory is not
    known. `board` is the id of the board's kind; without it what is asked of certain kinds is left
    out.
    """
    for channel in check.channels:
        if not channel.boards or board in channel.boards:
            yield channel.label, list(_channel(channel, seen))
    for response in check.responses:
        if not response.boards or board in response.boards:
            yield response.label, list(_response_sometime(response, seen))


def _channel(channel: SeenChannel, seen: Seen) -> Iterator[str]:
    values = seen.values.get(channel.label, Column())
    if not values:
        yield tr(N_("The channel “{label}” was never sent."), label=channel.label)
        return
    outside = [row for row in values if not channel.low <= row[1] <= channel.high]
    if outside:
        t_s, value = outside[0]
        yield tr(
            N_("“{label}” was {value} after {seconds} s; it must be from {low} to {high}."),
            label=channel.label,
            value=number(value, "g"),
            seconds=number(t_s, ".1f"),
            low=number(channel.low, "g"),
            high=number(channel.high, "g"),
        )
    if channel.interval_s:
        between_s = seen.run_s / len(values)
        if abs(between_s / channel.interval_s - 1) > _INTERVAL_TOLERANCE:
            yield tr(
                N_("“{label}” came every {between} s on average, not every {wanted} s."),
                label=channel.label,
                between=number(between_s, ".3g"),
                wanted=number(channel.interval_s, "g"),
            )


def _response(response: Response, seen: Seen) -> Iterator[str]:
    """The mean of up to as long before the change as is given to settle, and as long after."""
    values = seen.values.get(response.label, Column())
    span_s = max(response.within_s, 5.0)
    settled_s = response.at_s + response.within_s
    before = [v for t, v in values if response.at_s - span_s <= t < response.at_s]
    after = [v for t, v in values if settled_s <= t < settled_s + span_s]
    if not before or not after:
        yield tr(
            N_("“{label}” has no values before and after the change at {seconds} s."),
            label=response.label,
            seconds=number(response.at_s, "g"),
        )
        return
    change = sum(after) / len(after) - sum(before) / len(before)
    if change / response.change < 1.0:
        yield tr(
            N_("“{label}” changed by {change} at {seconds} s; it must change by at least {least}."),
            label=response.label,
            change=number(change, "+.3g"),
            seconds=number(response.at_s, "g"),
            least=number(response.change, "+g"),
        )


def _response_sometime(response: Response, seen: Seen) -> Iterator[str]:
    """The same two means, around every reading: the greatest change in the wanted direction."""
    column = seen.values.get(response.label, Column())
    times_s = column.times_s
    sums = [0.0, *accumulate(column.values)]
    span_s = max(response.within_s, 5.0)
    greatest = 0.0
    for at, t_s in enumerate(times_s):
        first = bisect_left(times_s, t_s - span_s)
        after = bisect_left(times_s, t_s + response.within_s, at)
        last = bisect_left(times_s, t_s + response.within_s + span_s, after)
        if first < at and after < last:
            change = (sums[last] - sums[after]) / (last - after)
            change -= (sums[at] - sums[first]) / (at - first)
            greatest = max(greatest, change / response.change)
    if greatest < 1.0:
        yield tr(
            N_("“{label}” never changed by {least} within {seconds} s; at most by {change}."),
            label=response.label,
            least=number(response.change, "+g"),
            seconds=number(response.within_s, "g"),
            change=number(greatest * response.change, "+.3g"),
        )
