"""Formulas over channels: `temp*1.8+32`, `mean(light, 2) < 100`, `rate(distance)`.

A formula is compiled to functions over columns of numbers; what has no value (a division by zero,
the root of a negative number, an overflow) is missing there. Truth is 1, falsehood 0.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.analysis import windows
from stemkit.analysis.errors import FormulaError
from stemkit.analysis.formula_syntax import Call, Name, Node, Number, parse
from stemkit.model.reading import MISSING
from stemkit.words import N_, tr

Column = Sequence[float]
Columns = Mapping[str, Column]
Scalar = Callable[..., float]
_Part = Callable[[Columns, Column], Column]

TIME: Final = "t"
CONSTANTS: Final = {"pi": math.pi, "e": math.e, "g": 9.80665}
"""`g` is standard gravity in m/s² (CGPM 1901)."""


def _true(value: float) -> bool:
    """A missing value is not true."""
    return value == value and value != 0.0


def _least(*values: float) -> float:
    return min((value for value in values if value == value), default=MISSING)


def _greatest(*values: float) -> float:
    return max((value for value in values if value == value), default=MISSING)


def _chosen(condition: float, then: float, otherwise: float) -> float:
    if condition != condition:
        return MISSING
    return then if condition else otherwise


# name -> function of numbers, least and greatest count of them
FUNCTIONS: Final[dict[str, tuple[Scalar, int, int]]] = {
    "abs": (abs, 1, 1),
    "sqrt": (math.sqrt, 1, 1),
    "exp": (math.exp, 1, 1),
    "ln": (math.log, 1, 1),
    "log": (math.log10, 1, 1),
    "sin": (math.sin, 1, 1),
    "cos": (math.cos, 1, 1),
    "tan": (math.tan, 1, 1),
    "asin": (math.asin, 1, 1),
    "acos": (math.acos, 1, 1),
    "atan": (math.atan, 1, 1),
    "atan2": (math.atan2, 2, 2),
    "deg": (math.degrees, 1, 1),
    "rad": (math.radians, 1, 1),
    "round": (lambda value, places=0.0: round(value, int(places)), 1, 2),
    "floor": (lambda value: float(math.floor(value)), 1, 1),
    "min": (_least, 1, 8),
    "max": (_greatest, 1, 8),
    "hypot": (math.hypot, 2, 8),
    "if": (_chosen, 3, 3),
}
# Every comparison with a missing value is false.
_OPERATORS: Final[dict[str, Scalar]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
    "^": math.pow,
    "negative": operator.neg,
    "<": lambda a, b: float(a < b),
    ">": lambda a, b: float(a > b),
    "<=": lambda a, b: float(a <= b),
    ">=": lambda a, b: float(a >= b),
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a < b or a > b),
    "and": lambda a, b: float(_true(a) and _true(b)),
    "or": lambda a, b: float(_true(a) or _true(b)),
    "not": lambda a: float(not _true(a)),
}

# name -> what remembers the past; the numbers behind the first value are given to it.
PAST: Final[dict[str, tuple[Callable[..., Callable[[Column, Column], list[float]]], int, int]]] = {
    "mean": (windows.MovingMean, 2, 2),
    "rate": (windows.Slope, 1, 2),
    "low": (lambda span_s: windows.Extreme(span_s, 1.0), 2, 2),
    "high": (lambda span_s: windows.Extreme(span_s, -1.0), 2, 2),
    "total": (windows.Integral, 1, 1),
    "before": (windows.Previous, 1, 1),
    "count": (windows.Count, 1, 1),
}

_ARITY: Final = {name: (low, high) for name, (_, low, high) in (FUNCTIONS | PAST).items()}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was understood."""

    text: str
    names: tuple[str, ...]
    """Channels that it needs, in the order in which they stand."""
    tree: Node
    maybe: tuple[str, ...] = ()
    """The time and constants that stand in it; a channel is meant where one is called so."""

    def evaluator(self) -> Evaluator:
        """What computes it for one board: it remembers that board's past."""
        return Evaluator(self)


class Evaluator:
    """Computes a formula for one board, rows in the order of their time."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self._part = _compiled(formula.tree)

    def __call__(self, columns: Columns, times: Column) -> list[float]:
        """Values for rows at `times` (seconds); `columns` has every name of the formula."""
        return list(self._part(columns, times))


def parse_formula(text: str) -> Formula:
    """Understand a formula; raises `FormulaError`."""
    tree = parse(text, _ARITY)
    names: dict[str, None] = {}
    _collect(tree, names)
    _check_past(tree, text)
    reserved = {TIME, *CONSTANTS}
    needed = tuple(name for name in names if name not in reserved)
    return Formula(text, needed, tree, tuple(name for name in names if name in reserved))


def parse_definition(text: str) -> tuple[str, Formula]:
    """Understand `name = formula`; raises `FormulaError`."""
    name, found, rest = text.partition("=")
    name = name.strip().strip('"`')
    if not found or rest.startswith("=") or not name or not rest.strip():
        reason = tr(N_("a new channel is written NAME = FORMULA."))
        raise FormulaError(formula=text[:60], near=text[:12], reason=reason)
    return name[:32], parse_formula(rest.strip())


def _collect(node: Node, names: dict[str, None]) -> None:
    if isinstance(node, Name):
        names.setdefault(node.name)
    if isinstance(node, Call):
        for inner in node.arguments:
            _collect(inner, names)


def _check_past(node: Node, text: str) -> None:
    if not isinstance(node, Call):
        return
    for inner in node.arguments:
        _check_past(inner, text)
    if node.function in PAST:
        for extra in node.arguments[1:]:
            if not (isinstance(extra, Number) and 0 < extra.value <= 86_400):
                reason = tr(N_("it takes a number of seconds as its second value."))
                raise FormulaError(formula=text[:60], near=f"{node.function}(", reason=reason)


def _compiled(node: Node) -> _Part:
    if isinstance(node, Number):
        value = node.value
        return lambda columns, times: [value] * len(times)
    if isinstance(node, Name):
        return _named(node.name)
    parts = [_compiled(inner) for inner in node.arguments]
    if node.function in PAST:
        return _remembering(node, parts[0])
    safe = _safe(_OPERATORS.get(node.function) or FUNCTIONS[node.function][0])
    return lambda columns, times: list(map(safe, *(part(columns, times) for part in parts)))


def _named(name: str) -> _Part:
    # Where a channel is called as a constant or as the time, the channel is meant.
    if name in CONSTANTS:
        constant = CONSTANTS[name]
        return lambda columns, times: columns.get(name, [constant] * len(times))
    if name == TIME:
        return lambda columns, times: columns.get(TIME, times)
    return lambda columns, times: columns[name]


def _remembering(node: Call, part: _Part) -> _Part:
    extras = [inner.value for inner in node.arguments[1:] if isinstance(inner, Number)]
    past = PAST[node.function][0](*extras)
    return lambda columns, times: past(times, part(columns, times))


def _safe(function: Scalar) -> Scalar:
    """`function` that gives a missing value instead of an error or an infinity."""

    def computed(*values: float) -> float:
        try:
            found = function(*values)
        except (ArithmeticError, ValueError):
            return MISSING
        return found if -math.inf < found < math.inf else MISSING

    return computed
