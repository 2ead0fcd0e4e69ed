"""A self-test as scripts get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stemkit.words import N_, tr

if TYPE_CHECKING:
    from stemkit.model.kit import SelfTest

# Parts without a name of a product; the others are called as on their packets: dht22.
_NAMES: Final = {
    "memory": N_("memory"),
    "files": N_("files"),
    "temperature": N_("temperature"),
    "light": N_("light"),
    "motion": N_("motion"),
    "boot": N_("BOOT button"),
    "button": N_("button"),
    "button_a": N_("button A"),
    "button_b": N_("button B"),
    "ldr": N_("light sensor"),
    "line_left": N_("left line sensor"),
    "line_right": N_("right line sensor"),
    "pir": N_("motion sensor"),
    "soil": N_("soil moisture sensor"),
    "sound": N_("sound sensor"),
}


def part_told(name: str) -> str:
    """The name of a part that was tested, for people."""
    return tr(_NAMES.get(name, name))


def test_row(test: SelfTest) -> dict[str, Any]:
    """A self-test with its parts."""
    return {
        "at": test.at,
        "firmware": test.firmware,
        "ok": test.ok,
        "sensors": [{"sensor": s.sensor, "ok": s.ok, "detail": s.detail} for s in test.sensors],
    }
