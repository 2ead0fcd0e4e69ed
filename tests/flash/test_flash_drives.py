"""`flash` on boards with a drive: Pico and micro:bit, running, empty, and with the wrong file."""

from __future__ import annotations

from pathlib import Path

import pytest
import serial

from stemkit.actions.boards.listing import list_boards, probed
from stemkit.actions.flashing.flash import FlashResult, flash_boards
from stemkit.actions.flashing.image import OneImage, Source
from stemkit.actions.flashing.one_board import Workshop
from stemkit.actions.kit.kit import Labels, label_boards
from stemkit.errors import Exit
from stemkit.links.errors import PortBusyError
from stemkit.loaders.errors import WrongChipError
from stemkit.storage import places
from stemkit.storage.roster import Roster
from tests.conftest import StartBoards
from tests.flash.bad_links import flash_file, flash_memory
from tests.made_images import UFLASH, pico2_uf2, pico_uf2, rp2_program

PROGRAM_BYTES = 0x8000


def flash(data: bytes, **wanted: object) -> FlashResult:
    shop = Workshop(OneImage(Source("image", data)), **wanted)  # type: ignore[arg-type]
    result = flash_boards([board for board in list_boards() if board.virtual], shop)
    if result.fault is not None:
        raise result.fault
    return result


def microbit_hex(version: int) -> bytes:
    (found,) = sorted(UFLASH.glob(f"*v{version}*.hex"))[:1] or sorted(UFLASH.glob("*.hex"))[:1]
    return Path(found).read_bytes()


@pytest.mark.parametrize("blank", [True, False])
def test_a_pico_is_flashed_then_unchanged_then_forced(
    virtual_boards: StartBoards, blank: bool
) -> None:
    (board,) = virtual_boards(model="pico", blank=blank)
    result = flash(pico_uf2())
    (done,) = result.boards
    assert done.error is None
    assert (done.status, done.verified, done.firmware) == ("flashed", True, "1.24.1")
    assert done.unique_id == board.unique_id
    assert result.unfinished == ()
    program = rp2_program("Raspberry Pi Pico with RP2040")
    assert flash_memory(board)[: len(program)] == program
    (again,) = flash(pico_uf2()).boards
    assert (again.status, again.bytes, again.error) == ("unchanged", 0, None)
    (forced,) = flash(pico_uf2(), force=True).boards
    assert (forced.status, forced.error) == ("flashed", None)


@pytest.mark.parametrize(("model", "image"), [("pico", pico_uf2()), ("pico2", pico2_uf2())])
def test_a_pico_with_one_other_byte_in_its_flash_is_flashed_again(
    virtual_boards: StartBoards, model: str, image: bytes
) -> None:
    (board,) = virtual_boards(model=model)
    assert flash(image).boards[0].status == "flashed"
    (same,) = flash(image).boards
    assert (same.status, same.verified) == ("unchanged", True)
    whole = flash_memory(board)
    # The last byte of the program, far behind the build's name.
    at = PROGRAM_BYTES - 1
    with flash_file(board).open("r+b") as file:
        file.seek(at)
        file.write(bytes([whole[at] ^ 1]))
    (again,) = flash(image).boards
    assert (again.status, again.error) == ("flashed", None)
    assert flash_memory(board) == whole
    assert flash(image).boards[0].status == "unchanged"


def test_two_picos_at_once_do_not_take_each_others_drive(virtual_boards: StartBoards) -> None:
    virtual_boards(2, model="pico")
    result = flash(pico_uf2())
    assert [(done.status, done.error) for done in result.boards] == [("flashed", None)] * 2


def test_a_pico_2_refuses_a_picos_file_before_it_leaves_its_program(
    virtual_boards: StartBoards,
) -> None:
    (board,) = virtual_boards(model="pico2")
    before = flash_memory(board)
    result = flash(pico_uf2())
    assert isinstance(result.boards[0].error, WrongChipError)
    assert result.exit_code is Exit.REFUSED
    assert flash_memory(board) == before
    assert next(b for b in list_boards() if b.virtual).port


def test_a_blank_pico_2_refuses_a_picos_file(virtual_boards: StartBoards) -> None:
    virtual_boards(model="pico2", blank=True)
    result = flash(pico_uf2())
    assert isinstance(result.boards[0].error, WrongChipError)


@pytest.mark.parametrize(("model", "version"), [("microbit-v1", 1), ("microbit-v2", 2)])
def test_a_microbit(virtual_boards: StartBoards, model: str, version: int) -> None:
    virtual_boards(model=model, blank=True)
    image = microbit_hex(version)
    (done,) = flash(image).boards
    assert done.error is None
    assert (done.status, done.verified, done.model) == ("flashed", True, model)
    (again,) = flash(image).boards
    # Its flash is not shown: it names the same version, and more is not said.
    assert (again.status, again.verified) == ("unchanged", False)


def test_a_microbit_whose_port_is_taken_is_refused_before_a_byte(
    virtual_boards: StartBoards,
) -> None:
    (board,) = virtual_boards(model="microbit-v2")
    with serial.Serial(board.port, exclusive=True):
        result = flash(microbit_hex(2), force=True)
    (done,) = result.boards
    assert isinstance(done.error, PortBusyError)
    # Nothing was written, so nothing is half done.
    assert (done.bytes, result.unfinished) == (0, ())


def test_a_microbit_keeps_its_number_through_a_flash(virtual_boards: StartBoards) -> None:
    (board,) = virtual_boards(model="microbit-v2")
    roster = Roster(places.kit())
    (labelled,) = label_boards(list_boards(), roster, Labels(number=9))
    assert labelled.error is None
    kit = {known.unique_id: known for known in roster.all()}
    (done,) = flash(microbit_hex(2), force=True, kit=kit).boards
    assert (done.status, done.error, done.kit_number) == ("flashed", None, 9)
    (asked,) = probed(list_boards())
    assert (asked.unique_id, asked.kit_number) == (board.unique_id, 9)
