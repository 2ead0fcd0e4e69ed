"""What a board is known by when it comes back, and where it is then."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stemkit.actions.boards.listing import Board
from stemkit.actions.stream.address import BoardAddress
from stemkit.links.ports import Port, list_ports
from stemkit.storage import places
from stemkit.virtual import RunningBoard, running


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where boards are looked for."""

    ports: Callable[[], Sequence[Port]] = list_ports
    virtual: Callable[[], Sequence[RunningBoard]] = field(
        default=lambda: running(places.running_boards())
    )

    def addresses(self, boards: Sequence[Board]) -> list[BoardAddress]:
        """How each board will be recognised; names that two boards share become their ports."""
        ports = {port.device: port for port in self.ports()}
        names = [_short(board.name) for board in boards]
        found = []
        for board, short in zip(boards, names, strict=True):
            name = short if names.count(short) == 1 else board.port
            number = board.kit_number
            shown = str(number) if number is not None else name
            identity = _identity(board, ports.get(_device(board.port)), list(ports.values()))
            found.append(
                BoardAddress(
                    shown, board.port, identity, board.unique_id, board.model or "", board.baud
                )
            )
        return found

    def whereabouts(self, board: BoardAddress, in_use: Container[str] = ()) -> str | None:
        """Where the board is now, None while it is away; other boards' ports are `in_use`."""
        kind, _, value = board.identity.partition(":")
        if kind == "virtual":
            return next((b.port for b in self.virtual() if b.unique_id == value and b.port), None)
        if kind == "usb":
            return next((p.device for p in self.ports() if _usb(p) == value), None)
        if kind == "place":
            return self._near(value, in_use)
        return board.port

    def _near(self, place: str, in_use: Container[str]) -> str | None:
        """In its USB socket; else the only free adapter of its kind: put into another socket."""
        ports = [port for port in self.ports() if port.device not in in_use]
        same = [port for port in ports if _place(port) == place]
        kind = place.partition("@")[0]
        alike = [port for port in ports if _place(port).partition("@")[0] == kind]
        found = same or (alike if len(alike) == 1 else [])
        return found[0].device if found else None


def _short(name: str) -> str:
    # A port that was named by its whole path is called as in the list of boards: `ttyUSB0`.
    return name.rpartition("/")[2] or name if name.startswith("/") else name


def _identity(board: Board, port: Port | None, ports: Sequence[Port]) -> str:
    if board.virtual and board.unique_id:
        return f"virtual:{board.unique_id}"
    if port is None:
        return ""
    # Cheap adapters all have the same serial number, or none: then the USB socket tells.
    if port.serial_number and [_usb(p) for p in ports].count(_usb(port)) == 1:
        return f"usb:{_usb(port)}"
    return f"place:{_place(port)}" if port.location else ""


def _usb(port: Port) -> str:
    return f"{port.vid:04x}/{port.pid:04x}/{port.serial_number}" if port.serial_number else ""


def _place(port: Port) -> str:
    return f"{port.vid:04x}/{port.pid:04x}@{port.location}"


def _device(port: str) -> str:
    # /dev/serial/by-id/... is a link to the device that the system lists.
    return str(Path(port).resolve()) if port.startswith("/dev/") else port
