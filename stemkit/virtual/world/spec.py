"""What a virtual board is, for the world: its pins, and the parts of the kit that are on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from stemkit.model.board import BoardModel, Wired
from stemkit.model.chip import CHIPS

FIRST_NAMED_PIN: Final = 128
"""Pins without a GPIO number (`A0`, Pico W's `LED`) are numbered from here on the wire."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the kit, connected."""

    model: str
    """Id of a `SensorModel`."""
    name: str
    signals: Mapping[str, int]
    """Signal to pin number."""
    onboard: bool
    facts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """A board as the world sees it. Where two parts meet on a pin, the earlier one is heard."""

    model: str
    family: str
    """`esp`, `rp2` or `microbit`."""
    chip: str
    unique_id: bytes
    pins: frozenset[int]
    names: Mapping[str, int]
    """What is printed on the board, and pins without a number, to pin number."""
    adc: frozenset[int]
    input_only: frozenset[int]
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "model": self.model,
            "family": self.family,
            "chip": self.chip,
            "unique_id": self.unique_id.hex(),
            "pins": sorted(self.pins),
            "names": dict(self.names),
            "adc": sorted(self.adc),
            "input_only": sorted(self.input_only),
            "parts": [
                {
                    "model": part.model,
                    "name": part.name,
                    "signals": dict(part.signals),
                    "onboard": part.onboard,
                    "facts": dict(part.facts),
                }
                for part in self.parts
            ],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The spec that `to_json` wrote."""
        return cls(
            model=values["model"],
            family=values["family"],
            chip=values["chip"],
            unique_id=bytes.fromhex(values["unique_id"]),
            pins=frozenset(values["pins"]),
            names=values["names"],
            adc=frozenset(values["adc"]),
            input_only=frozenset(values["input_only"]),
            parts=tuple(Part(**part) for part in values["parts"]),
        )


def board_spec(model: BoardModel, unique_id: bytes, first: Iterable[str] = ()) -> BoardSpec:
    """The board with every part of the kit where the kit's lessons plug it.

    Parts that share a pin or an address are all listed; those in `first` (ids or names) come
    before the others and so win, else the order of the catalogue decides.
    """
    pins = model.pins
    named = {name: FIRST_NAMED_PIN + n for n, name in enumerate(sorted(pins.named))}
    wanted = list(first)
    order = sorted(model.wiring, key=lambda wired: _rank(wired, wanted))
    return BoardSpec(
        model=model.id,
        family=str(model.family),
        chip=model.chip,
        unique_id=unique_id,
        pins=(CHIPS[model.chip].gpios - set(pins.reserved)) | set(named.values()),
        names={**pins.labels, **named},
        adc=frozenset(pins.adc) | {named[n] for n, kind in pins.named.items() if kind == "adc"},
        input_only=frozenset(pins.input_only),
        parts=tuple(_part(wired, named) for wired in order),
    )


def _rank(wired: Wired, wanted: list[str]) -> int:
    places = [wanted.index(name) for name in (wired.sensor, wired.name) if name in wanted]
    return min(places, default=len(wanted))


def _part(wired: Wired, named: Mapping[str, int]) -> Part:
    return Part(
        model=wired.sensor,
        name=wired.name,
        signals={
            signal: named[pin] if isinstance(pin, str) else pin
            for signal, pin in wired.signals.items()
        },
        onboard=wired.onboard,
        facts=wired.facts,
    )
