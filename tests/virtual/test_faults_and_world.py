"""What can be changed while boards run: what they feel, and what goes wrong."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import serial

from stemkit.actions.sim import change, look, press, unplug
from stemkit.virtual import RunningBoard
from stemkit.virtual.faults import Faults
from tests.conftest import StartBoards
from tests.virtual.steering import now, tell, wait_until
from tests.virtual.test_esptool import esptool
from tests.virtual.test_line import Prompt
from tests.virtual.test_mpremote import mpremote

ADC = "from machine import ADC, Pin; print(ADC(Pin(34)).read_u16())"
DHT = (
    "import dht, machine; d = dht.DHT22(machine.Pin(4)); d.measure(); "
    "print(d.temperature(), d.humidity())"
)


def test_program_feels_what_is_set(virtual_board: RunningBoard) -> None:
    change("v1", ["temperature=31.5", "humidity=40"])
    told = mpremote(virtual_board, "exec", DHT).split()
    assert abs(float(told[0]) - 31.5) < 1.0
    assert abs(float(told[1]) - 40) < 4.0
    seen = look("v1")
    assert seen["values"]["temperature"] == 31.5
    change("v1", ["temperature=auto"])
    assert look("v1")["values"]["temperature"] == 22.0


def test_what_the_program_does_can_be_seen(virtual_board: RunningBoard) -> None:
    mpremote(virtual_board, "exec", "from machine import Pin; Pin(2, Pin.OUT, value=1)")
    assert look("v1")["outputs"]


def test_scenario_plays(virtual_boards: StartBoards, tmp_path: Path) -> None:
    scenario = tmp_path / "s.toml"
    scenario.write_text('[title]\nvi = "Nóng"\nen = "Hot"\n[start]\ntemperature = 37\n')
    virtual_boards(scenario=scenario)
    assert look("v1")["values"]["temperature"] == 37


@pytest.mark.parametrize(
    ("change_word", "code", "exit_code"),
    [
        ("temprature=3", "no-such-quantity", 2),
        ("temperature=900", "quantity-range", 2),
        ("temperature", "sim-change", 2),
        ("light=bright", "sim-change", 2),
        ("direction=up", "sim-change", 2),
    ],
)
def test_wrong_change_is_one_clear_error(
    virtual_board: RunningBoard, change_word: str, code: str, exit_code: int
) -> None:
    words = [sys.executable, "-m", "stemkit", "sim", "set", "v1", change_word, "--json"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == exit_code
    assert f'"code": "{code}"' in done.stderr


def test_cable_is_pulled_at_a_byte(virtual_board: RunningBoard) -> None:
    change("v1", ["unplug_at=1000"])
    got = 0
    with serial.Serial(virtual_board.port, timeout=2) as port:
        port.write(b"\r\x03\x01print('x' * 5000)\x04")
        try:
            while part := port.read(100):
                got += len(part)
        except OSError:
            pass
    wait_until(lambda: now(virtual_board).port == "")
    assert 800 < got <= 1000


def test_supply_dips_at_a_byte_and_the_board_starts_again(virtual_board: RunningBoard) -> None:
    change("v1", ["reset_at=500"])
    with serial.Serial(virtual_board.port, timeout=30) as port:
        port.write(b"\r\x03print('x' * 2000)\r")
        assert b"BROWN_OUT" in port.read_until(b"BROWN_OUT")
        assert port.read_until(b">>> ").endswith(b">>> ")


def test_bytes_are_lost_and_changed_as_often_as_asked(virtual_board: RunningBoard) -> None:
    prompt = Prompt(virtual_board)
    change("v1", ["drop=0.1", "direction=to_host", "seed=3"])
    prompt.port.write(b"print('x' * 20000)\x04")
    prompt.port.timeout = 0.5
    kept = prompt.port.read(30_000).count(b"x")
    assert 17_500 < kept < 18_500
    change("v1", ["drop=0", "flip=0.05"])
    prompt.port.write(b"print('x' * 20000)\x04")
    assert 18_700 < prompt.port.read(30_000).count(b"x") < 19_300


def test_answer_stalls_once(virtual_board: RunningBoard) -> None:
    prompt = Prompt(virtual_board)
    change("v1", ["stall_s=0.6"])
    start = time.monotonic()
    prompt.port.write(b"1\x04")
    prompt.port.read_until(b"\x04>")
    assert time.monotonic() - start > 0.6
    prompt.port.write(b"1\x04")
    assert prompt.port.read_until(b"\x04>").endswith(b"\x04>")


def test_flash_that_cannot_be_written_fails_the_loader(
    virtual_board: RunningBoard, tmp_path: Path
) -> None:
    change("v1", ["flash_fails=0x20000-0x21000"])
    (tmp_path / "data.bin").write_bytes(bytes(range(256)) * 300)
    esptool(virtual_board, "write-flash", "0x18000", str(tmp_path / "data.bin"), fails=True)


def test_flash_that_cannot_be_written_fails_the_program(virtual_board: RunningBoard) -> None:
    change("v1", ["flash_fails=0x200000-0x400000"])
    program = "try:\n open('x', 'w').write('x' * 9000)\nexcept OSError as e: print('failed', e)"
    assert "failed" in mpremote(virtual_board, "exec", program)


def test_buttons_restart_and_call_the_loader(virtual_board: RunningBoard) -> None:
    with serial.Serial(virtual_board.port, timeout=30) as port:
        press("v1", "reset")
        assert b"SPI_FAST_FLASH_BOOT" in port.read_until(b"BOOT)")
        press("v1", "boot")
        assert port.read_until(b"download\r\n").endswith(b"waiting for download\r\n")
        assert tell(virtual_board, "state") == {"state": "loader"}


def test_unplugged_board_cannot_be_felt(virtual_board: RunningBoard) -> None:
    unplug("v1")
    words = [sys.executable, "-m", "stemkit", "sim", "set", "v1", "light=1"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    assert "v1" in done.stderr


def test_the_world_goes_on_while_the_cable_is_out_and_the_parts_lose_their_power(
    virtual_board: RunningBoard,
) -> None:
    change("v1", ["temperature=31.5"])
    program = "from machine import Pin, RTC; RTC().datetime((2026, 1, 2, 4, 10, 0, 0, 0)); "
    mpremote(virtual_board, "exec", program + "Pin(2, Pin.OUT, value=1)")
    lit = look("v1")["outputs"]
    unplug("v1")
    time.sleep(0.3)
    tell(virtual_board, "plug")
    wait_until(lambda: tell(virtual_board, "state")["state"] == "running")
    seen = look("v1")
    assert seen["values"]["temperature"] == 31.5
    assert seen["outputs"] != lit
    told = mpremote(virtual_board, "exec", "from machine import RTC; print(RTC().datetime())")
    assert told.startswith("(2000, 1, 1,")
    assert abs(float(mpremote(virtual_board, "exec", DHT).split()[0]) - 31.5) < 1.0


def test_no_fault_touches_no_byte() -> None:
    assert Faults().spoil(b"abc", "to_host") == b"abc"
    assert Faults().until_event(10) == (10, "")
