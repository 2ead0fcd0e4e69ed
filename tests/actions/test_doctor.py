"""What the doctor finds on computers with one thing wrong each."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from stemkit.actions.boards.listing import Around, Board, State
from stemkit.actions.doctor import Computer, Finding, Severity, examine, findings
from stemkit.actions.doctor.findings import Kind
from stemkit.actions.doctor.look_at_boards import look_at_board
from stemkit.actions.doctor.report import report
from stemkit.links.errors import (
    PortBusyError,
    PortHeldError,
    PortMissingError,
    PortPermissionError,
)
from stemkit.links.usb import UsbDevice
from stemkit.model.link import Link
from stemkit.model.recording import RecordingMeta, RecordingState
from stemkit.storage.recordings import RecordingWriter, folder_for
from stemkit.storage.unfinished import UnfinishedBoards
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


@pytest.mark.parametrize(("model", "first"), [("esp32", "“stemkit firmware fetch esp32”"),
                                              ("microbit-v2", ""), (None, "")])  # fmt: skip
def test_a_blank_board_needs_firmware_in_the_store_first(
    computer: Computer, model: str | None, first: str
) -> None:
    [blank] = look_at_board(computer, Board("b1", port="b1", model=model, state=State.BLANK))
    assert blank.remedy_told().endswith(": stemkit flash b1")
    assert ("firmware fetch" in blank.remedy_told()) is bool(first)
    assert first in blank.remedy_told()


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


def test_a_computer_whose_clock_began_anew(computer: Computer) -> None:
    found = only(replace(computer, today=lambda: date(2015, 1, 1)), "clock-wrong")
    assert found.kind.severity is Severity.PROBLEM
    assert "2015-01-01" in found.told()


def test_a_flash_that_was_interrupted(computer: Computer) -> None:
    UnfinishedBoards(computer.home / "unfinished").set("aabbcc", "ttyUSB3", "esp32.bin")
    found = only(computer, "flash-unfinished")
    assert "stemkit flash ttyUSB3" in found.remedy_told()


def test_a_recording_that_was_interrupted_and_one_that_runs(computer: Computer) -> None:
    meta = RecordingMeta(name="swing", started="2026-11-22T08:00:00+07:00")
    for name in ("swing", "running-7"):
        folder = folder_for(computer.home / "recordings", name)
        writer = RecordingWriter(folder, replace(meta, name=name))
        if name == "swing":
            writer.close()
            folder.write_meta(replace(meta, state=RecordingState.RECORDING))
    found = only(computer, "recording-unfinished")
    writer.close()
    assert "swing" in found.told()
    assert "running-7" not in found.told()


def test_a_kit_file_that_cannot_be_read(computer: Computer) -> None:
    (computer.home / "kit.json").write_text("{")
    assert "kit.json" in only(computer, "file-unreadable").told()


def test_the_report_tells_of_nobody(
    computer: Computer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "nguyenthilan")
    monkeypatch.setattr("socket.gethostname", lambda: "MAY-CUA-LAN")
    monkeypatch.setenv("HOME", "/home/nguyenthilan")
    faults = tmp_path / "reports"
    faults.mkdir()
    (faults / "20261122-080000-1.txt").write_text(
        "stemkit 0.1.0\ncommand: stemkit watch --record Tran-Van-An\n\n"
        'File "/home/nguyenthilan/bai.py" on MAY-CUA-LAN by nguyenthilan\nValueError: 3\n'
    )
    folder_for(tmp_path / "recordings", "le-thi-hoa").path.mkdir(parents=True)
    found = list(examine(computer))
    text = report(found, computer)
    for name in ("nguyenthilan", "MAY-CUA-LAN", "Tran-Van-An", "le-thi-hoa", "/home"):
        assert name not in text
    assert "ValueError: 3" in text
    assert "command: stemkit watch" in text
    assert "problem no-board" in text
    assert "python 3." in text


def test_a_report_of_boards_tells_the_end_of_their_ids(
    virtual_boards: StartBoards, tmp_path: Path
) -> None:
    board = virtual_boards(1, model="pico")[0]
    done = subprocess.run(
        [sys.executable, "-m", "stemkit", "doctor", "--report", "out.txt"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    text = (tmp_path / "out.txt").read_text("utf-8")
    assert board.unique_id not in text
    assert f"id=…{board.unique_id[-4:]}" in text
    assert "model=pico" in text
    assert "out.txt" in done.stderr
