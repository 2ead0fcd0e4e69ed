"""The loaders that copy to a drive, on a folder that answers as the systems and boards do."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path

import pytest

from stemkit.loaders import drive as drive_module
from stemkit.loaders import microbit, uf2
from stemkit.loaders.base import LoadImage, Part
from stemkit.loaders.errors import (
    DriveFailedError,
    DriveGoneError,
    DriveRefusesError,
    DriveStayedError,
    LoaderSilentError,
    MaintenanceModeError,
    StoppedError,
    UnknownChipError,
    WrongChipError,
)
from tests.loaders import fake_drive
from tests.loaders.bench import Kept
from tests.made_images import pico_uf2

HEX = b":020000040000FA\n" + b":10000000" + b"00" * 16 + b"F0\n" * 40_000 + b":00000001FF\n"


def pico_image(size: int = 0x40000) -> LoadImage:
    return LoadImage("pico.uf2", frozenset({"rp2040"}), (Part(0, pico_uf2(size)),))


def hex_image(chip: str = "nrf52833") -> LoadImage:
    return LoadImage("v2.hex", frozenset({chip}), (Part(0, HEX),))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person waits half a minute for, a test need not."""
    monkeypatch.setattr(drive_module, "_CONNECT_LIMIT_S", 0.3)
    monkeypatch.setattr(uf2, "_TAKEN_LIMIT_S", 0.3)
    monkeypatch.setattr(microbit, "_TAKEN_LIMIT_S", 0.3)


def test_a_pico_takes_a_file_and_goes(tmp_path: Path) -> None:
    image, kept = pico_image(), Kept()
    with fake_drive.pico(tmp_path) as board:
        loader = uf2.Uf2Loader(board.folder, kept.attempt())
        assert loader.connect().name == "rp2040"
        loader.check(image)
        missing = loader.missing(image)
        assert loader.write(image, missing) == image.size
        loader.verify(image)
        loader.start()
    assert board.took == image.parts[0].data
    assert kept.steps() == ["Connecting", "Writing", "Verifying"]
    assert kept.written() == sorted(kept.written())


def test_a_microbit_takes_a_file_and_comes_back(tmp_path: Path) -> None:
    image = hex_image()
    with fake_drive.microbit(tmp_path) as board:
        loader = microbit.MicrobitLoader(board.folder, Kept().attempt())
        assert loader.connect().name == "nrf52833"
        loader.check(image)
        loader.write(image, loader.missing(image))
        loader.verify(image)
    assert board.took == HEX


@pytest.mark.parametrize(
    ("info", "chip"),
    [(fake_drive.RP2040_INFO, "rp2040"), (fake_drive.RP2350_INFO, "rp2350")],
)
def test_the_drive_says_which_chip_it_is(tmp_path: Path, info: str, chip: str) -> None:
    with fake_drive.pico(tmp_path, info) as board:
        assert uf2.Uf2Loader(board.folder, Kept().attempt()).connect().name == chip


def test_a_file_for_another_chip_is_refused_before_a_byte_is_copied(tmp_path: Path) -> None:
    with fake_drive.pico(tmp_path, fake_drive.RP2350_INFO) as board:
        loader = uf2.Uf2Loader(board.folder, Kept().attempt())
        loader.connect()
        with pytest.raises(WrongChipError) as refused:
            loader.check(pico_image())
        assert refused.value.exit_code == 6
        assert list(board.folder.glob("*.uf2")) == []
    with fake_drive.microbit(tmp_path, fake_drive.MICROBIT_V1) as board:
        loader2 = microbit.MicrobitLoader(board.folder, Kept().attempt())
        loader2.connect()
        with pytest.raises(WrongChipError):
            loader2.check(hex_image())


