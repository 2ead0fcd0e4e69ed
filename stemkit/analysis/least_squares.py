"""Linear least squares with a few unknowns, and its standard errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Matrix = list[list[float]]


@dataclass(frozen=True, slots=True)
class Solution:
    """`values` minimise the squares; `covariance` is that of the values."""

    values: list[float]
    covariance: Matrix
    squares: float
    """Sum of the squared residuals."""


def solve(columns: Sequence[Sequence[float]], target: Sequence[float]) -> Solution | None:
    """Values v with sum of v[k] * columns[k] nearest to `target`; None where they are not defined.

    The residuals' scatter is taken for the readings' (as is usual where it is not known).
    """
    k, n = len(columns), len(target)
    if n < k:
        return None
    normal = [[_dot(a, b) for b in columns] for a in columns]
    right = [_dot(column, target) for column in columns]
    inverse = inverted(normal)
    if inverse is None:
        return None
    values = [_dot(row, right) for row in inverse]
    squares = max(0.0, _dot(target, target) - _dot(values, right))
    # The short formula loses digits for a good fit: then it is summed up in full.
    if squares < 1e-6 * _dot(target, target):
        squares = residual_squares(columns, values, target)
    variance = squares / (n - k) if n > k else math.nan
    return Solution(values, [[variance * cell for cell in row] for row in inverse], squares)


def residual_squares(
    columns: Sequence[Sequence[float]], values: Sequence[float], target: Sequence[float]
) -> float:
    """Sum of the squared distances between the model and `target`."""
    total = 0.0
    for row in zip(target, *columns, strict=True):
        rest = row[0] - sum(value * cell for value, cell in zip(values, row[1:], strict=True))
        total += rest * rest
    return total


def inverted(matrix: Matrix) -> Matrix | None:
    """The inverse (Gauss-Jordan with pivoting), or None where there is none worth having."""
    size = len(matrix)
    scale = [math.sqrt(abs(matrix[i][i])) or 1.0 for i in range(size)]
    rows = [
        [matrix[i][j] / (scale[i] * scale[j]) for j in range(size)]
        + [1.0 if i == j else 0.0 for j in range(size)]
        for i in range(size)
    ]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
        if not abs(rows[pivot][i]) > 1e-12:
            return None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        head = rows[i][i]
        rows[i] = [cell / head for cell in rows[i]]
        for r in range(size):
            if r != i and rows[r][i]:
                factor = rows[r][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [[rows[i][size + j] / (scale[i] * scale[j]) for j in range(size)] for i in range(size)]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(map(float.__mul__, a, b))
