"""The self-test of one board: the board itself, then every part that it should have."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from stemkit.actions.programs.board_files import runtime_files
from stemkit.devices import self_test as device
from stemkit.devices.identity import Identity
from stemkit.devices.self_test import PartAnswer
from stemkit.devices.session import Session
from stemkit.errors import BoardError
from stemkit.formats.board_profile import board_profile
from stemkit.model.board import BoardModel
from stemkit.model.chip import Family
from stemkit.model.kit import SelfTest, SensorTest
from stemkit.model.sensor import Quantity
from stemkit.storage import catalogue
from stemkit.words import N_, current_language, number, tr

# Quantity to (lowest, highest) of what a board itself must show.
_BOARD: Final[Mapping[str, tuple[float, float]]] = {
    "memory": (1000, 1e9),
    "files": (1, 1),
    "temperature": (-10, 70),
    "light": (0, 255),
    # At rest it is 1000; a board that is moved while it is tested shows more or less.
    "motion": (300, 4000),
}


def run_self_test(
    session: Session, identity: Identity, model: BoardModel | None, parts: Sequence[str]
) -> SelfTest:
    """Test a board at its raw prompt: memory, files, soldered sensors, and `parts`.

    The runtime is put onto a board that lacks it. A part that fails is in the result; BoardError
    is raised where the board itself fails.
    """
    results = [_board_result(answer) for answer in device.ask_board(session)]
    if model is not None and model.family is Family.MICROBIT:
        results += [_board_result(answer) for answer in device.ask_microbit(session)]
    elif model is not None:
        results += _parts(session, model, parts)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return SelfTest(at, identity.version, tuple(results))


def _parts(session: Session, model: BoardModel, parts: Sequence[str]) -> list[SensorTest]:
    lines = part_lines(model, parts)
    if lines and not device.has_runtime(session):
        device.put_runtime(session, runtime_files(model))
    results = []
    for name, (line, quantities) in lines.items():
        try:
            answer = device.ask_part(session, line)
        except BoardError as error:
            # A part that blocks the bus must not hide what the others say.
            results.append(SensorTest(name, False, error.told()))
            continue
        results.append(_part_result(answer, name, quantities))
    return results


def part_lines(
    model: BoardModel, parts: Sequence[str]
) -> dict[str, tuple[str, tuple[Quantity, ...]]]:
    """Name to profile line and quantities, for the sensors that a board should have."""
    sensors, plugged = catalogue.sensors(), frozenset(parts)
    profile = board_profile(model, sensors, number="", language=current_language(), parts=plugged)
    by_name = {line.split(" ", 1)[0]: line for line in json.loads(profile)["parts"]}
    return {
        wired.name: (by_name[wired.name], sensors[wired.sensor].quantities)
        for wired in model.wiring
        if (wired.onboard or {wired.name, wired.sensor} & plugged)
        and sensors[wired.sensor].quantities
    }


def _part_result(answer: PartAnswer, name: str, quantities: Sequence[Quantity]) -> SensorTest:
    if answer.values is None:
        return SensorTest(name, False, tr(N_("no answer ({why})"), why=answer.why))
    told, ok = [], True
    for quantity in quantities:
        value = answer.values.get(quantity.id)
        if value is None and len(quantities) == 1 and answer.values:
            value = next(iter(answer.values.values()))
        if value is None:
            continue
        told.append(_told(quantity, value, alone=len(quantities) == 1))
        if not quantity.low <= value <= quantity.high:
            ok = False
            told.append(
                tr(
                    N_("outside {low} to {high}"),
                    low=number(quantity.low, "g"),
                    high=number(quantity.high, "g"),
                )
            )
    return SensorTest(name, ok and bool(told), ", ".join(told))


def _told(quantity: Quantity, value: float, *, alone: bool) -> str:
    """`temperature 23.5 °C`; what measures nothing else is told by its part's name already."""
    if quantity.id == "button":
        return tr(N_("pressed") if value else N_("not pressed"))
    name = quantity.name.told(current_language())
    told = f"{number(value, _form(quantity))} {quantity.unit}".strip()
    return told if alone else f"{name[:1].lower()}{name[1:]} {told}"


def _form(quantity: Quantity) -> str:
    """No more digits than the sensor can tell apart."""
    if not quantity.resolution:
        return "g"
    return f".{max(0, -math.floor(math.log10(quantity.resolution)))}f"


def _board_result(answer: PartAnswer) -> SensorTest:
    if answer.values is None:
        return SensorTest(answer.name, False, answer.why)
    value = next(iter(answer.values.values()))
    low, high = _BOARD.get(answer.name, (float("-inf"), float("inf")))
    return SensorTest(answer.name, low <= value <= high, _detail(answer.name, value))


def _detail(name: str, value: float) -> str:
    if name == "memory":
        return tr(N_("{n} kB free"), n=f"{value / 1000:.0f}")
    if name == "files":
        return tr(N_("written and read back") if value else N_("what was read back differs"))
    return f"{value:g} °C" if name == "temperature" else number(value, "g")
