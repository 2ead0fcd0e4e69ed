"""The micro:bits' own small runtimes: V2 on a virtual board, V1 on the real firmware in qemu."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from pathlib import Path

import pytest
from on_board import RUNTIME

from stemkit.formats import firmware_image, ready_image
from stemkit.storage.catalogue import boards
from stemkit.virtual import RunningBoard
from stemkit.wire.tail import split_tail
from tests.conftest import StartBoards
from tests.made_images import UFLASH
from tests.virtual.test_mpremote import mpremote

V1, V2 = (RUNTIME / f"microbit-{version}" / "stem.py" for version in ("v1", "v2"))


def put(board: RunningBoard, *files: Path) -> None:
    """Files into a micro:bit's flat file system, through its prompt."""
    for file in files:
        text = file.read_text("utf-8")
        mpremote(board, "exec", f"with open({file.name!r}, 'w') as f:\n    f.write({text!r})\n")


@pytest.fixture
def microbit(virtual_boards: StartBoards) -> RunningBoard:
    (board,) = virtual_boards(model="microbit-v2")
    put(board, V2)
    return board


def test_a_lesson_on_v2(microbit: RunningBoard) -> None:
    out = mpremote(
        microbit,
        "exec",
        "from stem import sensors, send, every\n"
        "for t in every(0.05):\n"
        "    send(temp=sensors.temp.read(), light=sensors.light.read(),\n"
        "         acc_z=sensors.acc_z.read(), button_a=sensors.button_a.read())\n"
        "    if t > 0.12: break\n"
        "print(sensors.temp.unit, sensors.sound.read() >= 0, sensors.distance.read())\n",
    )
    *lines, last = out.splitlines()
    for line in lines:
        assert re.fullmatch(r"acc_z:-?[\d.]+,button_a:0,light:[\d.]+,temp:2[12]", line), out
    assert 1 <= len(lines) <= 4  # a busy machine may leave turns out
    assert last.startswith("°C True 4") or last.startswith("°C True 5"), last


def test_an_i2c_sensor_on_v2(microbit: RunningBoard) -> None:
    put(microbit, RUNTIME / "stem" / "bme280.py", RUNTIME / "stem" / "bh1750.py")
    out = mpremote(
        microbit,
        "exec",
        "from stem import sensors\n"
        "got = sensors.bme280.read()\n"
        "print(round(got['temp']), round(got['hum']), round(got['pressure']))\n"
        "print(sensors.bh1750.read())\n"
        "try:\n    sensors.mpu6050.read()\nexcept ImportError as error:\n    print(error)\n",
    )
    told = out.splitlines()
    assert told[0] == "22 65 1010"
    assert float(told[1]) == pytest.approx(350, abs=1)
    assert told[2] == "no module named 'mpu6050'"


def test_v2_answers_who_asks(microbit: RunningBoard) -> None:
    program = (
        "import stem\nfrom stem import control, send, sensors\n"
        "fan = control('fan', 0, 100)\n"
        "sensors.temp\n"
        "class Asked:\n"
        "    def __init__(self, data): self.data = data\n"
        "    def any(self): return len(self.data) > 0\n"
        "    def read(self, n):\n"
        "        got = self.data[:n]\n"
        "        self.data = self.data[n:]\n"
        "        return got\n"
        "stem.uart = Asked(b'?stem 1\\n?set fan 30\\nnonsense\\n')\n"
        "send(temp=21)\nprint(fan.value)\n"
    )
    out = mpremote(microbit, "exec", program).splitlines()
    assert out[0].startswith("#: v=1 board=")
    assert "ch=temp;°C;microbit;-5;50" in out[0].split()
    assert "#: v=1 ctl=fan;0;100;30" in out
    assert out[-1] == "30"
    tail = split_tail(out[-2].encode())
    assert tail is not None
    assert tail.body == b"temp:21"


@pytest.mark.debian("qemu-system-arm")
def test_v1_sends_on_the_real_firmware(tmp_path: Path) -> None:
    data = (UFLASH / "micropython-microbit-v1.1.1.hex").read_bytes()
    program = (
        b"from stem import send, every\nimport gc\nfrom microbit import button_a\n"
        b"for t in every(0.2):\n"
        b"    send(t=t, n=1, none=None, free=gc.mem_free(), a=button_a.is_pressed())\n"
    )
    files = {"stem.py": V1.read_bytes(), "main.py": program}
    ((_, made),) = ready_image.combine(
        firmware_image.parse(data), data, boards()["microbit-v1"], files
    )
    (tmp_path / "lesson.hex").write_bytes(made)
    serial = tmp_path / "serial"
    words = ["qemu-system-arm", "-M", "microbit", "-display", "none", "-monitor", "none"]
    words += ["-device", f"loader,file={tmp_path / 'lesson.hex'}"]
    words += ["-serial", f"unix:{serial},server=on,wait=on"]
    qemu = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        lines = _lines(serial, 6)
    finally:
        qemu.kill()
        qemu.wait()
    rows = [line for line in lines if line.startswith("a:")]
    assert len(rows) >= 4, lines
    for row in rows[:4]:
        assert re.fullmatch(r"a:[01],free:\d+,n:1,t:[\d.]+", row), row
    # A lesson still has most of the 10 kB heap.
    assert int(re.findall(r"free:(\d+)", rows[3])[0]) > 5_000


def _lines(serial: Path, wanted: int) -> list[str]:
    end = time.monotonic() + 30
    while not serial.exists() and time.monotonic() < end:
        time.sleep(0.01)
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(serial))
        link.settimeout(30)
        received = b""
        while received.count(b"\n") < wanted:
            received += link.recv(4096)
    return received.decode(errors="replace").replace("\0", "").splitlines()
