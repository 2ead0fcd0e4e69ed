"""The numbers below the lines: statistics of the selected stretch, and the fitted curve's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stemkit.actions.readings.channels import ChannelBook
from stemkit.analysis.errors import FitError
from stemkit.analysis.fits import Fit, Parameter, fit
from stemkit.analysis.statistics import statistics
from stemkit.screen.axes import time_label
from stemkit.screen.picture import Row, fitted, padded, row_width, width, wrapped
from stemkit.screen.viewer import Line, Panel
from stemkit.words import N_, number, tr, written

Fits = Mapping[tuple[str, str], "Fit | FitError"]
"""By (board, label)."""

MOST_LINES = 6
FIT_NAMES = {
    "": N_("no curve"),
    "line": N_("straight line"),
    "parabola": N_("parabola"),
    "decay": N_("growth or decay"),
    "wave": N_("wave"),
    "damped-wave": N_("damped wave"),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What the numbers are of."""

    lines: Sequence[Line]
    start_s: float
    stop_s: float
    fit: str


def selection(panels: Sequence[Panel], span: tuple[float, float], fit_name: str) -> Selection:
    """The first lines in sight, over a stretch of time."""
    lines = [line for panel in panels for line in panel.lines][:MOST_LINES]
    return Selection(lines, *span, fit_name)


def fits_of(chosen: Selection, book: ChannelBook) -> dict[tuple[str, str], Fit | FitError]:
    """Lay the chosen curve through every line (takes a while: not for the drawing thread)."""
    found: dict[tuple[str, str], Fit | FitError] = {}
    for line in chosen.lines:
        times, values = line.series.values_between(chosen.start_s, chosen.stop_s)
        unit = book.known(line.board, line.label).unit
        try:
            found[line.board, line.label] = fit(chosen.fit, times, values, unit)
        except FitError as error:
            found[line.board, line.label] = error
    return found


def draw_numbers(chosen: Selection, book: ChannelBook, fits: Fits, columns: int) -> list[Row]:
    """A heading, then a row or more a line."""
    begin, end = time_label(chosen.start_s, 0.1), time_label(chosen.stop_s, 0.1)
    text = N_("From {begin} to {end} s ({span} s)   t: curve: {curve}")
    head = tr(text, begin=begin, end=end, span=number(chosen.stop_s - chosen.start_s, ".4g"),
              curve=tr(FIT_NAMES[chosen.fit]))  # fmt: skip
    rows: list[Row] = [fitted([(head, "bold")], columns)]
    names = [_name(chosen, line) for line in chosen.lines]
    room = min(18, max((len(name) for name in names), default=0))
    for name, line in zip(names, chosen.lines, strict=True):
        rows.append(fitted(_statistics(padded(name, room), line, chosen, book), columns))
        found = fits.get((line.board, line.label)) if chosen.fit else None
        if found is not None:
            rows += [
                fitted([(" " * (room + 2), ""), *part], columns)
                for part in _fitted(found, columns - room - 2)
            ]
    return rows


def parameter_told(parameter: Parameter) -> str:
    """`T = 1.4201±0.0008 s`: as many digits as the error has to say."""
    value, error = parameter.value, parameter.error
    if math.isfinite(error) and error > 0 and math.isfinite(value):
        places = min(8, max(0, 1 - math.floor(math.log10(error))))
        shown = written(f"{value:.{places}f}±{error:.{places}f}")
    else:
        shown = number(value, ".6g")
    return f"{parameter.name}={shown} {parameter.unit}".rstrip()


def _name(chosen: Selection, line: Line) -> str:
    several = len({other.board for other in chosen.lines}) > 1
    return f"{line.board}:{line.label}" if several else line.label


def _statistics(name: str, line: Line, chosen: Selection, book: ChannelBook) -> Row:
    _, values = line.series.values_between(chosen.start_s, chosen.stop_s)
    numbers = statistics(values)
    if not numbers.n:
        return [(name, "bold"), ("  ", ""), (tr(N_("no readings here")), "dim")]
    unit = book.known(line.board, line.label).unit
    error = numbers.mean_error
    places = min(8, max(0, 1 - math.floor(math.log10(error)))) if error > 0 else 3
    mean = f"{numbers.mean:.{places}f}±{error:.{places}f}" if error > 0 else f"{numbers.mean:.6g}"
    text = tr(
        N_("mean {mean} {unit}  sd {sd}  min {low}  max {high}  n {n}"),
        mean=written(mean), unit=unit, sd=number(numbers.sd, ".3g"), low=number(numbers.low, ".5g"),
        high=number(numbers.high, ".5g"), n=numbers.n,
    )  # fmt: skip
    return [(name, "bold"), ("  ", ""), (text, "")]


def _fitted(found: Fit | FitError, columns: int) -> list[Row]:
    if isinstance(found, FitError):
        return [[(line, "warn")] for line in wrapped(str(found.fields["reason"]), columns)]
    words = [*map(parameter_told, found.parameters), f"R²={number(found.r2, '.4f')}"]
    rows: list[Row] = [[(words[0], "")]]
    for word, meaning in [*((word, "") for word in words[1:]), (f" {found.formula}", "dim")]:
        if row_width(rows[-1]) + 2 + width(word) > columns:
            rows.append([(word.strip(), meaning)])
        else:
            rows[-1].append((f"  {word}", meaning))
    return rows
