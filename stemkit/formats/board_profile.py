"""The file `/stem.json` on a board: its number, and where the parts of its kit are.

The runtime (`firmware/runtime/stem/kit.py`) reads it; `no_answer` is what it says, in the person's
language, of a sensor that is not there. A part is one line of text:

    dht22 stem.dht.DHT pin data=4 : temp;°C;-40;80 hum;%;0;100

its name, its driver, the kind of its pins, each pin (`signal=pin`, or `+number` for an option of
the driver), and behind the colon what it measures with unit, lowest and highest value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from stemkit.model.board import BoardModel, Wired
from stemkit.model.chip import Family
from stemkit.model.sensor import Bus, Quantity, SensorModel
from stemkit.model.text import Text

NO_ANSWER: Final = Text(
    vi="%s không trả lời. Đã thử: %s",
    en="%s does not answer. Tried: %s",
)
"""What the board prints once of a sensor that is not there: its name, then parts and pins."""

_KINDS: Final = {
    Bus.DIGITAL: "pin",
    Bus.DHT: "pin",
    Bus.NEOPIXEL: "pin",
    Bus.ANALOG: "adc",
    Bus.PWM: "pwm",
    Bus.ONEWIRE: "onewire",
    Bus.I2C: "i2c",
}


def board_profile(
    board: BoardModel,
    sensors: Mapping[str, SensorModel],
    *,
    number: int | str,
    language: str,
    parts: frozenset[str] | None = None,
    lesson: tuple[str, str] | None = None,
) -> bytes:
    """The profile of board `number`, as JSON in UTF-8.

    `parts` (ids or names) are those that are plugged in; soldered ones are always there. None
    stands for the whole kit. `lesson` is the name and version of what runs on it.
    """
    chosen = [
        wired
        for wired in board.wiring
        if parts is None or wired.onboard or {wired.name, wired.sensor} & parts
    ]
    # What was found on I2C is surely there; a pin only may have something on it.
    chosen.sort(key=lambda wired: sensors[wired.sensor].bus is not Bus.I2C)
    profile: dict[str, object] = {
        "board": board.id,
        "number": number,
        "no_answer": NO_ANSWER.told(language),
    }
    if board.family is not Family.MICROBIT:  # its runtime knows its few pins itself
        profile["parts"] = [
            _line(name, wired, sensors[wired.sensor]) for name, wired in _named(chosen)
        ]
    if lesson is not None:
        profile["lesson"] = {"name": lesson[0], "version": lesson[1]}
        profile["runs"] = "@".join(lesson)  # ready to be printed: boards have little memory
    return json.dumps(profile, ensure_ascii=False, separators=(",", ":")).encode()


def _named(chosen: list[Wired]) -> Iterator[tuple[str, Wired]]:
    """Each part under its name; the first of a kind under the kind's name too."""
    seen = {wired.name for wired in chosen}
    for wired in chosen:
        yield wired.name, wired
        if wired.sensor not in seen:
            seen.add(wired.sensor)
            yield wired.sensor, wired


def _line(name: str, wired: Wired, part: SensorModel) -> str:
    pins = [f"{signal}={wired.signals[signal]}" for signal in _signals(part)]
    options = [f"+{wired.facts.get(option, usual)}" for option, usual in part.options.items()]
    words = [name, f"{part.driver}.{part.driver_class}", _KINDS[part.bus], *pins, *options]
    if part.quantities:
        words += [":", *(_quantity(name, wired, part, q) for q in part.quantities)]
    return " ".join(words)


def _signals(part: SensorModel) -> list[str]:
    # `machine.SoftI2C` takes the clock first.
    return ["scl", "sda"] if part.bus is Bus.I2C else list(part.signals)


def _quantity(name: str, wired: Wired, part: SensorModel, quantity: Quantity) -> str:
    # Two buttons are two channels: each is called as its part.
    own = name != wired.sensor and len(part.quantities) == 1
    label = name if own else quantity.id
    return f"{label};{quantity.unit};{quantity.low:g};{quantity.high:g}"
