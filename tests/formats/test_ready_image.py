"""One image with firmware and lesson: taken apart again by independent readers."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from adafruit_uf2 import uf2conv
from hypothesis import given, settings
from hypothesis import strategies as st
from littlefs import LittleFS, UserContext

from stemkit.formats import firmware_image, microbit_hex, ready_image, rp2_binary
from stemkit.formats.errors import (
    BoardFileNameError,
    BoardFullError,
    FilesBeyondFlashError,
    FirmwareOverFilesError,
    ImageLayoutError,
    NoPlaceForFilesError,
)
from stemkit.storage.catalogue import boards
from tests.made_images import (
    PARTITIONS,
    UFLASH,
    e10_block,
    esp32_image,
    esp_firmware,
    pico2_uf2,
    pico_uf2,
    rp2_program,
    uf2_blocks,
)

FILES = {
    "main.py": b"from stem import kit\nprint('lesson')\n",
    "lib/stem/kit.py": b"# kit\n" * 1500,
    "stem.json": b'{"number": 7}',
    "data/words.txt": "xin chào\n".encode() * 4000,
}
BOARDS = boards()


def _mounted(flash: bytes, block_count: int) -> dict[str, bytes]:
    system = LittleFS(
        context=UserContext(buffer=bytearray(flash)),
        block_size=4096,
        block_count=block_count,
        mount=False,
    )
    system.mount()
    return {
        f"{folder}/{name}".lstrip("/"): system.open(f"{folder}/{name}", "rb").read()
        for folder, _, names in system.walk("/")
        for name in names
    }


def _flashed(pieces: ready_image.Pieces, size: int, before: bytes = b"\xa5") -> bytes:
    flash = bytearray(before * size)[:size]
    for address, data in pieces:
        assert address + len(data) <= size
        flash[address : address + len(data)] = data
    return bytes(flash)


def _combined(model: str, data: bytes, **options: object) -> ready_image.Pieces:
    image = firmware_image.parse(data)
    return ready_image.combine(image, data, BOARDS[model], FILES, **options)  # type: ignore[arg-type]


def test_the_real_esp32_image_with_a_lesson() -> None:
    pieces = _combined("esp32", esp32_image())
    assert pieces[0] == (0x1000, esp32_image())
    flash = _flashed(pieces, 4 << 20)
    assert _mounted(flash[0x200000:], 512) == FILES
    extra = sum(len(data) for _, data in pieces[1:])
    assert sum(map(len, FILES.values())) < extra < 100_000


@pytest.mark.parametrize("flash_mb", [4, 8, 16])
def test_firmware_without_a_named_file_system_takes_the_rest_of_the_flash(flash_mb: int) -> None:
    data = esp_firmware("esp32s3", partitions=PARTITIONS[:2])
    pieces = _combined("esp32-s3", data, flash_bytes=flash_mb << 20)
    flash = _flashed(pieces, flash_mb << 20)
    assert flash[: len(data)] == data
    assert _mounted(flash[0x200000:], (flash_mb << 20) // 4096 - 512) == FILES


def test_an_esp8266_keeps_the_end_of_its_flash() -> None:
    data = esp_firmware("esp8266")
    flash = _flashed(_combined("esp8266", data), 4 << 20)
    # ports/esp8266/modules/flashbdev.py: from 1 MiB to 20 KiB before the end.
    assert _mounted(flash[0x100000 : 0x400000 - 20480], (0x300000 - 20480) // 4096) == FILES
    assert flash[0x400000 - 20480 :] == b"\xa5" * 20480
    small = bytearray(data)
    small[3] = 0x30
    import hashlib

    small[-16:] = hashlib.md5(small[4:-16]).digest()
    flash = _flashed(_combined("esp8266", bytes(small), flash_bytes=2 << 20), 2 << 20)
    assert _mounted(flash[0x100000:-20480], (0x100000 - 20480) // 4096) == FILES


def test_impossible_places_are_told() -> None:
    ffat = (*PARTITIONS[:2], ("ffat", 1, 0x81, 0x200000, 0x200000))
    with pytest.raises(NoPlaceForFilesError):
        _combined("esp32", esp_firmware("esp32", partitions=ffat))
    with pytest.raises(NoPlaceForFilesError):
        _combined("esp32", esp_firmware("esp32", partitions=PARTITIONS[:2]), flash_bytes=2 << 20)
    with pytest.raises(FilesBeyondFlashError):
        _combined("esp32", esp32_image(), flash_bytes=2 << 20)
    with pytest.raises(FirmwareOverFilesError):
        _combined("pico", pico_uf2(0xB0000))
    for model in ("pico2", "esp32", "microbit-v1"):
        with pytest.raises(ImageLayoutError):
            _combined(model, pico_uf2())
    header = bytearray(esp_firmware("esp8266"))
    header[3] = 0x10
    with pytest.raises(NoPlaceForFilesError):
        _combined("esp8266", bytes(header))
    data, files = pico_uf2(), {"big.bin": bytes(2 << 20)}
    with pytest.raises(BoardFullError):
        ready_image.combine(firmware_image.parse(data), data, BOARDS["pico"], files)


def _flash_of(uf2_file: bytes, family: int, size: int) -> bytes:
    """What a chip's loader writes, block by block, refusing what the real one refuses."""
    flash = bytearray(b"\xa5" * size)
    blocks = [uf2_file[i : i + 512] for i in range(0, len(uf2_file), 512)]
    own = [block for block in blocks if struct.unpack_from("<I", block, 28)[0] == family]
    for number, block in enumerate(own):
        head = struct.unpack_from("<8I", block)
        assert head[:3] == (0x0A324655, 0x9E5D5157, 0x2000)
        assert head[4:] == (256, number, len(own), family)
        assert block[-4:] == struct.pack("<I", 0x0AB16F30)
        place = head[3] - 0x10000000
        assert place % 256 == 0
        if place % 4096 == 0:
            flash[place : place + 4096] = b"\xff" * 4096
        flash[place : place + 256] = block[32 : 32 + 256]
    return bytes(flash)


