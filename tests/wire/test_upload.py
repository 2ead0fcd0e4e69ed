"""The frames of an upload: whole, byte by byte, with junk around; and any stream cut anyhow."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.wire.upload import (
    HEAD_BYTES,
    INTERRUPT,
    Block,
    BlockReader,
    Cutter,
    Line,
    LineReader,
    frame,
    framed_size,
    record,
)

datas = st.one_of(
    st.binary(min_size=1, max_size=600),
    st.lists(st.sampled_from([2, 3, 4, 131]), min_size=1, max_size=300).map(bytes),
)
blocks = st.builds(Block, st.integers(0, 127), datas, st.integers(0, 2**21 - 1))
texts = st.text(st.characters(exclude_characters="\x1f\n\r", exclude_categories=["Cs"]), min_size=1)


def said(text: str) -> bytes:
    """A line as the board's `say` prints it."""
    return f"\x1f{text} {zlib.crc32(text.encode()):x}\r\n".encode()


@given(blocks)
def test_no_interrupt_travels(block: Block) -> None:
    framed = frame(block)
    assert INTERRUPT not in framed
    assert len(framed) == HEAD_BYTES + framed_size(block.data)


@given(st.lists(blocks, max_size=4))
def test_blocks_whole_and_byte_by_byte(sent: list[Block]) -> None:
    line = b"".join(map(frame, sent))
    assert BlockReader().feed(line) == sent
    reader = BlockReader()
    assert [got for byte in line for got in reader.feed(bytes([byte]))] == sent


@given(st.lists(blocks, min_size=1, max_size=3), st.binary(max_size=40).map(lambda b: b + b"\0"))
def test_blocks_with_junk_between(sent: list[Block], junk: bytes) -> None:
    # Junk that looks like a head swallows what follows it; a board drains, this reader looks on.
    plain = bytes(byte & 127 for byte in junk)
    assert BlockReader().feed(b"".join(plain + frame(block) for block in sent)) == sent


@given(blocks, st.integers(0), st.integers(1, 255))
def test_a_damaged_block_is_never_taken(block: Block, place: int, change: int) -> None:
    framed = bytearray(frame(block))
    # A change of the top bit alone leaves a place's digits what they were.
    framed[place % len(framed)] ^= change
    for got in BlockReader().feed(bytes(framed)):
        assert got == block


@given(st.lists(st.binary(max_size=3000), max_size=5), st.sampled_from([0, 10, 12, 15]), st.data())
def test_a_stream_comes_out_as_it_went_in(
    parts: list[bytes], bits: int, data: st.DataObject
) -> None:
    cutter = Cutter(bits, first_number=5)
    for part in parts:
        cutter.add(part)
    cutter.flush()
    inflate = zlib.decompressobj(-bits) if bits else None
    out, number = b"", 5
    while True:
        capacity = data.draw(st.integers(64, 900))
        block = cutter.cut(capacity)
        if block is None:
            break
        if data.draw(st.booleans()):
            cutter.take_back()
            block = cutter.cut(capacity)
            assert block is not None
        assert block.number == number
        assert framed_size(block.data) <= capacity
        number += 1
        came = inflate.decompress(block.data) if inflate else block.data
        assert len(came) == block.ready
        out += came
    assert out == b"".join(parts)
    assert cutter.left_bytes == 0


def test_a_block_needs_data() -> None:
    with pytest.raises(ValueError, match="0 bytes"):
        frame(Block(0, b"", 0))


@given(st.lists(texts, max_size=4), st.lists(st.binary(max_size=20), min_size=5, max_size=5))
def test_lines_among_a_programs_output(told: list[str], noise: list[bytes]) -> None:
    quiet = [bytes(byte for byte in piece if byte not in b"\x1f\n") + b"\n" for piece in noise]
    came = b"".join(junk + said(text) for text, junk in zip(told, quiet, strict=False))
    lines = [Line(text[0], text[1:]) for text in told]
    whole = LineReader()
    assert whole.feed(came) == lines
    assert bytes(whole.other) == b"".join(quiet[: len(told)])
    slow = LineReader()
    assert [got for byte in came for got in slow.feed(bytes([byte]))] == lines


@given(texts, st.integers(0), st.integers(1, 255))
def test_a_damaged_line_is_never_taken(text: str, place: int, change: int) -> None:
    came = bytearray(said(text))
    came[place % len(came)] ^= change
    for line in LineReader().feed(bytes(came)):
        assert line == Line(text[0], text[1:])


def test_a_line_that_was_cut_does_not_hide_the_next() -> None:
    assert LineReader().feed(said("W1")[:4] + said("W2")) == [Line("W", "2")]


def test_a_record_tells_its_size() -> None:
    assert record("q", b"ab") == b"q\x00\x00\x02ab"
    assert record("s", b"ab", size=66000) == b"s\x01\x01\xd0ab"
