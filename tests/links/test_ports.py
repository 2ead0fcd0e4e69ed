"""Listing ports, from what three systems answer."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from stemkit.links.bridges import bridge_of, rests_with_dtr
from stemkit.links.ports import list_ports, natural, usb_numbers


@dataclass
class Answer:
    """One row of the system's list, as pyserial gives it."""

    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    product: str | None = None
    manufacturer: str | None = None
    location: str | None = None


LINUX = [
    Answer("/dev/ttyS0"),
    Answer("/dev/ttyUSB10", 0x1A86, 0x7523, None, "USB Serial", None, "1-1.4"),
    Answer("/dev/ttyUSB2", 0x10C4, 0xEA60, "0001", "CP2102 USB to UART", "Silicon Labs", "1-1.3"),
    Answer("/dev/ttyACM0", 0x2E8A, 0x0005, "e6614c311b7e6f35", "Board in FS mode", "MicroPython"),
]
WINDOWS = [
    Answer("COM10", 0x1A86, 0x55D4, "5435", None, "wch.cn", "1-2"),
    Answer("COM3", 0x0403, 0x6001, "A50285BIA"),
    Answer("COM1"),
]
MACOS = [
    Answer("/dev/cu.Bluetooth-Incoming-Port"),
    Answer("/dev/cu.usbmodem14102", 0x0D28, 0x0204, "9904360249", "BBC micro:bit CMSIS-DAP", "Arm"),
]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            LINUX,
            [
                ("/dev/ttyACM0", "native USB"),
                ("/dev/ttyUSB2", "CP210x"),
                ("/dev/ttyUSB10", "CH340"),
            ],
        ),
        (WINDOWS, [("COM3", "FT232R"), ("COM10", "CH9102")]),
        (MACOS, [("/dev/cu.usbmodem14102", "DAPLink")]),
    ],
    ids=["linux", "windows", "macos"],
)
def test_usb_ports_in_natural_order(answers: list[Answer], expected: list[tuple[str, str]]) -> None:
    assert [(p.device, p.bridge) for p in list_ports(lambda: answers)] == expected


def test_a_port_without_a_serial_number_has_an_empty_one() -> None:
    assert list_ports(lambda: LINUX)[2].serial_number == ""


def test_a_product_name_cannot_steer_the_terminal() -> None:
    hostile = Answer("/dev/ttyACM0", 1, 2, "12\x1b[31m", "na\x00me\u202e")
    (port,) = list_ports(lambda: [hostile])
    assert (port.serial_number, port.product) == ("12", "na�me�")


def test_usb_numbers_of_a_named_port() -> None:
    assert usb_numbers("com3", lambda: WINDOWS) == (0x0403, 0x6001)
    assert usb_numbers("/dev/ttyACM0", lambda: LINUX) == (0x2E8A, 5)
    assert usb_numbers("/dev/ttyUSB9", lambda: LINUX) == (None, None)
    assert usb_numbers("socket://host:1", lambda: LINUX) == (None, None)


@pytest.mark.parametrize(
    ("vid", "pid", "bridge", "dtr"),
    [
        (0x10C4, 0xEA60, "CP210x", False),
        (0x1A86, 0x7523, "CH340", False),
        (0x303A, 0x1001, "native USB", False),
        (0x303A, 0x4001, "native USB", True),
        (0x2E8A, 0x0005, "native USB", True),
        (0x0D28, 0x0204, "DAPLink", True),
        (None, None, "", False),
    ],
)
def test_lines_rest_where_the_board_needs_them(
    vid: int | None, pid: int | None, bridge: str, dtr: bool
) -> None:
    assert bridge_of(vid, pid) == bridge
    assert rests_with_dtr(vid, pid) is dtr


def test_natural_order() -> None:
    names = ["COM10", "COM9", "v10", "v2", "ttyUSB1b", "ttyUSB1"]
    assert sorted(names, key=natural) == ["COM9", "COM10", "ttyUSB1", "ttyUSB1b", "v2", "v10"]
