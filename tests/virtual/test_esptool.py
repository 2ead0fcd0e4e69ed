"""A client that is not ours: the esptool command against the ROM loaders."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import serial

from stemkit.virtual import RunningBoard
from tests import made_images
from tests.conftest import StartBoards
from tests.flash.bad_links import flash_memory
from tests.virtual.test_mpremote import mpremote

CHIPS = {
    "esp32": "ESP32-D0WD-V3 (revision v3.1)",
    "esp32-s2": "ESP32-S2 (revision v1.0)",
    "esp32-s3": "ESP32-S3 (QFN56) (revision v0.2)",
    "esp32-c3": "ESP32-C3 (QFN32) (revision v0.4)",
    "esp32-c6": "ESP32-C6 (QFN40) (revision v0.1)",
    "esp8266": "ESP8266EX",
}


def esptool(board: RunningBoard, *words: str, fails: bool = False) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "esptool", "--port", board.port, "-b", "921600", *words],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout


def read_console(board: RunningBoard, until: bytes, timeout_s: float = 5.0) -> bytes:
    """What a person who opens the port sees, up to `until`."""
    with serial.Serial(board.port, board.baud, timeout=timeout_s) as port:
        return bytes(port.read_until(until))


@pytest.mark.parametrize("model", CHIPS)
def test_flash_id_knows_the_chip_its_flash_and_its_own_mac(
    virtual_boards: StartBoards, model: str
) -> None:
    board = virtual_boards(model=model)[0]
    told = esptool(board, "flash-id")
    assert CHIPS[model] in told
    assert ("8MB" if model in ("esp32-s3", "esp32-c6") else "4MB") in told
    if model != "esp8266":
        mac = ":".join(board.unique_id[n : n + 2] for n in range(0, 12, 2))
        assert mac in told.lower()
    # The session is over, so the board runs its program again.
    assert mpremote(board, "exec", "print(6 * 7)").strip() == "42"


def test_real_image_is_written_verified_read_back_and_boots(
    virtual_boards: StartBoards, tmp_path: Path
) -> None:
    board = virtual_boards(blank=True)[0]
    image = tmp_path / "real.bin"
    image.write_bytes(made_images.esp32_image())
    assert "Hash of data verified" in esptool(board, "write-flash", "0x1000", str(image))
    assert "Verification successful" in esptool(board, "verify-flash", "0x1000", str(image))
    back = tmp_path / "back.bin"
    esptool(board, "read-flash", "0x1000", "0x20000", str(back))
    assert back.read_bytes() == image.read_bytes()[:0x20000]
    out = mpremote(board, "exec", "import os; print(os.uname().version, os.listdir())")
    assert out.strip() == "v1.16-237-g1613dc8a1-dirty on 2021-08-30 ['boot.py']"


WAYS = {"stub": ("-z", ()), "plain": ("-u", ()), "rom": ("-z", ("--no-stub",))}


@pytest.mark.parametrize(
    ("model", "way"),
    [
        *((model, "stub") for model in CHIPS if model != "esp8266"),
        *((model, "rom") for model in ("esp32", "esp32-c3")),
        ("esp32-s2", "plain"),
    ],
)
def test_every_chip_is_flashed_in_every_way(
    virtual_boards: StartBoards,
    tmp_path: Path,
    model: str,
    way: str,
) -> None:
    chip = model.replace("-", "")
    offset = hex(made_images.ESP_CHIPS[chip][1])
    image = tmp_path / "firmware.bin"
    image.write_bytes(made_images.esp_firmware(chip))
    board = virtual_boards(model=model, blank=True)[0]
    how, extra = WAYS[way]
    esptool(board, *extra, "write-flash", how, offset, str(image))
    assert "Verification successful" in esptool(board, *extra, "verify-flash", offset, str(image))
    assert mpremote(board, "exec", "import os; print(os.uname().release)").strip() == "1.24.1"


@pytest.mark.parametrize("extra", [(), ("--no-stub",)])
def test_esp8266_is_flashed_verified_and_boots(
    virtual_boards: StartBoards, tmp_path: Path, extra: tuple[str, ...]
) -> None:
    image = tmp_path / "firmware.bin"
    image.write_bytes(made_images.esp8266_firmware())
    board = virtual_boards(model="esp8266", blank=True)[0]
    esptool(board, *extra, "write-flash", "0x0", str(image))
    assert flash_memory(board).startswith(image.read_bytes())
    # The ROM of this chip has no MD5: only the stub verifies.
    assert "Verification successful" in esptool(board, "verify-flash", "0x0", str(image))
    assert mpremote(board, "exec", "import os; print(os.uname().release)").strip() == "1.24.1"


def test_erased_board_waits_in_its_loader(virtual_board: RunningBoard) -> None:
    esptool(virtual_board, "erase-flash")
    assert b"invalid header: 0xffffffff" not in read_console(virtual_board, b">>> ", 0.3)
    assert "4MB" in esptool(virtual_board, "flash-id")


def test_region_is_erased_and_the_rest_stays(virtual_board: RunningBoard, tmp_path: Path) -> None:
    mpremote(virtual_board, "exec", "f = open('kept', 'w'); f.write('x'); f.close()")
    esptool(virtual_board, "erase-region", "0x9000", "0x6000")
    assert mpremote(virtual_board, "exec", "print(open('kept').read())").strip() == "x"
    back = tmp_path / "nvs.bin"
    esptool(virtual_board, "read-flash", "0x9000", "0x6000", str(back))
    assert back.read_bytes() == b"\xff" * 0x6000


def flashed(board: RunningBoard, tmp_path: Path, image: bytes, offset: int = 0x1000) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(image)
    esptool(board, "write-flash", "--force", hex(offset), str(path))


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (0x0, b"invalid header: 0x"),
        (0x100, b"csum err:0x"),
        (0x7000, b"E (57) boot: load partition table error!"),
        (0x7000 + 0x10, b"E (57) flash_parts: Incorrect MD5 checksum"),
        (0xF000, b"E (57) esp_image: image at 0x10000 has invalid magic byte"),
        (0x80000, b"E (57) esp_image: Checksum failed. Calculated 0x"),
        (-1, b"E (57) esp_image: Image hash failed - image is corrupt"),
    ],
)
def test_one_flipped_byte_does_not_boot_and_says_so(
    virtual_boards: StartBoards, tmp_path: Path, at: int, says: bytes
) -> None:
    board = virtual_boards(blank=True)[0]
    image = bytearray(made_images.esp32_image())
    image[at] ^= 0x10
    flashed(board, tmp_path, bytes(image))
    assert read_console(board, says).endswith(says)
    # It can be mended.
    flashed(board, tmp_path, made_images.esp32_image())
    assert mpremote(board, "exec", "print(6 * 7)").strip() == "42"


@pytest.mark.parametrize(
    ("model", "chip", "says"),
    [
        ("esp32-c3", "esp32s3", b"Invalid chip id. Expected 5 read 9. Bootloader for wrong chip?"),
        ("esp32-s3", "esp32c3", b"Invalid chip id. Expected 9 read 5. Bootloader for wrong chip?"),
        ("esp32", "esp32s2", b"wrong chip id 0x0002"),
    ],
)
def test_image_for_another_chip_does_not_boot_and_says_so(
    virtual_boards: StartBoards, tmp_path: Path, model: str, chip: str, says: bytes
) -> None:
    board = virtual_boards(model=model, blank=True)[0]
    flashed(board, tmp_path, made_images.esp_firmware(chip), made_images.ESP_CHIPS[chip][1])
    assert read_console(board, says).endswith(says)


def test_program_for_another_chip_behind_the_right_bootloader(
    virtual_boards: StartBoards, tmp_path: Path
) -> None:
    board = virtual_boards()[0]
    other = made_images.esp_firmware("esp32s3")
    flashed(board, tmp_path, other[0x10000:], 0x10000)
    says = b"mismatch chip ID, expected 0, found 9"
    assert read_console(board, says).endswith(says)
