"""The strongest oscillation in unevenly sampled values: where a fit of a wave begins."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence

_SIZE = 1024
_PADDED = 4 * _SIZE


def strongest_frequency(times: Sequence[float], values: Sequence[float]) -> float | None:
    """Frequency (Hz) of the highest peak of the spectrum, None where there is no oscillation.

    The values are laid on an even grid, freed of their straight trend, tapered (Hann) and padded.
    """
    span = times[-1] - times[0]
    if span <= 0.0 or len(times) < 6:
        return None
    even = _evenly(times, values)
    flat = _without_trend(even)
    tapered = [v * (0.5 - 0.5 * math.cos(2 * math.pi * i / _SIZE)) for i, v in enumerate(flat)]
    spectrum = fft([complex(v) for v in tapered] + [0j] * (_PADDED - _SIZE))
    powers = [abs(z) for z in spectrum[: _PADDED // 2]]
    # Less than one whole period in the span is a trend and no oscillation.
    lowest = _PADDED // _SIZE
    peak = max(range(lowest, len(powers)), key=powers.__getitem__)
    if powers[peak] <= 1e-9 * max(1e-300, max(map(abs, values))):
        return None
    return peak * (_SIZE - 1) / (_PADDED * span)


def fft(values: list[complex]) -> list[complex]:
    """Discrete Fourier transform of 2^n values (Cooley and Tukey)."""
    n = len(values)
    if n == 1:
        return values
    even, odd = fft(values[::2]), fft(values[1::2])
    turned = [cmath.rect(1.0, -2 * math.pi * k / n) * z for k, z in enumerate(odd)]
    return [a + b for a, b in zip(even, turned, strict=True)] + [
        a - b for a, b in zip(even, turned, strict=True)
    ]


def _evenly(times: Sequence[float], values: Sequence[float]) -> list[float]:
    step = (times[-1] - times[0]) / (_SIZE - 1)
    found = []
    at = 0
    for i in range(_SIZE):
        t = times[0] + i * step
        while at < len(times) - 2 and times[at + 1] < t:
            at += 1
        width = times[at + 1] - times[at]
        part = (t - times[at]) / width if width > 0 else 0.0
        found.append(values[at] + (values[at + 1] - values[at]) * min(1.0, max(0.0, part)))
    return found


def _without_trend(values: Sequence[float]) -> list[float]:
    n = len(values)
    mean_x, mean_y = (n - 1) / 2, sum(values) / n
    spread = sum((x - mean_x) ** 2 for x in range(n))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in enumerate(values)) / spread
    return [y - mean_y - slope * (x - mean_x) for x, y in enumerate(values)]
