"""A self-test as scripts get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stemkit.model.kit import SelfTest


def test_row(test: SelfTest) -> dict[str, Any]:
    """A self-test with its parts."""
    return {
        "at": test.at,
        "firmware": test.firmware,
        "ok": test.ok,
        "sensors": [{"sensor": s.sensor, "ok": s.ok, "detail": s.detail} for s in test.sensors],
    }
