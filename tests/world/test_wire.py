"""The peripheral wire: framing, and what a board can send that it should not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.storage import catalogue
from stemkit.virtual.world import BoardSpec, World, board_spec
from stemkit.virtual.world.parts import PARTS
from stemkit.virtual.world.wire import HEADER, Op, is_line, request, split
from tests.world.boards import spec

_frames = st.builds(
    request,
    st.integers(0, 255).filter(lambda op: op != ord("{")),
    st.integers(0, 255),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=40),
)
_lines = st.from_regex(rb"\{[^\n]{0,40}", fullmatch=True)
_messages = st.lists(st.one_of(_frames, _lines), max_size=12)


@given(_messages, st.data())
def test_messages_are_found_however_they_come(messages: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(m + b"\n" if is_line(m) else m for m in messages)
    assert split(stream) == (messages, b"")
    found: list[bytes] = []
    rest = b""
    for byte in stream:
        more, rest = split(rest + bytes((byte,)))
        found += more
    assert (found, rest) == (messages, b"")
    cut = data.draw(st.integers(0, len(stream)))
    first, rest = split(stream[:cut])
    second, rest = split(rest + stream[cut:])
    assert (first + second, rest) == (messages, b"")


def test_a_line_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="without an end"):
        split(b"{" * 70000)


@settings(max_examples=300, deadline=None)
@given(st.lists(_frames, max_size=8))
def test_no_frame_upsets_a_world(frames: list[bytes]) -> None:
    world = World(spec("esp32"))
    started = time.monotonic()
    for frame in frames:
        answer = world.handle(frame)
        assert answer == b"" if frame[0] & 0x80 else answer
    world.outputs()
    world.values()
    assert time.monotonic() - started < 5


def test_an_unknown_question_is_answered() -> None:
    assert World(spec()).handle(request(0x7A, 0, 0)) == b"\x16"
    assert World(spec()).handle(request(0xFA, 0, 0)) == b""


def test_errors_have_a_body_of_the_promised_length() -> None:
    world = World(spec())
    payload = bytes((0, 0, 6, 0))
    assert world.handle(request(Op.I2C_TRANSFER, 0x55, 0, payload)) == b"\x13" + bytes(8)
    assert world.handle(request(Op.DHT, 33, 0)) == b"\x6e" + bytes(5)
    assert world.handle(request(Op.QUANTITY, 0, 0, b"nothing")) == b"\x16" + bytes(8)


@pytest.mark.parametrize("model", sorted(catalogue.boards()))
def test_every_board_of_the_catalogue_has_its_world(model: str) -> None:
    board = board_spec(catalogue.boards()[model], b"\1\2\3\4")
    assert BoardSpec.from_json(board.to_json()) == board
    world = World(board)
    hello = world.handle(request(Op.HELLO, 0, 123_456_789))
    assert hello[0] == 0
    assert len(hello) == 3 + int.from_bytes(hello[1:3], "little")
    for pin in board.pins:
        assert world.handle(request(Op.PIN_READ, pin, 1000))[0] == 0
        assert world.handle(request(Op.ADC, pin, 1000))[0] == 0


def test_every_part_of_the_catalogue_is_imitated() -> None:
    assert set(PARTS) == set(catalogue.sensors())


def test_frames_have_the_size_that_the_boards_code_writes() -> None:
    assert HEADER.size == 12
