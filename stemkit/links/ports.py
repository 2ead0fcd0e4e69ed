"""The serial ports of this computer that a board could be behind."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from stemkit.links.bridges import bridge_of
from stemkit.wire.harmless import harmless_text


@dataclass(frozen=True, slots=True)
class Port:
    """A USB serial port as the system lists it."""

    device: str
    """What is opened: `/dev/ttyUSB0`, `/dev/cu.usbserial-10`, `COM3`."""
    vid: int
    pid: int
    bridge: str
    """The chip between cable and board: `CP210x`, `CH340`, ..., or `native USB`."""
    serial_number: str = ""
    """USB serial number; many CH340 adapters have none, so it does not name a board."""
    product: str = ""
    manufacturer: str = ""
    location: str = ""
    """Which USB socket: stays the same when the board is plugged in again."""


Lister = Callable[[], Iterable[Any]]
"""Gives objects with pyserial's `ListPortInfo` attributes."""


def system_ports() -> Iterable[Any]:
    """What pyserial finds on this system."""
    from serial.tools.list_ports import comports

    found: Iterable[Any] = comports()
    return found


def list_ports(lister: Lister = system_ports) -> list[Port]:
    """USB serial ports in natural order (`COM9` before `COM10`).

    Built-in, Bluetooth and other ports without USB numbers are left out: no kit board is there,
    and opening some of them hangs.
    """
    ports = [_port(info) for info in lister() if info.vid is not None]
    return sorted(ports, key=lambda port: natural(port.device))


def usb_numbers(device: str, lister: Lister = system_ports) -> tuple[int | None, int | None]:
    """USB vendor and product number of a port; (None, None) where it has none or is not listed."""
    if "://" in device or device.startswith("/dev/pts/"):
        return None, None
    wanted = os.path.realpath(device) if device.startswith("/") else device.upper()
    for info in lister():
        listed = info.device if info.device.startswith("/") else info.device.upper()
        if listed == wanted:
            return info.vid, info.pid
    return None, None


def natural(text: str) -> list[tuple[int, str]]:
    """A sort key that takes runs of digits as numbers."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)
    ]


def _port(info: Any) -> Port:
    return Port(
        device=info.device,
        vid=info.vid,
        pid=info.pid,
        bridge=bridge_of(info.vid, info.pid),
        serial_number=_told(info.serial_number),
        product=_told(info.product),
        manufacturer=_told(info.manufacturer),
        location=_told(info.location),
    )


def _told(text: str | None) -> str:
    """A device's own text without what could steer a terminal."""
    return harmless_text(text or "").strip()
