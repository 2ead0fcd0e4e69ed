"""Learns a tree of questions from examples: CART (Breiman et al. 1984) with Gini's impurity.

The same examples in the same order give the same tree: of two questions that divide equally well
the one about the earlier measure, then the one with the lower limit, is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Question = tuple[int, float, int, int]
"""Which measure, its limit, the node for a value below it, the node for any other."""
Tree = tuple[Question | int, ...]
"""Nodes; a number is an answer. The first node is asked first."""


@dataclass(frozen=True, slots=True)
class Example:
    """What was measured of one window, and what it was (a number from 0)."""

    values: tuple[float, ...]
    answer: int


def learn_tree(examples: Sequence[Example], *, depth: int = 4, least: int = 3) -> Tree:
    """The tree for `examples` (at least one), with at most `depth` questions in a row.

    No answer rests on fewer than `least` examples, so that one odd example makes no rule.
    """
    nodes: list[Question | int] = []
    _grow(nodes, list(examples), depth, least)
    return tuple(nodes)


def _grow(nodes: list[Question | int], examples: list[Example], depth: int, least: int) -> int:
    at = len(nodes)
    nodes.append(_commonest(examples))
    found = _best(examples, least) if depth and _impurity(_counts(examples)) else None
    if found:
        measure, limit = found
        parts = [
            [example for example in examples if (example.values[measure] < limit) is below]
            for below in (True, False)
        ]
        below, above = (_grow(nodes, part, depth - 1, least) for part in parts)
        if isinstance(nodes[below], int) and nodes[below] == nodes[above]:
            nodes[at:] = [nodes[below]]  # surer, but no other answer
        else:
            nodes[at] = (measure, limit, below, above)
    return at


def _best(examples: list[Example], least: int) -> tuple[int, float] | None:
    """The question that leaves the least impurity, or None where none leaves less."""
    best, least_impure = None, _impurity(_counts(examples)) * len(examples) - 1e-9
    for measure in range(len(examples[0].values)):
        ordered = sorted(examples, key=lambda example: example.values[measure])
        below: dict[int, int] = {}
        above = _counts(ordered)
        for n, example in enumerate(ordered[:-1], 1):
            below[example.answer] = below.get(example.answer, 0) + 1
            above[example.answer] -= 1
            low, high = example.values[measure], ordered[n].values[measure]
            if low == high or not least <= n <= len(ordered) - least:
                continue
            impure = _impurity(below) * n + _impurity(above) * (len(ordered) - n)
            if impure < least_impure - 1e-9:
                best, least_impure = (measure, _between(low, high)), impure
    return best


def _between(low: float, high: float) -> float:
    """The shortest number near the middle of two: with room for a board's shorter floats."""
    middle = (low + high) / 2
    for digits in range(2, 17):
        short = float(f"{middle:.{digits}g}")
        if low + (high - low) / 4 <= short <= high - (high - low) / 4:
            return short
    return middle


def _counts(examples: list[Example]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for example in examples:
        counts[example.answer] = counts.get(example.answer, 0) + 1
    return counts


def _impurity(counts: dict[int, int]) -> float:
    total = sum(counts.values())
    return 1.0 - sum((count / total) ** 2 for count in counts.values())


def _commonest(examples: list[Example]) -> int:
    counts = _counts(examples)
    return min(counts, key=lambda answer: (-counts[answer], answer))
