"""`flash` on a drive's folder that a person names, and whose port is whose afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.actions.boards.find import Search, find_board
from stemkit.actions.boards.listing import Around, Board, list_boards
from stemkit.actions.boards.whereabouts import Claims, Whereabouts
from stemkit.actions.flashing.flash import flash_boards
from stemkit.actions.flashing.image import OneImage, Source
from stemkit.actions.flashing.one_board import Workshop
from stemkit.links.drives import Drive
from stemkit.links.ports import Port
from tests.loaders import fake_drive
from tests.made_images import pico_uf2

ESP = Port("/dev/ttyUSB0", 0x1A86, 0x7523, "CH340", location="1-1")
MICROBIT = Port("/dev/ttyACM0", 0x0D28, 0x0204, "DAPLink", "9904", location="1-2")
PICO = Port("/dev/ttyACM1", 0x2E8A, 0x0005, "native USB", "e660", location="1-3")
OTHER_PICO = Port("/dev/ttyACM2", 0x2E8A, 0x0005, "native USB", "e661", location="1-4")


def test_a_folder_that_is_a_drive_is_a_board(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pico.uf2"
    file.write_bytes(pico_uf2())
    with fake_drive.pico(tmp_path) as drive:
        words = ["flash", str(drive.folder), "--firmware", str(file), "--no-boot-check", "--json"]
        assert main(words) == 0
    (row,) = json.loads(capsys.readouterr().out)["boards"]
    # Nothing could be read back: the drive is gone, and the prompt was not waited for.
    assert (row["status"], row["verified"]) == ("flashed", False)
    assert drive.took == pico_uf2()


def test_a_drive_that_is_no_kit_board_is_told_once(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pico.uf2"
    file.write_bytes(pico_uf2())
    with fake_drive.pico(tmp_path, "Model: Feather\r\nBoard-ID: ESP32S2-Feather\r\n") as drive:
        assert main(["flash", str(drive.folder), "--firmware", str(file), "--json"]) == 1
        assert list(drive.folder.glob("*.uf2")) == []
    told = capsys.readouterr()
    (row,) = json.loads(told.out)["boards"]
    assert row["error"]["code"] == "chip-unknown"
    assert told.err.count("Connecting") == 1


def board_in(ports: list[Port], drives: list[Drive], name: str) -> tuple[Board, Around]:
    around = Around(ports=lambda: ports, drives=lambda: drives, virtual=tuple)
    return find_board(name, Search(around=around)), around


def claims_of_a_flash(around: Around) -> Claims:
    """Whose is what when a flash begins."""
    shop = Workshop(OneImage(Source("pico.uf2", pico_uf2())), around=around)
    assert flash_boards([], shop).boards == ()
    return shop.claims


def test_a_pico_that_was_a_drive_comes_back_under_a_new_port_of_its_kind() -> None:
    folder = Path("/media/RPI-RP2")
    ports = [ESP, OTHER_PICO]
    drives = [Drive(folder, "uf2", "RPI-RP2", "Raspberry Pi RP2", "")]
    board, around = board_in(ports, drives, "RPI-RP2")
    where = Whereabouts(board, around, claims_of_a_flash(around))
    assert where.drive() == folder
    drives.clear()
    ports.append(MICROBIT)  # plugged in while the Pico restarts
    assert where.port() == ""
    ports.append(PICO)
    assert where.port() == PICO.device


def test_a_running_pico_is_not_taken_for_another_one_that_shows_its_drive() -> None:
    other = Path("/media/RPI-RP2")
    drives = [Drive(other, "uf2", "RPI-RP2", "Raspberry Pi RP2", "")]
    board, around = board_in([PICO], drives, PICO.device)
    where = Whereabouts(board, around, claims_of_a_flash(around))
    assert where.drive() is None
    own = Path("/media/RPI-RP21")
    drives.append(Drive(own, "uf2", "RPI-RP2", "Raspberry Pi RP2", ""))
    assert where.drive() == own


def test_a_microbit_keeps_its_port_though_nothing_joins_it_to_its_drive() -> None:
    drives = [Drive(Path("/media/MICROBIT"), "microbit", "9904", "", "9904abcd")]
    board, around = board_in([ESP, PICO, MICROBIT], drives, "MICROBIT")
    assert board.port == ""
    assert Whereabouts(board, around, claims_of_a_flash(around)).port() == MICROBIT.device


@pytest.mark.parametrize(("bridge", "kind"), [("CH340", "esp"), ("native USB", "uf2")])
def test_a_kind_that_is_not_seen_is_the_named_one(bridge: str, kind: str) -> None:
    from stemkit.actions.flashing.drive import DriveFlash
    from stemkit.actions.flashing.flash import flash_of

    port = Port("/dev/ttyX0", 0x1A86, 0x1234, bridge)
    around = Around(ports=lambda: [port], drives=tuple, virtual=tuple)
    (board,) = list_boards(around)
    model = "pico" if kind == "uf2" else "yolobit"
    shop = Workshop(OneImage(Source("pico.uf2", pico_uf2())), around=around, model=model)
    flash = flash_of(board, shop)
    assert isinstance(flash, DriveFlash) is (kind == "uf2")
    assert flash.board.model == model
