"""Boards behind `socket://` and `rfc2217://`, opened by pyserial, mpremote and esptool."""

from __future__ import annotations

import socket

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from stemkit.virtual.rfc2217 import Rfc2217Server, SetBaud, SetLines, Wrote
from tests.conftest import StartBoards
from tests.virtual.steering import tell, wait_until
from tests.virtual.test_esptool import esptool
from tests.virtual.test_mpremote import mpremote


@pytest.mark.parametrize("port", ["socket", "rfc2217"])
def test_mpremote_works_through_the_network(virtual_boards: StartBoards, port: str) -> None:
    board = virtual_boards(port=port)[0]
    assert board.port.startswith(f"{port}://127.0.0.1:")
    assert mpremote(board, "exec", "print(bytes(range(250, 256)))").strip().endswith("\\xff'")


def test_esptool_resets_into_the_loader_and_out_by_the_lines(virtual_boards: StartBoards) -> None:
    board = virtual_boards(port="rfc2217", model="esp32-c3")[0]
    told = esptool(board, "--no-stub", "flash-id")
    assert "Detected flash size: 4MB" in told
    assert "was NOT reset" not in told
    wait_until(lambda: tell(board, "state") == {"state": "running"})
    assert mpremote(board, "exec", "print(6 * 7)").strip() == "42"


def test_lines_reset_as_the_circuit_of_a_devkit(virtual_boards: StartBoards) -> None:
    board = virtual_boards(port="rfc2217")[0]
    port = serial.serial_for_url(board.port, 115200, timeout=30, do_not_open=True)
    port.dtr = port.rts = False
    port.open()
    with port:
        # EN alone: a restart into the program.
        port.rts = True
        port.rts = False
        assert b"(SPI_FAST_FLASH_BOOT)" in port.read_until(b">>> ")
        # IO0 low while EN rises: the loader.
        port.dtr = False
        port.rts = True
        port.dtr = True
        port.rts = False
        assert b"waiting for download" in port.read_until(b"download\r\n")
        port.dtr = False
        port.rts = True
        port.rts = False
        assert port.read_until(b">>> ").endswith(b">>> ")


def test_opening_with_both_lines_does_not_reset(virtual_boards: StartBoards) -> None:
    board = virtual_boards(port="rfc2217")[0]
    mpremote(board, "exec", "open('x', 'w').close()")
    with serial.serial_for_url(board.port, 115200, timeout=30) as port:
        port.write(b"\r\x03print('same', 6 * 7)\r")
        said = port.read_until(b"same 42")
        assert b"same 42" in said
        assert b"rst:" not in said


def test_port_is_busy_while_another_program_has_it(virtual_boards: StartBoards) -> None:
    board = virtual_boards(port="socket")[0]
    with serial.serial_for_url(board.port, timeout=30) as first:
        first.write(b"\r")
        assert first.read_until(b">>> ")
        address = board.port.removeprefix("socket://").split(":")
        with socket.create_connection((address[0], int(address[1])), 5) as second:
            assert second.recv(10) == b""
        first.write(b"1+1\r")
        assert first.read_until(b"\n2\r\n").endswith(b"\n2\r\n")


def decoded(pieces: list[bytes]) -> list[object]:
    server = Rfc2217Server(115200)
    events = [event for piece in pieces for event in server.feed(piece)]
    data = b"".join(e.data for e in events if isinstance(e, Wrote))
    return [data, [e for e in events if not isinstance(e, Wrote)]]


@given(st.binary(max_size=300), st.integers(1, 4_000_000), st.booleans(), st.randoms())
def test_stream_is_read_alike_in_any_pieces(
    data: bytes, baud: int, on: bool, random: object
) -> None:
    escaped = Rfc2217Server.escape(data)
    speed = b"\xff\xfa\x2c\x01" + baud.to_bytes(4, "big").replace(b"\xff", b"\xff\xff")
    lines = b"\xff\xfa\x2c\x05" + (b"\x08" if on else b"\x09")
    stream = escaped + speed + b"\xff\xf0" + escaped + lines + b"\xff\xf0"
    whole = decoded([stream])
    assert whole == [data + data, [SetBaud(baud), SetLines(on, False)]]
    assert decoded([bytes((b,)) for b in stream]) == whole


@given(st.binary(max_size=400))
def test_nonsense_never_harms(data: bytes) -> None:
    server = Rfc2217Server(115200)
    server.feed(data)
    server.feed(b"\xff\xf0" + b"x" * 100)
