"""A kind of board: everything about it that other code needs, as read from its data file."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from stemkit.model.chip import Family
from stemkit.model.text import Text


class ImageFormat(enum.StrEnum):
    """How a firmware image for the board is written down."""

    ESP = "esp"
    UF2 = "uf2"
    HEX = "hex"


class FilesystemKind(enum.StrEnum):
    """Where the place of the file system comes from."""

    PARTITION = "partition"
    """The partition `label` of the table at `table_offset`. Without such an entry (MicroPython 1.26
    and later) it reaches from the end of the last partition to the end of the flash."""
    FIXED = "fixed"
    """Always at `offset`."""
    MICROBIT = "microbit"
    """The micro:bit's own small file system; it is written through its prompt or in its hex."""


class UsbRole(enum.StrEnum):
    """What answers on the USB cable."""

    BRIDGE = "bridge"
    """A USB-serial chip beside the microcontroller: always there, resets and flashes too."""
    NATIVE = "native"
    """The microcontroller itself while MicroPython runs."""
    LOADER = "loader"
    """The microcontroller's boot loader (serial or drive)."""


@dataclass(frozen=True, slots=True)
class Image:
    """What a firmware image for this board must be."""

    format: ImageFormat
    offset: int | None
    """Flash address in bytes at which a whole ESP image is written; None for UF2 and hex."""
    esp_chip_id: int | None
    """`chip_id` of the ESP image header; None where the format has none."""
    uf2_families: tuple[int, ...]
    """Family ids that its UF2 blocks may have; empty for other formats."""
    hex_board_ids: tuple[int, ...]
    """Board ids of its part of a micro:bit universal hex; empty for other formats."""


@dataclass(frozen=True, slots=True)
class Filesystem:
    """Place and shape of the board's file system in its flash, for official MicroPython."""

    kind: FilesystemKind
    type: str
    """`littlefs2`, or `microbit` for the micro:bit's own."""
    offset: int
    """Flash address in bytes (ESP: with the official partition table; UF2: from flash start)."""
    bytes: int
    block_bytes: int
    progsize_bytes: int
    """littlefs program and read size that the port mounts it with; 0 for the micro:bit's own."""
    label: str
    """Name of the partition; empty where there is no table."""
    table_offset: int
    """Flash address of the partition table; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Firmware:
    """How the official MicroPython for this board is called."""

    name: str
    """Board name in the file names of micropython.org: `ESP32_GENERIC`."""
    extension: str
    """`.bin`, `.uf2` or `.hex`."""
    machines: tuple[str, ...]
    """What `sys.implementation._machine` says when it runs, in its versions; empty where that is
    the same as another board's."""
    mcus: tuple[str, ...]
    """What stands after the last ` with ` there, whatever build it is: `ESP32`, `RP2040`."""
    page: str
    """Where its builds are listed for people."""


@dataclass(frozen=True, slots=True)
class UsbId:
    """A USB identity under which the board is seen."""

    vid: int
    pid: int
    role: UsbRole
    chip: str
    """The bridge chip (`CP2102`), or the chip itself for native USB."""


@dataclass(frozen=True, slots=True)
class Serial:
    """The board's console as the host meets it."""

    native_usb: bool
    """The usual cable ends at the chip itself and the baud rate means nothing (a board may have a
    bridge too: `usb` tells which one a port is). False: a UART behind a bridge."""
    baud: int
    """Rate of the prompt after a reset, in bits a second."""
    receive_ring_bytes: int
    """Bytes that MicroPython holds for a program that does not read. More are lost on a UART, while
    native USB makes the host wait."""
    runtime_baud: bool
    """A program can change the console's rate (`machine.UART(0, baudrate=)`)."""
    flash_bauds: tuple[int, ...]
    """Rates to try when firmware is written, fastest first; empty where there is no such rate."""


@dataclass(frozen=True, slots=True)
class Ram:
    """Memory of the board, in bytes."""

    total_bytes: int
    heap_bytes: int
    """MicroPython's heap just after the start, about; a guide for budgets, not a promise."""
    upload_bytes: int
    """The most that an upload may use of it at once."""


@dataclass(frozen=True, slots=True)
class Pins:
    """The pins that a person can reach, and what must be known about them."""

    labels: Mapping[str, int]
    """What is printed on the board to GPIO number (nRF: port 1 counts from 32)."""
    named: Mapping[str, str]
    """Pins without a GPIO of the chip, known by name (`A0`, Pico W's `LED`), to `adc` or `out`."""
    adc: tuple[int, ...]
    """GPIOs that can measure a voltage with `machine.ADC`."""
    input_only: tuple[int, ...]
    reserved: tuple[int, ...]
    """GPIOs used by flash or memory: never to be given to a program."""
    strapping: tuple[int, ...]
    """GPIOs that choose the boot mode: a sensor there can keep the board from starting."""


@dataclass(frozen=True, slots=True)
class Wired:
    """Where a part of the kit is connected: its signals (`data`, `sda`, `trig`) to GPIOs."""

    name: str
    """What programs call it: the part's id, or its own name where there are two (`button_a`)."""
    sensor: str
    """Id of a `SensorModel`."""
    signals: Mapping[str, int | str]
    """Signal name to GPIO, or to the name of a pin that has no GPIO of its own (Pico W `LED`)."""
    onboard: bool
    """Soldered on the board; else where the kit's lessons plug it in."""
    facts: Mapping[str, int]
    """Further numbers for the driver: `address`, `count` of pixels, `active_low` (0 or 1)."""


@dataclass(frozen=True, slots=True)
class BoardModel:
    """A kind of board. `id` is the name of its data file and of the board in commands."""

    id: str
    name: Text
    family: Family
    chip: str
    """A name of `stemkit.model.chip.CHIPS`."""
    loader: str
    """`esp`, `uf2` or `microbit`: which loader writes its firmware."""
    flash_bytes: int
    image: Image
    filesystem: Filesystem
    firmware: Firmware
    usb: tuple[UsbId, ...]
    serial: Serial
    ram: Ram
    pins: Pins
    wiring: tuple[Wired, ...]
    drive: str
    """Label of the drive that its loader shows (`RPI-RP2`, `MICROBIT`); empty: it shows none."""
    enter_loader: Text
    """How a person brings it into its loader."""
    reset: Text
    """How a person restarts it."""
    sources: Mapping[str, tuple[str, ...]]
    """Fact (dotted path in the data file, or a table of them) to the places that say so."""
    unverified: Mapping[str, str]
    """Fact to the reason why no source could be named for it."""

    def wired(self, sensor: str) -> Wired | None:
        """Where the part (an id or a name) is: soldered on, else the kit's place, else None."""
        found = [w for w in self.wiring if sensor in (w.name, w.sensor)]
        return min(found, key=lambda w: not w.onboard, default=None)
