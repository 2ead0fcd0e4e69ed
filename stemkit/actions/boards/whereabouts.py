"""Find a board again that restarted under another port or drive."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from stemkit.actions.boards.listing import Around, Board
from stemkit.links.bridges import DAPLINK, ESPRESSIF, NATIVE_USB
from stemkit.links.drives import Drive, read_drive
from stemkit.links.ports import Port


class Claims:
    """Ports and drives that belong to a board of this session: no other board takes them."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._taken = set(taken)

    def take(self, names: Iterable[str]) -> str:
        """The first of `names` that nobody has, now taken; "" where there is none."""
        with self._lock:
            for name in names:
                if name and name not in self._taken:
                    self._taken.add(name)
                    return name
        return ""

    def take_all(self, names: Iterable[str]) -> None:
        """These belong to boards that are known."""
        with self._lock:
            self._taken.update(name for name in names if name)

    def release(self, name: str) -> None:
        """The port or drive has gone: whoever has that name next is another board."""
        with self._lock:
            self._taken.discard(name)


@dataclass
class Whereabouts:
    """Where one board is, by what does not change: its virtual name, or its USB socket.

    Where neither is known (a Pico that was plugged in as a drive), it is what appears and belongs
    to nobody else.
    """

    board: Board
    around: Around
    claims: Claims
    socket: str = ""
    adapter: str = ""
    """Names the USB adapter across sessions; empty where nothing does."""
    _port: str = field(default="", repr=False)
    _drive: str = field(default="", repr=False)
    _named_drive: bool = field(default=False, repr=False)
    """Its drive is a folder that a person named, where no drive of the system is mounted."""

    def __post_init__(self) -> None:
        self._port, self._drive = self.board.port, self.board.drive
        if self.board.virtual or "://" in self.board.port:
            return  # nothing of USB is known of these
        listed = {str(drive.folder) for drive in self.around.drives()}
        self._named_drive = bool(self._drive) and self._drive not in listed
        found = next((p for p in self._ports() if p.device == self.board.port), None)
        if found is not None:
            self.socket = _socket(found)
            self.adapter = adapter_of(found)

    def port(self) -> str:
        """Its port now; "" while it has none."""
        if self.board.virtual:
            return next((b.port for b in self.around.virtual() if b.name == self.board.name), "")
        if not self._usb():
            return self.board.port
        devices = {port.device: port for port in self._ports()}
        if self._port in devices:
            return self._port
        self.claims.release(self._port)
        here = [name for name, port in devices.items() if self.socket == _socket(port) != ""]
        self._port = here[0] if here else self._claimed_port(devices.values())
        return self._port

    def drive(self) -> Path | None:
        """The folder of its drive now; None while it shows none."""
        if self.board.virtual:
            found = [b.drive for b in self.around.virtual() if b.name == self.board.name]
            return Path(found[0]) if found and found[0] else None
        if self._named_drive:
            return Path(self._drive) if read_drive(Path(self._drive)) else None
        drives = {str(drive.folder): drive for drive in self.around.drives()}
        if self._drive not in drives:
            self.claims.release(self._drive)
            self._drive = self.claims.take(
                name for name, drive in drives.items() if self._may_be(drive)
            )
        return Path(self._drive) if self._drive else None

    def _usb(self) -> bool:
        """Whether the board was seen on USB: a URL or a hand-written path only has its name."""
        return bool(self.socket) or not self.board.port

    def _claimed_port(self, ports: Iterable[Port]) -> str:
        if self.socket:
            return ""
        wanted = DAPLINK if self.board.is_microbit else NATIVE_USB
        return self.claims.take(
            port.device for port in ports if port.bridge == wanted and port.vid != ESPRESSIF
        )

    def _may_be(self, drive: Drive) -> bool:
        return drive.kind == ("microbit" if self.board.is_microbit else "uf2")

    def _ports(self) -> list[Port]:
        return list(self.around.ports())


def adapter_of(port: Port) -> str:
    """What names a USB adapter across sessions: its serial number, else its socket; or ""."""
    mark = port.serial_number or _socket(port)
    return f"{port.vid:04x}:{port.pid:04x}:{mark}" if mark else ""


def _socket(port: Port) -> str:
    # "1-1.4:1.0" is interface 0 of the device in socket 1-1.4; another firmware numbers them anew.
    return port.location.partition(":")[0]
