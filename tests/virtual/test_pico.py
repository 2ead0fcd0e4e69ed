"""A virtual Pico: its UF2 drive, what it takes, and how it gets there."""

from __future__ import annotations

import shutil
from pathlib import Path

import littlefs
import pytest
import serial

from stemkit.virtual import RunningBoard
from tests import made_images
from tests.conftest import StartBoards
from tests.virtual.steering import now, tell, wait_for_drive, wait_for_port, wait_until
from tests.virtual.test_mpremote import mpremote

BOARD_IDS = {"pico": "RPI-RP2", "pico-w": "RPI-RP2", "pico2": "RP2350", "pico2-w": "RP2350"}


def is_gone(port: serial.Serial) -> bool:
    try:
        return port.in_waiting < 0
    except OSError:
        return True


@pytest.fixture
def blank_pico(virtual_boards: StartBoards) -> RunningBoard:
    return virtual_boards(model="pico", blank=True)[0]


@pytest.mark.parametrize("model", BOARD_IDS)
def test_blank_board_shows_its_drive_and_no_port(virtual_boards: StartBoards, model: str) -> None:
    board = virtual_boards(model=model, blank=True)[0]
    assert board.port == ""
    info = Path(board.drive, "INFO_UF2.TXT").read_text()
    assert f"Board-ID: {BOARD_IDS[model]}\n" in info
    assert Path(board.drive).name == BOARD_IDS[model]


def test_copied_uf2_boots_and_the_drive_is_gone(blank_pico: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "firmware.uf2").write_bytes(made_images.pico_uf2())
    shutil.copy(tmp_path / "firmware.uf2", blank_pico.drive)
    board = wait_for_port(blank_pico)
    assert board.drive == ""
    assert not Path(blank_pico.drive).exists()
    out = mpremote(board, "exec", "import os, sys; print(sys.platform, os.uname().version)")
    assert out.strip() == "rp2 v1.24.1 on 2024-11-29"


def test_uf2_that_arrives_in_pieces_boots_when_it_is_whole(blank_pico: RunningBoard) -> None:
    data = made_images.pico_uf2()
    with Path(blank_pico.drive, "x.uf2").open("wb", buffering=0) as file:
        file.write(data[: len(data) // 2 + 100])
        with pytest.raises(AssertionError):
            wait_until(lambda: now(blank_pico).drive == "", 1.0)
        file.write(data[len(data) // 2 + 100 :])
    wait_for_port(blank_pico)


def test_uf2_for_another_chip_is_ignored(blank_pico: RunningBoard) -> None:
    program = made_images.rp2_program("Raspberry Pi Pico2 with RP2350")
    blocks = made_images.uf2_blocks(0xE48BFF59, 0x10000000, program)
    Path(blank_pico.drive, "wrong.uf2").write_bytes(b"".join(blocks))
    with pytest.raises(AssertionError):
        wait_until(lambda: now(blank_pico).drive == "", 1.0)
    Path(blank_pico.drive, "right.uf2").write_bytes(made_images.pico_uf2())
    wait_for_port(blank_pico)


def test_pico2_takes_a_file_with_the_block_of_erratum_e10(virtual_boards: StartBoards) -> None:
    board = virtual_boards(model="pico2", blank=True)[0]
    program = made_images.rp2_program("Raspberry Pi Pico2 with RP2350")
    blocks = made_images.uf2_blocks(0xE48BFF59, 0x10000000, program)
    Path(board.drive, "f.uf2").write_bytes(made_images.e10_block() + b"".join(blocks))
    assert "RP2350" in mpremote(wait_for_port(board), "exec", "import os; print(os.uname())")


def test_file_system_in_the_uf2_is_there_at_the_first_boot(blank_pico: RunningBoard) -> None:
    fs = littlefs.LittleFS(block_size=4096, block_count=0x160000 // 4096, prog_size=256)
    with fs.open("main.py", "w") as file:
        file.write("print('lesson of', 2026)\n")
    image = bytes(fs.context.buffer)
    used = [at for at in range(0, len(image), 4096) if image[at : at + 4096].strip(b"\xff")]
    memory = {0x10000000: made_images.rp2_program("Raspberry Pi Pico with RP2040")}
    memory |= {0x100A0000 + at: image[at : at + 4096] for at in used}
    blocks = [b for at, d in memory.items() for b in made_images.uf2_blocks(0xE48BFF56, at, d)]
    count = len(blocks).to_bytes(4, "little")
    numbered = [b[:20] + n.to_bytes(4, "little") + count + b[28:] for n, b in enumerate(blocks)]
    Path(blank_pico.drive, "lesson.uf2").write_bytes(b"".join(numbered))
    board = wait_for_port(blank_pico)
    assert "lesson of" in mpremote(board, "fs", "cat", ":main.py")


def test_touch_at_1200_baud_calls_the_drive_and_files_stay(virtual_boards: StartBoards) -> None:
    board = virtual_boards(model="pico")[0]
    mpremote(board, "exec", "f = open('kept', 'w'); f.write('x'); f.close()")
    serial.Serial(board.port, 1200).close()
    drive = wait_for_drive(board)
    assert not Path(board.port).exists()
    (drive / "again.uf2").write_bytes(made_images.pico_uf2())
    assert mpremote(wait_for_port(board), "exec", "print(open('kept').read())").strip() == "x"


def test_program_calls_the_drive(virtual_boards: StartBoards) -> None:
    board = virtual_boards(model="pico-w")[0]
    with serial.Serial(board.port) as port:
        port.write(b"\r\x03import machine; machine.bootloader()\r")
        wait_for_drive(board)


def test_reset_button_brings_the_port_back_under_its_name(virtual_boards: StartBoards) -> None:
    board = virtual_boards(model="pico")[0]
    with serial.Serial(board.port, timeout=5) as port:
        tell(board, "reset")
        wait_until(lambda: is_gone(port))
    assert wait_for_port(board).port == board.port