def _written(uf2_file: bytes) -> int:
    return len(uf2_file) // 512 * 256


def test_a_pico_uf2_with_a_lesson() -> None:
    ((address, merged),) = _combined("pico", pico_uf2())
    assert address == 0
    flash = _flash_of(merged, 0xE48BFF56, 2 << 20)
    assert flash[:0x8000] == rp2_program("Raspberry Pi Pico with RP2040")
    assert _mounted(flash[0xA0000:], 352) == FILES
    assert _written(merged) < 0x8000 + 100_000


def test_the_reference_converter_takes_it_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uf2conv, "familyid", 0xE48BFF56)
    ((_, merged),) = _combined("pico", pico_uf2())
    flash = uf2conv.convert_from_uf2(merged).ljust(2 << 20, b"\xff")
    assert _mounted(flash[0xA0000:], 352) == FILES


def test_a_pico2_uf2_with_a_lesson_keeps_its_first_block() -> None:
    ((_, merged),) = _combined("pico2", pico2_uf2())
    assert merged[:512] == e10_block()
    flash = _flash_of(merged, 0xE48BFF59, 4 << 20)
    assert _mounted(flash[0x100000:], 768) == FILES


def test_a_uf2_for_both_chips_of_the_pico2() -> None:
    arm = uf2_blocks(0xE48BFF59, 0x10000000, rp2_program("Pico2 with RP2350"))
    riscv = uf2_blocks(0xE48BFF5A, 0x10000000, rp2_program("Pico2 with RP2350-RISCV"))
    ((_, merged),) = _combined("pico2", e10_block() + b"".join(arm + riscv))
    for family in (0xE48BFF59, 0xE48BFF5A):
        assert _mounted(_flash_of(merged, family, 4 << 20)[0x100000:], 768) == FILES


def declaring(address: int, size: int, name: str = "MicroPython") -> bytes:
    """A program with the pico-sdk's binary information: a text entry and a block device."""
    program = bytearray(rp2_program("x", 0x10000))
    base = 0x10000000
    struct.pack_into("<5I", program, 0x1C0, 0x7188EBF2, base + 0x9000, base + 0x9008, 0, 0xE71AA390)
    struct.pack_into("<2I", program, 0x9000, base + 0x9100, base + 0x9200)
    struct.pack_into("<HHII", program, 0x9100, 6, 0x5052, 0x02031C86, base + 0x9300)
    struct.pack_into("<HHIIIIH", program, 0x9200, 7, 0x504D, base + 0x9300, address, size, 0, 3)
    program[0x9300 : 0x9300 + len(name) + 1] = name.encode() + b"\0"
    return bytes(program)