def test_an_error_after_the_whole_file_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS: the drive is gone before the system has written its own files there."""
    flush = os.fsync

    def vanishing(fd: int) -> None:
        flush(fd)
        shutil.rmtree(tmp_path / "RPI-RP2", ignore_errors=True)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(drive_module.os, "fsync", vanishing)
    image = pico_image()
    with fake_drive.pico(tmp_path) as board:
        loader = uf2.Uf2Loader(board.folder, Kept().attempt())
        loader.connect()
        loader.write(image, loader.missing(image))
        loader.verify(image)


def test_a_drive_that_vanishes_halfway_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = drive_module._write_all

    def pulled(fd: int, data: bytes) -> None:
        time.sleep(0.02)
        if os.fstat(fd).st_nlink == 0:
            raise OSError(errno.ENODEV, "No such device")
        write(fd, data)

    monkeypatch.setattr(drive_module, "_write_all", pulled)
    image = pico_image(0x400000)
    with fake_drive.pico(tmp_path) as board:
        board.vanish_at = 100_000
        loader = uf2.Uf2Loader(board.folder, Kept().attempt())
        loader.connect()
        with pytest.raises(DriveGoneError):
            loader.write(image, loader.missing(image))


def test_a_full_drive_is_told_with_the_systems_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(drive_module, "_write_all", full)
    image = pico_image()
    with fake_drive.pico(tmp_path) as board:
        loader = uf2.Uf2Loader(board.folder, Kept().attempt())
        loader.connect()
        with pytest.raises(DriveFailedError, match="the disk is full"):
            loader.write(image, loader.missing(image))
        assert list(board.folder.glob("*.uf2")) == []


@pytest.mark.usefixtures("quick")
def test_a_board_that_stays_where_it_is_was_not_flashed(tmp_path: Path) -> None:
    image = pico_image()
    with fake_drive.pico(tmp_path) as board:
        board.stuck = True
        loader = uf2.Uf2Loader(board.folder, Kept().attempt())
        loader.connect()
        loader.write(image, loader.missing(image))
        with pytest.raises(DriveStayedError):
            loader.verify(image)
    with fake_drive.microbit(tmp_path) as board:
        board.stuck = True
        loader2 = microbit.MicrobitLoader(board.folder, Kept().attempt())
        loader2.connect()
        loader2.write(hex_image(), loader2.missing(hex_image()))
        with pytest.raises(DriveStayedError):
            loader2.verify(hex_image())


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("The application \x1b[2Jis corrupt.\r\nmore", "The application [2Jis corrupt."),
        ("error: The transfer timed out.\r\ntype: user\r\n", "The transfer timed out."),
        ("error: \r\n", "FAIL.TXT"),
    ],
)
def test_what_daplink_says_in_fail_txt_is_told_once_without_control_characters(
    tmp_path: Path, says: str, told: str
) -> None:
    image = hex_image()
    with fake_drive.microbit(tmp_path) as board:
        board.refuses = says
        loader = microbit.MicrobitLoader(board.folder, Kept().attempt())
        loader.connect()
        loader.write(image, loader.missing(image))
        with pytest.raises(DriveRefusesError) as refused:
            loader.verify(image)
    assert refused.value.told() == f"The board did not take the firmware: {told}"


def test_a_microbit_in_maintenance_mode_is_left_alone(tmp_path: Path) -> None:
    details = fake_drive.MICROBIT_V2 + "Daplink Mode: Bootloader\r\n"
    with fake_drive.microbit(tmp_path, details) as board, pytest.raises(MaintenanceModeError):
        microbit.MicrobitLoader(board.folder, Kept().attempt()).connect()


@pytest.mark.usefixtures("quick")
def test_no_drive_and_a_strange_drive(tmp_path: Path) -> None:
    with pytest.raises(LoaderSilentError):
        uf2.Uf2Loader(tmp_path / "nowhere", Kept().attempt()).connect()
    with (
        fake_drive.pico(tmp_path, "Board-ID: SAMD21\r\n") as board,
        pytest.raises(UnknownChipError),
    ):
        uf2.Uf2Loader(board.folder, Kept().attempt()).connect()


def test_a_stop_ends_the_copy(tmp_path: Path) -> None:
    image, kept = pico_image(), Kept()
    with fake_drive.pico(tmp_path) as board:
        board.stuck = True
        loader = uf2.Uf2Loader(board.folder, kept.attempt())
        loader.connect()
        kept.stop = True
        with pytest.raises(StoppedError):
            loader.write(image, loader.missing(image))


def test_what_an_earlier_copy_left_in_fail_txt_is_not_told_of_this_one(tmp_path: Path) -> None:
    image = hex_image()
    with fake_drive.microbit(tmp_path) as board:
        (board.folder / "FAIL.TXT").write_text("error: The transfer timed out.\r\n")
        loader = microbit.MicrobitLoader(board.folder, Kept().attempt())
        loader.connect()
        loader.write(image, loader.missing(image))
        loader.verify(image)
        assert board.took == HEX
        # The same words again, on a drive that is mounted anew, are this copy's.
        board.refuses = "error: The transfer timed out.\r\n"
        (board.folder / "FAIL.TXT").write_text(board.refuses)
        loader.connect()
        loader.write(image, loader.missing(image))
        with pytest.raises(DriveRefusesError):
            loader.verify(image)
