"""Curves laid through selected readings: line, parabola, decay, wave, damped wave.

Curves that bend with an unknown inside are found by variable projection (Golub and Pereyra 1973):
for each trial of the inner unknowns the outer ones are a linear least-squares problem; the inner
ones are improved by Gauss-Newton steps until they stand still.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stemkit.analysis.errors import FitError
from stemkit.analysis.least_squares import Solution, inverted, solve
from stemkit.analysis.spectrum import strongest_frequency
from stemkit.words import N_, tr

MOST_POINTS = 1500
"""Readings a fit uses; of more than that every k-th."""
_STEPS = 30
# One more than the curve has unknowns.
_LEAST_POINTS = {"line": 3, "parabola": 4, "decay": 4, "wave": 6, "damped-wave": 7}
# A decay that takes so many times the stretch is a straight line in it.
_LONGEST = 1e3

Columns = list[list[float]]
Basis = Callable[[Sequence[float], Sequence[float]], Columns]
"""Inner unknowns and times -> the columns that the outer unknowns multiply."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of a fitted curve."""

    name: str
    value: float
    error: float
    """Standard error; nan where the readings are too few."""
    unit: str


@dataclass(frozen=True, slots=True)
class Fit:
    """A curve through readings. Times count from `start_s`."""

    kind: str
    formula: str
    """With the parameters' names, such as `y = A·sin(2π·t/T + φ) + c`."""
    parameters: tuple[Parameter, ...]
    r2: float
    """Share of the readings' scatter that the curve explains, at most 1."""
    rms: float
    """Typical distance of a reading from the curve, in the channel's unit."""
    n: int
    start_s: float
    curve: Callable[[float], float]
    """The curve's value at a time (seconds on the recording's clock)."""

    def __getitem__(self, name: str) -> Parameter:
        return next(parameter for parameter in self.parameters if parameter.name == name)