def test_a_firmware_that_says_where_its_files_are_is_believed() -> None:
    program = declaring(0x10080000, 0x100000)
    assert rp2_binary.block_devices([(0x10000000, program)]) == (
        rp2_binary.BlockDevice("MicroPython", 0x10080000, 0x100000),
    )
    data = b"".join(uf2_blocks(0xE48BFF56, 0x10000000, program))
    ((_, merged),) = _combined("pico", data)
    assert _mounted(_flash_of(merged, 0xE48BFF56, 2 << 20)[0x80000:], 256) == FILES


@pytest.mark.parametrize(
    ("address", "size"),
    [(0x10080000, 0xFFFFF000), (0x10081234, 0x10000), (0x20000000, 0x10000), (0, 0x10000)],
)
def test_an_impossible_place_of_files_is_not_believed(address: int, size: int) -> None:
    data = b"".join(uf2_blocks(0xE48BFF56, 0x10000000, declaring(address, size)))
    with pytest.raises((NoPlaceForFilesError, FilesBeyondFlashError)):
        _combined("pico", data)


@pytest.mark.parametrize("place", range(0x1C0, 0x1C0 + 20, 4))
@pytest.mark.parametrize("word", [0, 0xFFFFFFFF, 0x10000000, 0x1000FFFE])
def test_damaged_binary_information_is_no_harm(place: int, word: int) -> None:
    program = bytearray(declaring(0x10080000, 0x100000))
    struct.pack_into("<I", program, place, word)
    # A list that seems longer is read to the end of what is there.
    declared = rp2_binary.BlockDevice("MicroPython", 0x10080000, 0x100000)
    found = rp2_binary.file_system([(0x10000000, bytes(program))])
    assert found is None or (found == declared and place in (0x1C8, 0x1CC))
    assert rp2_binary.block_devices([]) == ()


HEXES = {
    "microbit-v1": "micropython-microbit-v1.1.1.hex",
    "microbit-v2": "micropython-microbit-v2.1.2.hex",
}
LESSON = {
    "main.py": b"""from microbit import *
import helper
n = 0
while True:
    print(helper.line(n, button_a.is_pressed()))
    n += 1
    sleep(100)
""",
    "helper.py": b"def line(n, b):\n    return 'n:%d,button:%d' % (n, b)\n",
    "empty.py": b"",
}


@pytest.mark.parametrize("file", [None, "universal-hex-v1.1.1-v2.1.2.hex"])
@pytest.mark.parametrize("model", HEXES)
def test_a_microbit_hex_with_a_lesson(model: str, file: str | None) -> None:
    data = (UFLASH / (file or HEXES[model])).read_bytes()
    image = firmware_image.parse(data)
    ((_, made),) = ready_image.combine(image, data, BOARDS[model], LESSON)
    again = firmware_image.parse(made)
    assert firmware_image.chips(again) == {BOARDS[model].chip}
    assert microbit_hex.read_files(made) == {**LESSON, "empty.py": b"\n"}
    alone = image.programs[model]  # type: ignore[union-attr]
    for address, piece in alone.memory:
        assert again.programs[model].read(address, len(piece)) == piece  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"lib/x.py": b"x"}, BoardFileNameError),
        ({"x" * 121: b"x"}, BoardFileNameError),
        ({"": b"x"}, BoardFileNameError),
        ({"big.bin": bytes(40_000)}, BoardFullError),
    ],
)
def test_what_a_microbit_cannot_hold_is_told(files, error) -> None:
    data = (UFLASH / HEXES["microbit-v1"]).read_bytes()
    with pytest.raises(error):
        ready_image.combine(firmware_image.parse(data), data, BOARDS["microbit-v1"], files)


