"""What an operating system could answer when it is asked for ports and drives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from stemkit.actions.boards.listing import Around
from stemkit.links import open_link
from stemkit.links.bridges import bridge_of
from stemkit.links.drives import Drive
from stemkit.links.ports import Port
from stemkit.model.link import Link
from stemkit.virtual import RunningBoard


def port(device: str, vid: int, pid: int, serial_number: str = "") -> Port:
    return Port(device, vid, pid, bridge_of(vid, pid), serial_number)


CP2102 = port("/dev/ttyUSB0", 0x10C4, 0xEA60, "0001")
PICO = port("/dev/ttyACM0", 0x2E8A, 0x0005, "E6614C311B7E6F35")
MICROBIT = port("COM4", 0x0D28, 0x0204, "9904360254174E450032301F0000000A000000009796990B")
MODEM = port("/dev/ttyUSB3", 0x12D1, 0x1506)
S3 = port("/dev/ttyACM1", 0x303A, 0x1001, "F4:12:FA:01:02:03")

MICROBIT_DRIVE = Drive(Path("E:/"), "microbit", "9904", "", MICROBIT.serial_number.lower())
PICO_DRIVE = Drive(Path("/media/lan/RPI-RP2"), "uf2", "RPI-RP2", "Raspberry Pi RP2", "")


def around(
    ports: Sequence[Port] = (),
    drives: Sequence[Drive] = (),
    virtual: Sequence[RunningBoard] = (),
    opener: Callable[[str, int], Link] = open_link,
) -> Around:
    return Around(lambda: ports, lambda: list(drives), lambda: virtual, opener)
