"""Start, list and end virtual boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stemkit.errors import UsageError
from stemkit.model.board import BoardModel
from stemkit.storage import catalogue, places
from stemkit.virtual import RunningBoard, running
from stemkit.virtual.control import ask
from stemkit.virtual.plan import BoardPlan
from stemkit.virtual.profile import Profile, make_unique_id
from stemkit.virtual.start import Started, find, free_names, start, stop
from stemkit.virtual.world import board_spec
from stemkit.words import N_


class UnknownModelError(UsageError):
    """No board of the catalogue has this id."""

    code = "unknown-model"
    message = N_("There is no kind of board “{model}”.")
    remedy = N_("Choose one of: {models}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `start_boards` is to start. Ranges: count 1-64, latency 0-1000 ms."""

    count: int = 1
    model: str = "esp32"
    blank: bool = False
    baud: int = 0
    """Rate of the console after a reset in bits a second; 0 takes the model's own."""
    latency_ms: float = 1.0
    paced: bool = True
    """False: bytes take no time, so that tests need not wait."""
    port: str = "pty"
    """`pty`, `socket` or `rfc2217`."""
    parts: tuple[str, ...] = ()
    """Parts of the kit (ids or names) that come first where two share a pin."""
    seed: int = 0
    """Of the chance in the boards' worlds."""
    speed: float = 1.0
    """Seconds that pass in a board's world in one of the computer's; 0: only where it waits."""


def start_boards(wanted: Wanted, *, detach: bool) -> Started:
    """Start boards and wait until they are up; they end with this process unless detached."""
    models = catalogue.boards()
    if wanted.model not in models:
        raise UnknownModelError(model=wanted.model, models=", ".join(models))
    folder = places.running_boards()
    names = free_names(folder, wanted.count)
    plans = [_plan(name, models[wanted.model], wanted) for name in names]
    return start(plans, folder, detach=detach)


def _plan(name: str, model: BoardModel, wanted: Wanted) -> BoardPlan:
    profile = Profile.of(model)
    return BoardPlan(
        name,
        profile,
        board_spec(model, make_unique_id(profile, name), wanted.parts).to_json(),
        wanted.baud,
        latency_ms=wanted.latency_ms,
        paced=wanted.paced,
        blank=wanted.blank,
        port=wanted.port,
        seed=wanted.seed,
        speed=wanted.speed,
    )


def list_boards() -> list[RunningBoard]:
    """The virtual boards that run now."""
    return running(places.running_boards())


def stop_boards(names: Sequence[str] | None) -> list[RunningBoard]:
    """End these boards, or all; returns those that were ended."""
    return stop(places.running_boards(), names)


def unplug(name: str) -> None:
    """Pull a board's cable."""
    _tell(name, "unplug")


def plug(name: str) -> RunningBoard:
    """Plug a board in again and return it with its port."""
    _tell(name, "plug")
    return find(places.running_boards(), name)


def _tell(name: str, op: str) -> None:
    board = find(places.running_boards(), name)
    ask(board.control, {"op": op, "board": name})
