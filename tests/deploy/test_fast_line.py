"""What a deploy remembers of an adapter's faster rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stemkit.actions.boards.listing import Board
from stemkit.actions.programs.fast_rate import FastLine
from stemkit.devices.upload import FAST_BAUD
from stemkit.links.ports import Port
from stemkit.storage import places
from stemkit.storage.line_rates import LineRates

CH340 = Port("/dev/ttyUSB0", 0x1A86, 0x7523, "CH340", location="1-1.4:1.0")
CP2102 = Port("/dev/ttyUSB1", 0x10C4, 0xEA60, "CP210x", serial_number="0001", location="1-2:1.0")
NATIVE = Port("/dev/ttyACM0", 0x303A, 0x4001, "native USB", serial_number="a0b1", location="1-3")


def line(port: Port = CH340) -> FastLine:
    return FastLine(Board("b", port.device), lambda: [NATIVE, CH340, CP2102])


def test_an_unknown_adapter_tries_the_faster_rate_and_nothing_is_written() -> None:
    assert line().baud == FAST_BAUD
    line().learnt(True)
    line().learnt(None)
    assert not places.line_rates().exists()


def test_a_rate_that_failed_is_not_tried_again_on_that_adapter() -> None:
    line().learnt(False)
    assert line().baud is None
    assert line(CP2102).baud == FAST_BAUD


def test_adapters_of_one_make_without_serial_numbers_are_told_apart_by_their_sockets() -> None:
    other = replace(CH340, device="/dev/ttyUSB5", location="1-1.3:1.0")
    line().learnt(False)
    assert FastLine(Board("b", other.device), lambda: [CH340, other]).baud == FAST_BAUD


def test_after_some_good_deploys_the_faster_rate_gets_another_chance() -> None:
    line().learnt(False)
    tries = 0
    while line().baud is None:
        line().learnt(None)
        tries += 1
        assert tries < 10
    assert tries == 3
    line().learnt(True)
    assert line().baud == FAST_BAUD
    line().learnt(False)
    assert line().baud is None


def test_a_faster_rate_that_fails_again_waits_as_long_again() -> None:
    for _ in range(3):
        line().learnt(False)
        for _ in range(3):
            assert line().baud is None
            line().learnt(None)
        assert line().baud == FAST_BAUD


def test_native_usb_has_no_rate() -> None:
    fast = line(NATIVE)
    assert fast.baud is None
    fast.learnt(None)
    assert not places.line_rates().exists()


@pytest.mark.parametrize("port", ["socket://10.0.0.7:5000", "rfc2217://10.0.0.7:2217"])
def test_a_port_in_the_network_is_tried_and_not_remembered(port: str) -> None:
    fast = FastLine(Board("b", port), lambda: [CH340])
    fast.learnt(False)
    assert FastLine(Board("b", port), lambda: [CH340]).baud == FAST_BAUD


def test_a_virtual_board_is_not_remembered() -> None:
    board = Board("v1", "/tmp/v1", virtual=True)
    FastLine(board).learnt(False)
    assert FastLine(board).baud == FAST_BAUD


@pytest.mark.parametrize("content", ["", "{", "[]", '{"entries": 5}', '{"deploy x": [1]}'])
def test_a_damaged_memory_is_begun_anew(content: str) -> None:
    places.line_rates().parent.mkdir(parents=True, exist_ok=True)
    places.line_rates().write_text(content, "utf-8")
    assert line().baud == FAST_BAUD
    line().learnt(False)
    assert line().baud is None


def test_deploys_and_flashes_are_remembered_apart(tmp_path: Path) -> None:
    rates = LineRates(tmp_path / "rates.json")
    rates.worked("1a86:7523:x", 460800, 921600)
    rates.worked("deploy 1a86:7523:x", 115200, 921600)
    assert rates.of("1a86:7523:x", (921600, 460800, 115200)) == 460800
    assert rates.of("deploy 1a86:7523:x", (921600, 115200)) == 115200
    # A rate that is no longer offered counts as unknown.
    assert rates.of("1a86:7523:x", (921600, 230400)) == 921600
