"""Which kind of board of the catalogue something is: by its USB numbers, drive or firmware."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from stemkit.model.board import BoardModel, UsbRole
from stemkit.model.chip import DRIVE_CHIPS

if TYPE_CHECKING:
    from stemkit.devices.identity import Identity


def by_identity(identity: Identity, models: Mapping[str, BoardModel]) -> BoardModel | None:
    """The board that a running firmware names; None where only others have its chip.

    A board without firmware of its own (a Yolo:Bit runs the common ESP32 build) is known by its
    `/stem.json`, if its chip fits.
    """
    machine = identity.machine
    mcu = machine.rpartition(" with ")[2].lower()
    said = models.get(identity.board)
    if said and not said.firmware.machines and mcu in map(str.lower, said.firmware.mcus):
        return said
    for model in models.values():
        if machine in model.firmware.machines:
            return model
    same = [m for m in models.values() if mcu in (name.lower() for name in m.firmware.mcus)]
    return only(same) or next((model for model in same if model.id == model.chip), None)


def chip_of(identity: Identity, models: Mapping[str, BoardModel]) -> str | None:
    """The chip that a running firmware names, also of a board that is not in the catalogue."""
    mcu = identity.machine.rpartition(" with ")[2].lower()
    for model in models.values():
        if mcu in (name.lower() for name in model.firmware.mcus):
            return model.chip
    return None


def by_chip(chip: str, models: Mapping[str, BoardModel]) -> BoardModel | None:
    """The board with this chip; None where several have it and none is the plain one."""
    same = [model for model in models.values() if model.chip == chip]
    return only(same) or next((model for model in same if model.id.replace("-", "") == chip), None)


def by_usb(
    vid: int, pid: int, models: Mapping[str, BoardModel]
) -> tuple[list[BoardModel], UsbRole | None]:
    """The boards that show these USB numbers, and what answers there (None: not the same)."""
    found = [
        (model, usb.role)
        for model in models.values()
        for usb in model.usb
        if (usb.vid, usb.pid) == (vid, pid)
    ]
    roles = {role for _, role in found}
    return [model for model, _ in found], roles.pop() if len(roles) == 1 else None


def by_drive(board_id: str, models: Mapping[str, BoardModel]) -> BoardModel | None:
    """The board whose drive names itself so; None where several boards have that chip."""
    return only([m for m in models.values() if m.chip == DRIVE_CHIPS.get(board_id)])


def only(models: Iterable[BoardModel]) -> BoardModel | None:
    """The one model among them; None for none or several."""
    found = list(models)
    return found[0] if len(found) == 1 else None


def only_chip(models: Iterable[BoardModel]) -> str | None:
    """The chip that they all have, or None."""
    chips = {model.chip for model in models}
    return chips.pop() if len(chips) == 1 else None
