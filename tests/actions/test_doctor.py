"""What the doctor finds on computers with one thing wrong each."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from stemkit.actions.boards import Around
from stemkit.actions.doctor import Computer, Finding, Severity, examine, findings
from stemkit.actions.doctor.findings import Kind
from stemkit.links.errors import (
    PortBusyError,
    PortHeldError,
    PortMissingError,
    PortPermissionError,
)
from stemkit.links.usb import UsbDevice
from stemkit.model.link import Link
from stemkit.words import set_language
from tests.conftest import StartBoards

from .fake_system import CP2102, MODEM, PICO_DRIVE, around
from .test_boards import Esp

CH340 = UsbDevice(0x1A86, 0x7523, "USB Serial")
HEALTHY = {"system", "disk", "store-empty", "virtual"}


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    """A computer with nothing attached and nothing wrong."""
    return Computer(
        around=around(),
        system="Linux",
        release="6.1.0",
        usb=lambda: [UsbDevice(0x046D, 0xC077, "USB Mouse")],
        programs=frozenset,
        unmounted=list,
        free_bytes=lambda path: 5_000_000_000,
        in_group=lambda group: False,
        home=tmp_path,
        store=tmp_path / "firmware",
    )


def codes(computer: Computer) -> set[str]:
    return {finding.kind.code for finding in examine(computer)} - HEALTHY


def only(computer: Computer, code: str) -> Finding:
    (found,) = [finding for finding in examine(computer) if finding.kind.code == code]
    return found


def test_no_board(computer: Computer) -> None:
    found = only(computer, "no-board")
    assert found.kind.severity is Severity.PROBLEM
    assert "cable" in found.told()
    assert codes(computer) == {"no-board"}


def test_a_virtual_board_that_answers(computer: Computer, virtual_boards: StartBoards) -> None:
    virtual_boards()
    with_virtual = replace(computer, around=replace(computer.around, virtual=Around().virtual))
    assert codes(with_virtual) == {"answers"}


def test_a_board_without_driver(computer: Computer) -> None:
    computer = replace(computer, usb=lambda: [CH340])
    assert "sudo modprobe ch341" in only(computer, "no-driver").remedy_told()
    windows = replace(computer, system="Windows")
    assert "CH341SER" in only(windows, "no-driver").remedy_told()
    assert "no-board" not in codes(windows)


def test_two_of_a_kind_and_one_port(computer: Computer) -> None:
    cp2102 = UsbDevice(0x10C4, 0xEA60, "CP2102")
    busy = PortBusyError(port="x")
    system = around([CP2102], opener=failing(busy))
    one = replace(computer, usb=lambda: [cp2102], around=system)
    assert "no-driver" not in codes(one)
    assert "no-driver" in codes(replace(one, usb=lambda: [cp2102, cp2102]))


def failing(error: Exception) -> object:
    def fail(port: str, baud: int) -> Link:
        raise error

    return fail


def test_brltty(computer: Computer) -> None:
    running = replace(computer, programs=lambda: frozenset({"brltty"}))
    assert only(running, "brltty").kind.severity is Severity.NOTE
    taken = replace(running, usb=lambda: [CH340])
    assert only(taken, "brltty-takes-board").kind.severity is Severity.PROBLEM
    assert "no-driver" not in codes(taken)


def test_modem_manager_and_windows_subsystem(computer: Computer) -> None:
    found = codes(
        replace(
            computer,
            programs=lambda: frozenset({"ModemManager"}),
            release="5.15.90.1-microsoft-standard-WSL2",
        )
    )
    assert {"modem-manager", "wsl"} <= found


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PortPermissionError(port="/dev/ttyUSB0", group="dialout", user="lan"), "port-permission"),
        (PortHeldError(port="/dev/ttyUSB0", program="Thonny", pid=7), "port-busy"),
        (PortMissingError(port="/dev/ttyUSB0"), "no-such-port"),
    ],
)
def test_a_port_that_cannot_be_opened(computer: Computer, error: Exception, code: str) -> None:
    found = only(replace(computer, around=around([CP2102], opener=failing(error))), code)
    assert found.kind.severity is Severity.PROBLEM
    assert found.board == "ttyUSB0"
    assert found.remedy_told()


def test_a_new_member_must_log_in_again(computer: Computer) -> None:
    error = PortPermissionError(port="/dev/ttyUSB0", group="dialout", user="lan")
    system = around([CP2102], opener=failing(error))
    found = only(
        replace(computer, around=system, in_group=lambda g: g == "dialout"), "group-not-yet"
    )
    assert "Log out" in found.remedy_told()


@pytest.mark.parametrize(
    ("prints", "answers", "code"),
    [
        (b"", False, "no-answer"),
        (b"", True, "waits-for-firmware"),
        (b"Temp: 23.5\r\n", False, "board-not-micropython"),
        (b"ets Jul 29 2019\r\ninvalid header: 0xffffffff\r\n", False, "board-empty"),
    ],
)
def test_boards_that_do_not_answer(
    computer: Computer, prints: bytes, answers: bool, code: str
) -> None:
    assert codes(replace(computer, around=Esp(prints, answers).around())) == {code}


def test_drives(computer: Computer) -> None:
    assert codes(replace(computer, around=around([], [PICO_DRIVE]))) == {"waits-for-firmware"}
    unmounted = replace(computer, unmounted=lambda: [("RPI-RP2", "/dev/sdb1")])
    assert "/dev/sdb1" in only(unmounted, "drive-not-mounted").remedy_told()


def test_a_modem_is_left_alone(computer: Computer) -> None:
    found = codes(replace(computer, around=around([MODEM], opener=failing(AssertionError()))))
    assert found == {"other-device", "no-board"}


def test_disk_and_folder(computer: Computer, tmp_path: Path) -> None:
    low = replace(computer, free_bytes=lambda path: 12_345_678)
    assert "12 MB" in only(low, "disk-low").told()
    (tmp_path / "file").write_text("")
    closed = replace(computer, home=tmp_path / "file" / "stemkit")
    assert only(closed, "folder-not-writable")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_kind_can_be_told(language: str) -> None:
    kinds = [value for value in vars(findings).values() if isinstance(value, Kind)]
    assert len(kinds) > 20
    names = re.findall(r"{(\w+)", "".join(kind.message + kind.remedy for kind in kinds))
    fields: dict[str, object] = dict.fromkeys(names, 7)
    set_language(language)
    for kind in kinds:
        found = Finding(kind, fields)
        assert found.told()
        assert bool(found.remedy_told()) == (kind.severity is not Severity.FINE)
