"""The process that holds virtual boards: `python -m stemkit.virtual.supervisor`, plan on stdin.

It says `{"ready": ...}` on standard output when every board has booted (or is in its loader), and
takes requests on its control socket. When it ends, for whatever reason, the boards end with it:
they live on terminals whose other end it holds.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from stemkit.errors import StemkitError
from stemkit.formats.scenario import parse_scenario
from stemkit.virtual.board import VirtualBoard
from stemkit.virtual.control import ControlServer
from stemkit.virtual.esp import EspFamily
from stemkit.virtual.family import MicroPythonFamily
from stemkit.virtual.flash import FlashFile
from stemkit.virtual.hostport import HostPort, PtyPort
from stemkit.virtual.loop import Loop
from stemkit.virtual.microbit import MicrobitFamily
from stemkit.virtual.netport import Rfc2217Port, SocketPort
from stemkit.virtual.parts import LineFacts
from stemkit.virtual.plan import BoardPlan, Plan
from stemkit.virtual.poller import READABLE
from stemkit.virtual.process import require_micropython
from stemkit.virtual.rp2 import Rp2Family
from stemkit.virtual.state import RunningBoard, write_state
from stemkit.virtual.world import BoardSpec, World

_READY_WITHIN_S: Final = 60.0

FAMILIES: Final[dict[str, type[MicroPythonFamily]]] = {
    "esp": EspFamily,
    "rp2": Rp2Family,
    "microbit": MicrobitFamily,
}
"""Family of a board's profile to what imitates it."""


class Supervisor:
    """Boards by name, started from a plan."""

    def __init__(self, plan: Plan) -> None:
        self.loop = Loop()
        self.plan = plan
        self.folder = Path(tempfile.mkdtemp(prefix="stemkit-virtual-"))
        self.boards: dict[str, VirtualBoard] = {}
        self._telling = False
        self._numbers: dict[str, int] = {}
        self._state_path = Path(plan.state_folder) / f"{os.getpid()}.json"
        self.control = ControlServer(self.loop, self.folder / "control", self._request)

    def start(self) -> None:
        """Make all boards, plug them in and write down that they run."""
        for row in self.plan.boards:
            self.boards[row.name] = self._make(row)
            self.plug(row.name)
        self.write_state()

    def _make(self, row: BoardPlan) -> VirtualBoard:
        facts = LineFacts(row.baud or row.profile.baud, row.latency_ms / 1000.0, row.paced)
        kind = FAMILIES[row.profile.family]
        spec = BoardSpec.from_json(row.spec)
        scenario = parse_scenario(row.scenario.encode(), "scenario") if row.scenario else None
        board = VirtualBoard(
            self.loop,
            row.name,
            row.profile,
            facts,
            self.folder,
            lambda board: self._make_port(board, row.port),
            lambda: World(spec, scenario, row.seed, row.speed),
            self._changed,
        )
        flash = FlashFile(self.folder / f"{row.name}.flash", kind.flash_bytes(row.profile))
        family = kind(board, flash, spec.unique_id)
        family.network = row.network
        if not row.blank:
            family.install()
        board.family = family
        return board

    def _make_port(self, board: VirtualBoard, kind: str) -> HostPort:
        if kind == "pty":
            return PtyPort(self.loop, self.folder / board.name, board, board.facts.baud)
        # A board that comes back is under its old address.
        number = self._numbers.get(board.name, 0)
        port = (Rfc2217Port if kind == "rfc2217" else SocketPort)(self.loop, board, number)
        self._numbers[board.name] = port.number
        return port

    def plug(self, name: str) -> None:
        """Plug a board in."""
        self.boards[name].plug()

    def _changed(self) -> None:
        """A port or drive came or went: say so once, when all of it has happened."""
        if not self._telling:
            self._telling = True
            self.loop.soon(self.write_state)

    def write_state(self) -> None:
        """Tell others what runs now."""
        self._telling = False
        write_state(self._state_path, self.folder / "control", self.rows())

    def rows(self) -> list[RunningBoard]:
        """The boards as others see them."""
        return [
            RunningBoard(
                name=name,
                port=board.port.name if board.port is not None else "",
                model=board.profile.model,
                unique_id=board.family.unique_id.hex(),
                baud=board.facts.baud,
                drive=board.family.drive,
                control=str(self.folder / "control"),
                pid=os.getpid(),
            )
            for name, board in self.boards.items()
        ]

    def all_ready(self) -> bool:
        """Every board is as far as it comes by itself."""
        families = [board.family for board in self.boards.values()]
        return all(f.at_prompt or f.state not in ("off", "booting", "running") for f in families)

    def close(self) -> None:
        """End every board and remove what they left."""
        for board in self.boards.values():
            board.unplug()
        self.control.close()
        self._state_path.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _request(self, request: dict[str, Any]) -> dict[str, Any]:
        if request.get("op") == "stop":
            return self._stop(request.get("boards") or list(self.boards))
        board = self.boards.get(str(request.get("board")))
        if board is None:
            return {"error": "no-such-board"}
        handler = _REQUESTS.get(str(request.get("op")))
        if handler is None:
            return {"error": "no-such-request"}
        try:
            answer = handler(board, request)
        except StemkitError as error:
            return {"error": error.code, "fields": error.fields}
        except (ValueError, KeyError, TypeError) as error:
            return {"error": "bad-request", "reason": str(error)}
        self.write_state()
        return answer or {"ok": True}

    def _stop(self, names: list[str]) -> dict[str, Any]:
        for name in names:
            board = self.boards.pop(name, None)
            if board is not None:
                board.unplug()
        self.write_state()
        if not self.boards:
            self.loop.stop()
        return {"stopped": names}