def fit(kind: str, times: Sequence[float], values: Sequence[float], unit: str = "") -> Fit:
    """Lay the curve `kind` (a name in `KINDS`) through readings; times in seconds.

    Missing values are left out. Raises `FitError`.
    """
    points = [(t, v) for t, v in zip(times, values, strict=True) if math.isfinite(v)]
    step = -(-len(points) // MOST_POINTS) or 1
    points = points[::step]
    if len(points) < _LEAST_POINTS[kind] or points[-1][0] <= points[0][0]:
        raise FitError(reason=tr(N_("there are too few readings.")))
    start = points[0][0]
    ts, ys = [t - start for t, _ in points], [v for _, v in points]
    if min(ys) < max(ys):
        return KINDS[kind](ts, ys, start, unit)
    # Readings that stand still: what is left of rounding would be told as a slope.
    return _raised(KINDS[kind](ts, [0.0] * len(ys), start, unit), ys[0])


def _line(ts: list[float], ys: list[float], start: float, unit: str) -> Fit:
    found = _solved([ts, [1.0] * len(ts)], ys)
    a, b = found.values
    names = [("a", per_second(unit)), ("b", unit)]
    return _made("line", "y = a·t + b", names, found, ys, start, lambda t: a * t + b)


def _parabola(ts: list[float], ys: list[float], start: float, unit: str) -> Fit:
    found = _solved([[t * t for t in ts], ts, [1.0] * len(ts)], ys)
    a, b, c = found.values
    names = [("a", per_second(unit, 2)), ("b", per_second(unit)), ("c", unit)]
    curve = lambda t: (a * t + b) * t + c  # noqa: E731 - short, and as the formula has it
    return _made("parabola", "y = a·t² + b·t + c", names, found, ys, start, curve)


def _decay(ts: list[float], ys: list[float], start: float, unit: str) -> Fit:
    span = ts[-1]

    def basis(inner: Sequence[float], times: Sequence[float]) -> Columns:
        rate = inner[0]
        return [[math.exp(max(-700.0, min(700.0, -rate * t))) for t in times], [1.0] * len(times)]

    trials = [[sign / (span * part)] for part in (0.1, 0.3, 1.0, 3.0) for sign in (1.0, -1.0)]
    inner, found, errors = _projected(basis, trials, ts, ys)
    (rate,), (a, c) = inner, found.values
    if not (a and _LONGEST >= abs(1.0 / (rate * span)) >= 1.0 / len(ts)):
        # Over before the second reading, or hardly begun at the last: a step or a line.
        raise FitError(reason=tr(N_("the readings do not determine it.")))
    tau = 1.0 / rate
    fitted = _made("decay", "y = A·e^(−t/τ) + c", [("A", unit), ("c", unit)], found, ys, start,
                   lambda t: a * math.exp(max(-700.0, min(700.0, -rate * t))) + c)  # fmt: skip
    return _with(fitted, [Parameter("τ", tau, errors[0] * tau * tau, "s")])


def _wave(ts: list[float], ys: list[float], start: float, unit: str) -> Fit:
    def basis(inner: Sequence[float], times: Sequence[float]) -> Columns:
        turns = [2 * math.pi * inner[0] * t for t in times]
        return [list(map(math.sin, turns)), list(map(math.cos, turns)), [1.0] * len(times)]

    inner, found, errors = _projected(basis, _wave_trials(ts, ys), ts, ys)
    return _wave_made("wave", "y = A·sin(2π·t/T + φ) + c", [*inner, 0.0], found, ys, start, unit,
                      errors)  # fmt: skip


def _damped_wave(ts: list[float], ys: list[float], start: float, unit: str) -> Fit:
    def basis(inner: Sequence[float], times: Sequence[float]) -> Columns:
        frequency, rate = inner
        sizes = [math.exp(max(-700.0, min(700.0, -rate * t))) for t in times]
        turns = [2 * math.pi * frequency * t for t in times]
        sines = [size * math.sin(turn) for size, turn in zip(sizes, turns, strict=True)]
        cosines = [size * math.cos(turn) for size, turn in zip(sizes, turns, strict=True)]
        return [sines, cosines, [1.0] * len(times)]

    trials = [[f, part / ts[-1]] for [f] in _wave_trials(ts, ys) for part in (0.1, 1.0, 3.0)]
    inner, found, errors = _projected(basis, trials, ts, ys)
    fitted = _wave_made("damped-wave", "y = A·e^(−t/τ)·sin(2π·t/T + φ) + c", inner, found, ys,
                        start, unit, errors)  # fmt: skip
    tau = 1.0 / inner[1] if inner[1] else math.inf
    return replace(
        fitted, parameters=(*fitted.parameters, Parameter("τ", tau, errors[1] * tau * tau, "s"))
    )


KINDS: Final[dict[str, Callable[[list[float], list[float], float, str], Fit]]] = {
    "line": _line,
    "parabola": _parabola,
    "decay": _decay,
    "wave": _wave,
    "damped-wave": _damped_wave,
}


def per_second(unit: str, power: int = 1) -> str:
    """A unit divided by seconds (to a power): `cm/s²`."""
    exponent = "²" if power == 2 else ""
    return f"{unit or '1'}/s{exponent}"


def _wave_made(
    kind: str,
    formula: str,
    inner: Sequence[float],
    found: Solution,
    ys: list[float],
    start: float,
    unit: str,
    errors: Sequence[float],
) -> Fit:
    frequency, rate = inner
    s, c, offset = found.values
    size, phase = math.hypot(s, c), math.atan2(c, s)
    period = 1.0 / frequency

    def curve(t: float) -> float:
        return size * math.exp(-rate * t) * math.sin(2 * math.pi * frequency * t + phase) + offset

    size_error = math.sqrt(max(0.0, found.covariance[0][0] + found.covariance[1][1]) / 2)
    fitted = _made(kind, formula, [("", ""), ("", ""), ("c", unit)], found, ys, start, curve)
    more = [
        Parameter("T", period, errors[0] * period * period, "s"),
        Parameter("f", frequency, errors[0], "Hz"),
        Parameter("A", size, size_error, unit),
        Parameter("φ", phase, size_error / size if size else math.nan, "rad"),
    ]
    return _with(fitted, more)


def _wave_trials(ts: list[float], ys: list[float]) -> list[list[float]]:
    frequency = strongest_frequency(ts, ys)
    if frequency is None:
        raise FitError(reason=tr(N_("nothing swings here.")))
    # The peak of a short stretch lies up to half a line beside the truth.
    beside = 0.25 / ts[-1]
    return [[f] for f in (frequency - beside, frequency, frequency + beside) if f > 0]


def _solved(columns: Columns, ys: list[float]) -> Solution:
    found = solve(columns, ys)
    if found is None:
        raise FitError(reason=tr(N_("the readings do not determine it.")))
    return found


def _projected(
    basis: Basis, trials: list[list[float]], ts: list[float], ys: list[float]
) -> tuple[list[float], Solution, list[float]]:
    """The best inner unknowns from any of `trials`, the outer solution, the inner ones' errors."""
    best: tuple[float, list[float]] | None = None
    for trial in trials:
        squares, inner = _descended(basis, trial, ts, ys)
        if inner is not None and (best is None or squares < best[0]):
            best = squares, inner
    if best is None:
        raise FitError(reason=tr(N_("the readings do not determine it.")))
    inner = best[1]
    found = _solved(basis(inner, ts), ys)
    return inner, found, _inner_errors(basis, inner, found, ts, ys)


def _descended(
    basis: Basis, trial: list[float], ts: list[float], ys: list[float]
) -> tuple[float, list[float] | None]:
    """Gauss-Newton steps, halved while they lead uphill (and damped after Levenberg)."""
    inner = trial
    found = solve(basis(inner, ts), ys)
    if found is None:
        return math.inf, None
    for _ in range(_STEPS):
        slopes = _slopes(basis, inner, found, ts)
        whole = solve([*basis(inner, ts), *slopes], ys)
        if whole is None:
            break
        step = whole.values[-len(inner) :]
        better = _best_step(basis, inner, step, found.squares, ts, ys)
        if better is None:
            break
        moved = max(abs(s) / (abs(v) or 1.0) for s, v in zip(step, inner, strict=True))
        inner, found = better
        if moved < 1e-9:
            break
    return found.squares, inner


def _best_step(
    basis: Basis,
    inner: list[float],
    step: list[float],
    squares: float,
    ts: list[float],
    ys: list[float],
) -> tuple[list[float], Solution] | None:
    for halvings in range(8):
        tried = [v + s / 2**halvings for v, s in zip(inner, step, strict=True)]
        found = solve(basis(tried, ts), ys) if tried[0] != 0.0 else None
        if found is not None and found.squares < squares:
            return tried, found
    return None


def _slopes(basis: Basis, inner: list[float], found: Solution, ts: list[float]) -> Columns:
    """How the curve changes with each inner unknown (central differences)."""
    span = ts[-1]
    slopes = []
    for k in range(len(inner)):
        h = 1e-4 / span
        ends = []
        for sign in (1.0, -1.0):
            moved = [v + (sign * h if i == k else 0.0) for i, v in enumerate(inner)]
            columns = basis(moved, ts)
            ends.append(
                [
                    sum(v * cell for v, cell in zip(found.values, row, strict=True))
                    for row in zip(*columns, strict=True)
                ]
            )
        slopes.append([(a - b) / (2 * h) for a, b in zip(*ends, strict=True)])
    return slopes


def _inner_errors(
    basis: Basis, inner: list[float], found: Solution, ts: list[float], ys: list[float]
) -> list[float]:
    columns = [*basis(inner, ts), *_slopes(basis, inner, found, ts)]
    n, k = len(ys), len(columns)
    normal = [[sum(map(float.__mul__, a, b)) for b in columns] for a in columns]
    inverse = inverted(normal)
    if inverse is None or n <= k:
        return [math.nan] * len(inner)
    variance = found.squares / (n - k)
    outer = k - len(inner)
    return [
        math.sqrt(max(0.0, variance * inverse[outer + i][outer + i])) for i in range(len(inner))
    ]


def _made(
    kind: str,
    formula: str,
    names: Sequence[tuple[str, str]],
    found: Solution,
    ys: list[float],
    start: float,
    curve: Callable[[float], float],
) -> Fit:
    mean = sum(ys) / len(ys)
    scatter = sum((y - mean) ** 2 for y in ys)
    parameters = tuple(
        Parameter(name, value, math.sqrt(max(0.0, found.covariance[i][i])), unit)
        for i, ((name, unit), value) in enumerate(zip(names, found.values, strict=True))
        if name
    )
    return Fit(
        kind=kind,
        formula=formula,
        parameters=parameters,
        r2=1.0 - found.squares / scatter if scatter > 0 else math.nan,
        rms=math.sqrt(found.squares / len(ys)),
        n=len(ys),
        start_s=start,
        curve=lambda t_s: curve(t_s - start),
    )


def _raised(fitted: Fit, by: float) -> Fit:
    """The curve with another constant, which stands last in every formula."""
    *others, constant = fitted.parameters
    raised = replace(constant, value=constant.value + by)
    return replace(fitted, parameters=(*others, raised), curve=lambda t_s: fitted.curve(t_s) + by)


def _with(fitted: Fit, more: list[Parameter]) -> Fit:
    return replace(fitted, parameters=(*more, *fitted.parameters))
