"""Start, list and end virtual boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stemkit.errors import StemkitError, UsageError
from stemkit.formats.scenario import parse_scenario
from stemkit.model.board import BoardModel
from stemkit.storage import atomic, catalogue, places
from stemkit.virtual import RunningBoard, running
from stemkit.virtual.control import ask
from stemkit.virtual.errors import VirtualRefusedError
from stemkit.virtual.faults import FAULTS
from stemkit.virtual.plan import BoardPlan
from stemkit.virtual.profile import Profile, make_unique_id
from stemkit.virtual.start import Started, find, free_names, start, stop
from stemkit.virtual.world import board_spec
from stemkit.virtual.world.errors import NoSuchQuantityError, QuantityRangeError
from stemkit.words import N_


class UnknownModelError(UsageError):
    """No board of the catalogue has this id."""

    code = "unknown-model"
    message = N_("There is no kind of board “{model}”.")
    remedy = N_("Choose one of: {models}")


class ChangeWordError(UsageError):
    """A change is not written as it must be."""

    code = "sim-change"
    message = N_("“{text}” changes nothing: write a name, “=” and a number.")
    remedy = N_("For example: stemkit sim set v1 temperature=31.5")


_WORLD_ERRORS: Final[dict[str, type[StemkitError]]] = {
    error.code: error for error in (NoSuchQuantityError, QuantityRangeError)
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `start_boards` is to start. Ranges: count 1-64, latency 0-1000 ms."""

    count: int = 1
    model: str = "esp32"
    blank: bool = False
    baud: int | None = None
    """Rate of the console after a reset in bits a second; None takes the model's own."""
    latency_ms: float = 1.0
    paced: bool = True
    """False: bytes take no time, so that tests need not wait."""
    port: str = "pty"
    """`pty`, `socket` or `rfc2217`."""
    parts: tuple[str, ...] = ()
    """Parts of the kit (ids or names) that come first where two share a pin."""
    scenario: Path | None = None
    """File of what happens around the boards."""
    seed: int = 0
    """Of the chance in the boards' worlds."""
    identity: str = ""
    """What a board's unique id, and with it its chance, is made from; empty: its name."""
    speed: float = 1.0
    """Seconds that pass in a board's world in one of the computer's; 0: only where it waits."""
    network: bool = True
    """Whether the boards' programs may reach the network of this computer."""


def start_boards(*wanted: Wanted, detach: bool = False) -> Started:
    """Start boards and wait until they are up; they end with this process unless detached."""
    models = catalogue.boards()
    for one in wanted:
        if one.model not in models:
            raise UnknownModelError(model=one.model, models=", ".join(models))
        if one.scenario is not None:
            with atomic.told(one.scenario):
                data = one.scenario.read_bytes()
            parse_scenario(data, str(one.scenario))
    folder = places.running_boards()
    each = [one for one in wanted for _ in range(one.count)]
    names = free_names(folder, len(each))
    plans = [_plan(name, models[one.model], one) for name, one in zip(names, each, strict=True)]
    return start(plans, folder, detach=detach)


def _plan(name: str, model: BoardModel, wanted: Wanted) -> BoardPlan:
    profile = Profile.of(model)
    return BoardPlan(
        name,
        profile,
        board_spec(model, make_unique_id(profile, wanted.identity or name), wanted.parts).to_json(),
        wanted.baud or 0,
        latency_ms=wanted.latency_ms,
        paced=wanted.paced,
        blank=wanted.blank,
        port=wanted.port,
        scenario=wanted.scenario.read_text("utf-8") if wanted.scenario else "",
        seed=wanted.seed,
        speed=wanted.speed,
        network=wanted.network,
    )


def list_boards() -> list[RunningBoard]:
    """The virtual boards that run now."""
    return running(places.running_boards())


def stop_boards(names: Sequence[str] | None) -> list[RunningBoard]:
    """End these boards, or all; returns those that were ended."""
    return stop(places.running_boards(), names)


def unplug(name: str) -> None:
    """Pull a board's cable."""
    tell(name, "unplug")


def plug(name: str) -> RunningBoard:
    """Plug a board in again and return it with its port."""
    tell(name, "plug")
    return find(places.running_boards(), name)


def press(name: str, button: str) -> None:
    """Press `reset`, or hold `boot` at a restart."""
    tell(name, "reset" if button == "reset" else "bootsel")


def change(name: str, changes: Sequence[str]) -> dict[str, Any]:
    """Set quantities (`temperature=31.5`, `light=auto`) and faults (`drop=0.01`); what was set.

    Raises ChangeWordError, NoSuchQuantityError, QuantityRangeError.
    """
    values, faults = _sorted_changes(changes)
    if faults:
        tell(name, "fault", values=faults)
    if values:
        tell(name, "set", values=values)
    return {**values, **faults}


def look(name: str) -> dict[str, Any]:
    """The world's values now and what can be seen of the board's parts."""
    return tell(name, "look")


def tell(name: str, op: str, **more: Any) -> dict[str, Any]:
    """Ask a running board's supervisor for something; its answer."""
    board = find(places.running_boards(), name)
    answer = ask(board.control, {"op": op, "board": name, **more})
    error = answer.get("error")
    if error in _WORLD_ERRORS:
        raise _WORLD_ERRORS[error](**answer["fields"])
    if error:
        raise VirtualRefusedError(name=name, reason=answer.get("reason") or error)
    return answer


def _sorted_changes(changes: Sequence[str]) -> tuple[dict[str, float | None], dict[str, Any]]:
    values: dict[str, float | None] = {}
    faults: dict[str, Any] = {}
    for text in changes:
        key, equals, value = (part.strip() for part in text.partition("="))
        try:
            if not equals:
                raise ValueError
            if key in FAULTS:
                faults[key] = FAULTS[key](value)
            else:
                values[key] = None if value == "auto" else float(value)
        except ValueError as error:
            raise ChangeWordError(text=text) from error
    return values, faults