def test_a_hex_that_is_no_micropython_takes_no_files() -> None:
    data = b":10010000214601360121470136007EFE09D2190140\n:00000001FF\n"
    with pytest.raises(ImageLayoutError):
        ready_image.combine(firmware_image.parse(data), data, BOARDS["microbit-v1"], LESSON)
    with pytest.raises(ImageLayoutError):
        ready_image.combine(firmware_image.parse(data), data, BOARDS["microbit-v2"], LESSON)


@pytest.mark.debian("qemu-system-arm")
def test_the_microbit_runs_the_lesson_at_its_first_start(tmp_path: Path) -> None:
    data = (UFLASH / HEXES["microbit-v1"]).read_bytes()
    image = firmware_image.parse(data)
    ((_, made),) = ready_image.combine(image, data, BOARDS["microbit-v1"], LESSON)
    path = tmp_path / "lesson.hex"
    path.write_bytes(made)
    serial = tmp_path / "serial"
    words = ["qemu-system-arm", "-M", "microbit", "-device", f"loader,file={path}"]
    words += ["-display", "none", "-monitor", "none"]
    # It waits for us before it starts: not a reading is missed.
    words += ["-serial", f"unix:{serial},server=on,wait=on"]
    qemu = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        readings = [line for line in _lines(serial) if line.startswith("n:")]
        assert [line.partition(",")[0] for line in readings[:3]] == ["n:0", "n:1", "n:2"]
        # The pin of a button that nobody holds is high on a board; nothing pulls it up here.
        assert all(line.partition(",button:")[2] in ("0", "1") for line in readings[:3])
    finally:
        qemu.kill()
        qemu.wait()


def _lines(serial: Path, wanted: int = 4) -> list[str]:
    end = time.monotonic() + 30
    with socket.socket(socket.AF_UNIX) as link:
        # The file is there a moment before somebody listens behind it.
        while link.connect_ex(str(serial)) and time.monotonic() < end:
            time.sleep(0.01)
        link.settimeout(30)
        received = b""
        while received.count(b"\n") < wanted:
            received += link.recv(4096)
    return received.decode().replace("\0", "").splitlines()


MAIN = """
import vfs, os
class Flash:
    def __init__(self):
        self.f = open({path!r}, "r+b")
    def readblocks(self, n, buf, off=0):
        self.f.seek({start} + n * 4096 + off); self.f.readinto(buf)
    def writeblocks(self, n, buf, off=None):
        self.f.seek({start} + n * 4096 + (off or 0)); self.f.write(buf)
    def ioctl(self, op, arg):
        if op == 4: return {count}
        if op == 5: return 4096
        if op == 6: return 0
vfs.mount(vfs.VfsLfs2(Flash(), progsize={progsize}), "/x")
with open("/x/main.py") as f: print(f.read(), end="")
"""


@pytest.fixture(params=["esp32", "pico"])
def flash_file(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "flash.bin"
    if request.param == "esp32":
        path.write_bytes(_flashed(_combined("esp32", esp32_image()), 4 << 20))
        place = {"start": 0x200000, "count": 512, "progsize": 32}
    else:
        ((_, merged),) = _combined("pico", pico_uf2())
        path.write_bytes(_flash_of(merged, 0xE48BFF56, 2 << 20))
        place = {"start": 0xA0000, "count": 352, "progsize": 256}
    script = tmp_path / "mount.py"
    script.write_text(MAIN.format(path=str(path), **place))
    return str(script)


def test_micropython_finds_the_lesson_in_the_flash(flash_file: str) -> None:
    run = "import sys, micropython_run as m; sys.exit(m.run_main(['micropython', sys.argv[1]]))"
    words = [sys.executable, "-c", run, flash_file]
    answer = subprocess.run(words, capture_output=True, timeout=60, check=True)
    assert answer.stdout == FILES["main.py"]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_binary_information_is_read_or_left(data: st.DataObject) -> None:
    program = bytearray(declaring(0x10080000, 0x100000))
    places = st.integers(0x1C0, 0x1D4) | st.integers(0x9000, 0x9008) | st.integers(0x9200, 0x9214)
    for _ in range(data.draw(st.integers(1, 4))):
        struct.pack_into("<I", program, data.draw(places), data.draw(st.integers(0, 2**32 - 1)))
    for device in rp2_binary.block_devices([(0x10000000, bytes(program))]):
        assert len(device.name) <= 64
