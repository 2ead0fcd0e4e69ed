"""Virtual boards: real MicroPython behind a port, boot loaders, a world of sensors, faults."""

from __future__ import annotations

from stemkit.virtual.state import RunningBoard, running

__all__ = ["RunningBoard", "running"]
