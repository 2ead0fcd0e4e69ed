"""What the kit's sensors measure, by the label that it has in lessons: its name and its unit.

For people's eyes only: tables of data name the units that boards and set-ups told.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from stemkit.model.text import Text
from stemkit.storage import catalogue


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a label usually stands for."""

    name: Text
    unit: str
    """Empty where sensors that measure it differ: light is in lx or in %."""


def usual_quantity(label: str) -> Quantity | None:
    """What `label` stands for, also with a number behind it (`temp2`, `temp_2`); None: unknown."""
    return _all().get(label.rstrip("_0123456789"))


@cache
def _all() -> dict[str, Quantity]:
    found: dict[str, Quantity] = {}
    for sensor in catalogue.sensors().values():
        for quantity in sensor.quantities:
            known = found.setdefault(quantity.id, Quantity(quantity.name, quantity.unit))
            if known.unit != quantity.unit:
                found[quantity.id] = Quantity(known.name, "")
    return found
