"""Compression once for all boards."""

from __future__ import annotations

import struct
import threading
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.loaders import packed
from stemkit.loaders.packed import Packer
from tests.loaders.bench import noise


@given(st.binary(max_size=5000), st.sampled_from([0x400, 0x4000]), st.integers(0, 1 << 22))
def test_blocks_are_the_data(data: bytes, block_bytes: int, address: int) -> None:
    piece = Packer().piece(data, address, block_bytes)
    stream = b""
    for seq, block in enumerate(piece.blocks):
        size, number, zero, also_zero = struct.unpack_from("<IIII", block.body)
        part = block.body[16:]
        assert (size, number, zero, also_zero) == (len(part), seq, 0, 0)
        assert block.data_bytes == len(part) <= block_bytes
        checksum = 0xEF
        for byte in part:
            checksum ^= byte
        assert block.checksum == checksum
        stream += part
    assert zlib.decompress(stream) == data
    assert piece.wire_bytes == len(stream)
    assert sum(block.unfolded_bytes for block in piece.blocks) == len(data) == piece.size


def test_boards_that_ask_at_once_get_the_same_piece() -> None:
    packer = Packer()
    data = noise(200_000)
    found = []

    def ask() -> None:
        found.append(packer.piece(bytes(data), 0x1000, 0x4000))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(piece) for piece in found}) == 1


def test_the_address_and_the_block_size_are_part_of_what_is_asked() -> None:
    packer = Packer()
    data = noise(3000)
    pieces = {id(packer.piece(data, a, b)) for a in (0, 0x1000) for b in (0x400, 0x4000)}
    assert len(pieces) == 4


def test_memory_does_not_grow_with_boards_that_stopped_at_different_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packed, "_KEPT_BYTES", 20_000)
    packer = Packer()
    pieces = [packer.piece(noise(1000, n), n, 0x4000) for n in range(100)]
    assert packer.piece(noise(1000, 99), 99, 0x4000) is pieces[99]
    assert packer.piece(noise(1000, 0), 0, 0x4000) is not pieces[0]