def _plug(board: VirtualBoard, request: dict[str, Any]) -> None:
    board.plug()


def _unplug(board: VirtualBoard, request: dict[str, Any]) -> None:
    board.unplug()


def _reset(board: VirtualBoard, request: dict[str, Any]) -> None:
    if board.is_plugged:
        board.family.hard_reset()


def _bootsel(board: VirtualBoard, request: dict[str, Any]) -> None:
    if board.is_plugged:
        board.family.enter_loader()


def _fault(board: VirtualBoard, request: dict[str, Any]) -> None:
    board.faults.ask(request["values"])
    board.family.flash.wear_out(board.faults.flash_fails)


def _set(board: VirtualBoard, request: dict[str, Any]) -> None:
    for quantity, value in request["values"].items():
        _world(board).set(quantity, value)
    board.world_changed()


def _look(board: VirtualBoard, request: dict[str, Any]) -> dict[str, Any]:
    world = _world(board)
    return {
        "board": board.name,
        "state": board.family.state,
        "values": world.values(),
        "outputs": world.outputs(),
    }


def _world(board: VirtualBoard) -> World:
    if not (board.is_plugged and isinstance(board.world, World)):
        raise ValueError("unplugged")
    board.world.look_at(int(board.loop.now_s() * 1e6))
    return board.world


def _state(board: VirtualBoard, request: dict[str, Any]) -> dict[str, Any]:
    return {"state": board.family.state}


_REQUESTS: Final[dict[str, Callable[[VirtualBoard, dict[str, Any]], dict[str, Any] | None]]] = {
    "plug": _plug,
    "unplug": _unplug,
    "reset": _reset,
    "bootsel": _bootsel,
    "fault": _fault,
    "set": _set,
    "look": _look,
    "state": _state,
}


def main() -> int:
    """Run until told to stop, or until the starter is gone."""
    plan = Plan.from_json(json.loads(sys.stdin.readline()))
    # Loaded once, here: the boards' processes share it.
    require_micropython()
    supervisor = Supervisor(plan)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.loop.stop())
    try:
        supervisor.start()
        _say_when_ready(supervisor)
        if plan.stop_with_stdin:
            _watch_starter(supervisor.loop)
        # The children share our memory until somebody writes to it.
        gc.collect()
        gc.freeze()
        supervisor.loop.run()
    finally:
        supervisor.close()
    Path(plan.log).unlink(missing_ok=True)
    return 0


def _say_when_ready(supervisor: Supervisor) -> None:
    deadline_s = supervisor.loop.now_s() + _READY_WITHIN_S
    while not supervisor.all_ready() and supervisor.loop.now_s() < deadline_s:
        supervisor.loop.step(1.0)
    ready = {"ready": supervisor.all_ready(), "boards": [row.name for row in supervisor.rows()]}
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()


def _watch_starter(loop: Loop) -> None:
    fd = sys.stdin.fileno()

    def changed(what: int) -> None:
        if what & READABLE:
            try:
                gone = os.read(fd, 4096) == b""
            except BlockingIOError:
                return
            if gone:
                loop.stop()

    loop.watch(fd, changed)
    changed(READABLE)


if __name__ == "__main__":
    sys.exit(main())
