"""`lesson image`: one file a board, which others read, flash and boot."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest
from adafruit_uf2 import uf2conv
from littlefs import LittleFS, UserContext

from stemkit.__main__ import main
from stemkit.storage import places
from stemkit.virtual import RunningBoard
from tests.conftest import StartBoards
from tests.made_images import esp_firmware, pico2_uf2, pico_uf2
from tests.virtual.test_esptool import esptool

LESSON = places.shipped("lessons") / "02-temperature-humidity"
NAME = "02-temperature-humidity-1.0.0"


def image(to: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["lesson", "image", "02", "--to", str(to), "--json", *words])
    streams = capsys.readouterr()
    return code, json.loads(streams.out or streams.err)


def firmware(tmp_path: Path, data: bytes, name: str) -> str:
    (tmp_path / name).write_bytes(data)
    return str(tmp_path / name)


def mounted(flash: bytes) -> dict[str, bytes]:
    """The files of a file system, by the reference implementation."""
    system = LittleFS(context=UserContext(buffer=bytearray(flash)), block_size=4096,
                      block_count=len(flash) // 4096, mount=False)  # fmt: skip
    system.mount()
    return {
        f"{folder}/{name}".lstrip("/"): system.open(f"{folder}/{name}", "rb").read()
        for folder, _, names in system.walk("/")
        for name in names
    }


def test_a_pico_file_holds_the_lesson_for_who_mounts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = firmware(tmp_path, pico_uf2(), "pico.uf2")
    code, answer = image(tmp_path / "usb", "--model", "pico", "--firmware", given, capsys=capsys)
    (row,) = answer["images"]
    assert (code, row["offset"], row["format"]) == (0, None, "uf2")
    made = (tmp_path / "usb" / f"{NAME}-pico.uf2").read_bytes()
    monkeypatch.setattr(uf2conv, "familyid", 0xE48BFF56)
    files = mounted(uf2conv.convert_from_uf2(made).ljust(2 << 20, b"\xff")[0xA0000:])
    assert files["main.py"] == (LESSON / "board" / "main.py").read_bytes()
    assert "lib/stem/__init__.py" in files
    assert not any("teacher" in path or path.endswith(".md") for path in files)


def test_a_teacher_flashes_an_esp32_with_esptool_and_the_lesson_runs(
    virtual_boards: StartBoards, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = firmware(tmp_path, esp_firmware("esp32"), "esp32.bin")
    code, answer = image(tmp_path, "--model", "esp32", "--firmware", given, capsys=capsys)
    (row,) = answer["images"]
    assert code == 0
    assert row["file"] == f"{NAME}-esp32-0x1000.bin"
    assert (row["offset_hex"], row["chip"]) == ("0x1000", "esp32")
    (board,) = virtual_boards(blank=True)
    written = esptool(board, "write-flash", row["offset_hex"], row["path"])
    assert "Hash of data verified" in written
    assert re.search(r"hum:[\d.]+,temp:[\d.]+", _console(board, b"temp:"))


def test_stemkit_flashes_the_same_file(
    virtual_boards: StartBoards, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = firmware(tmp_path, esp_firmware("esp32c3"), "c3.bin")
    _, answer = image(tmp_path, "--model", "esp32-c3", "--firmware", given, capsys=capsys)
    (board,) = virtual_boards(model="esp32-c3", blank=True)
    path = answer["images"][0]["path"]
    assert main(["flash", board.name, "--firmware", path, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["boards"]
    assert (row["status"], row["verified"]) == ("flashed", True)
    assert main(["boards", "--probe", "--json"]) == 0
    (asked,) = json.loads(capsys.readouterr().out)["boards"]
    assert asked["lesson"] == {"name": "02-temperature-humidity", "version": "1.0.0"}


def _console(board: RunningBoard, until: bytes) -> str:
    import serial

    with serial.Serial(board.port, board.baud, timeout=20) as port:
        return (port.read_until(until) + port.read_until(b"\n")).decode(errors="replace")


@pytest.mark.debian("qemu-system-arm")
def test_a_microbit_file_boots_and_prints_its_readings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = image(tmp_path, "--model", "microbit-v1", capsys=capsys)
    assert code == 0
    serial = tmp_path / "serial"
    words = ["qemu-system-arm", "-M", "microbit", "-display", "none", "-monitor", "none"]
    words += ["-device", f"loader,file={answer['images'][0]['path']}"]
    words += ["-serial", f"unix:{serial},server=on,wait=on"]
    qemu = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = _until(serial, rb"temp:.*\n.*temp:.*\n")
    finally:
        qemu.kill()
        qemu.wait()
    # qemu's I2C controller answers every read with the same few bytes.
    assert len(re.findall(r"^hum:[\d.]+,temp:-?[\d.]+\r?$", told, re.MULTILINE)) >= 2, told


def _until(serial: Path, pattern: bytes) -> str:
    end = time.monotonic() + 40
    while not serial.exists() and time.monotonic() < end:
        time.sleep(0.01)
    received = b""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(serial))
        link.settimeout(40)
        while not re.search(pattern, received) and time.monotonic() < end:
            received += link.recv(4096)
    return received.decode(errors="replace").replace("\0", "")


def test_missing_firmware_names_the_command_that_brings_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = image(tmp_path / "usb", "--model", "pico", "--model", "microbit-v2",
                         capsys=capsys)  # fmt: skip
    assert (code, answer["error"]["code"]) == (5, "no-such-firmware")
    assert "stemkit firmware fetch RPI_PICO" in answer["error"]["remedy"]
    assert not (tmp_path / "usb").exists()


def test_without_a_model_every_board_whose_firmware_is_here_gets_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = image(tmp_path, capsys=capsys)
    assert code == 1
    assert [row["model"] for row in answer["images"]] == ["microbit-v1", "microbit-v2"]
    told = {row["model"]: row["remedy"] for row in answer["missing"]}
    assert "stemkit firmware fetch ESP32_GENERIC_C3" in told["esp32-c3"]
    note = (tmp_path / f"{NAME}-images.txt").read_text("utf-8-sig")
    assert all(row["file"] in note for row in answer["images"])


def test_the_list_and_the_note_tell_of_every_image_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image(tmp_path, "--model", "microbit-v2", capsys=capsys)
    given = firmware(tmp_path, pico2_uf2(), "pico2.uf2")
    assert image(tmp_path, "--model", "pico2", "--firmware", given, capsys=capsys)[0] == 0
    listed = json.loads((tmp_path / f"{NAME}-images.json").read_bytes())
    assert [row["model"] for row in listed["images"]] == ["microbit-v2", "pico2"]
    note = (tmp_path / f"{NAME}-images.txt").read_text("utf-8-sig")
    assert "BOOTSEL" in note
    assert "MICROBIT" in note


def test_an_image_is_not_written_over_and_the_same_one_is_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--model", "microbit-v2"]
    assert image(tmp_path, *words, capsys=capsys)[0] == 0
    path = tmp_path / f"{NAME}-microbit-v2.hex"
    first = path.read_bytes()
    assert image(tmp_path, *words, capsys=capsys)[0] == 0
    path.write_bytes(b"mine")
    code, answer = image(tmp_path, *words, capsys=capsys)
    assert (code, answer["error"]["code"]) == (2, "lesson-output-there")
    assert path.read_bytes() == b"mine"
    assert image(tmp_path, *words, "--force", capsys=capsys)[0] == 0
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--model", "no-board"], "unknown-model"),
        (["--model", "pico", "--firmware", "{esp}"], "image-layout"),
    ],
)
def test_what_cannot_be_is_refused(
    words: list[str], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = firmware(tmp_path, esp_firmware("esp32"), "esp32.bin")
    asked = [word.format(esp=given) for word in words]
    exit_code, answer = image(tmp_path / "usb", *asked, capsys=capsys)
    assert exit_code != 0
    assert answer["error"]["code"] == code
    assert not (tmp_path / "usb").exists()


def test_a_lesson_that_needs_no_board_has_no_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lesson", "new", "14-magnets", "--into", str(tmp_path)]) == 0
    manifest = tmp_path / "14-magnets" / "lesson.toml"
    text = manifest.read_text("utf-8").replace('["esp32", "pico", "yolobit"]', "[]")
    manifest.write_text(text, "utf-8")
    capsys.readouterr()
    asked = ["lesson", "image", str(manifest.parent), "--to", str(tmp_path / "usb"), "--json"]
    assert main(asked) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "lesson-without-board"
    assert not (tmp_path / "usb").exists()
