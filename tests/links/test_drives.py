"""Drives that are boards, from their own text files and from what a system says is mounted."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.links.drives import Drive, linux_roots, list_drives, read_drive, read_fields

PICO = b"UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"
PICO2 = b"UF2 Bootloader v1.0\nModel: Raspberry Pi RP2350\nBoard-ID: RP2350\n"
MICROBIT = (
    b"# DAPLink Firmware - see https://mbed.com/daplink\r\n"
    b"Unique ID: 9904360254174e450032301f0000000a000000009796990b\r\n"
    b"HIC ID: 9796990b\r\nAuto Reset: 1\r\nAutomation allowed: 0\r\nOverflow detection: 0\r\n"
    b"Daplink Mode: Interface\r\nInterface Version: 0255\r\nUSB Interfaces: MSD, CDC, HID\r\n"
)


def drive(folder: Path, name: str, text: bytes) -> Path:
    folder.mkdir(parents=True)
    (folder / name).write_bytes(text)
    return folder


def test_boards_among_other_drives(tmp_path: Path) -> None:
    pico = drive(tmp_path / "RPI-RP2", "INFO_UF2.TXT", PICO)
    pico2 = drive(tmp_path / "RP2350", "INFO_UF2.TXT", PICO2)
    microbit = drive(tmp_path / "MICROBIT", "DETAILS.TXT", MICROBIT)
    (tmp_path / "STICK").mkdir()
    nucleo = drive(tmp_path / "NODE", "DETAILS.TXT", MICROBIT.replace(b"9904", b"0710", 1))
    fake = drive(tmp_path / "FAKE", "INFO_UF2.TXT", b"holiday pictures")
    folders = [microbit, pico, pico2, nucleo, fake, tmp_path / "STICK", tmp_path / "gone"]
    unique_id = "9904360254174e450032301f0000000a000000009796990b"
    assert list_drives(lambda: folders) == [
        Drive(microbit, "microbit", "9904", "", unique_id),
        Drive(pico2, "uf2", "RP2350", "Raspberry Pi RP2350", ""),
        Drive(pico, "uf2", "RPI-RP2", "Raspberry Pi RP2", ""),
    ]


def test_a_hostile_file_is_read_in_part_and_cannot_steer_the_terminal(tmp_path: Path) -> None:
    text = b"Board-ID: x\x1b[2J\nModel: \x1b]0;title\x07y\n" + b"z" * 10_000_000
    found = read_drive(drive(tmp_path / "d", "INFO_UF2.TXT", text))
    assert found is not None
    assert (found.board_id, found.model) == ("x", "y")


def test_where_linux_mounts(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\n"
        "/dev/sdb1 /media/lan/RPI-RP2 vfat rw,nosuid 0 0\n"
        "/dev/sdc /run/media/lan/USB\\040DISK vfat rw 0 0\n"
        "broken\n"
    )
    assert linux_roots(mounts) == [Path("/media/lan/RPI-RP2"), Path("/run/media/lan/USB DISK")]
    assert linux_roots(tmp_path / "none") == []


@given(st.binary())
def test_any_text_is_read(text: bytes) -> None:
    assert all(isinstance(value, str) for value in read_fields(text).values())


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (b"A: 1\r\nB-c:2\nA: 3\n", {"a": "1", "b-c": "2"}),
        (b"# Unique ID: 9\n", {"unique id": "9"}),
        (b"no fields\n\n::\n", {}),
    ],
)
def test_fields(text: bytes, fields: dict[str, str]) -> None:
    assert read_fields(text) == fields
