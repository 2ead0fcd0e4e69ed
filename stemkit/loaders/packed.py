"""Flash data made ready for the wire once, for all boards that need it."""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

# Boards that were stopped at different places need different pieces; beyond this the oldest are
# forgotten and made anew, which costs time but no memory.
_KEPT_BYTES: Final = 24 << 20
_HEADER: Final = struct.Struct("<IIII")
_CHECKSUM_START: Final = 0xEF


@dataclass(frozen=True, slots=True)
class Block:
    """One flash command's body: header and compressed data, its checksum, what it unfolds to."""

    body: bytes
    checksum: int
    data_bytes: int
    unfolded_bytes: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of flash, compressed and cut into blocks."""

    address: int
    size: int
    blocks: tuple[Block, ...]

    @property
    def wire_bytes(self) -> int:
        """Compressed bytes, without the frames around them."""
        return sum(block.data_bytes for block in self.blocks)


class Packer:
    """Compresses each piece once, whichever board asks first; the others wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: dict[tuple[bytes, int, int], Piece] = {}

    def piece(self, data: bytes, address: int, block_bytes: int) -> Piece:
        """`data` for `address`, in blocks of `block_bytes` compressed bytes."""
        key = (hashlib.md5(data, usedforsecurity=False).digest(), address, block_bytes)
        with self._lock:
            found = self._pieces.pop(key, None)
            if found is None:
                found = _pack(data, address, block_bytes)
            self._pieces[key] = found
            kept = sum(piece.wire_bytes for piece in self._pieces.values())
            while kept > _KEPT_BYTES and len(self._pieces) > 1:
                kept -= self._pieces.pop(next(iter(self._pieces))).wire_bytes
            return found


def _pack(data: bytes, address: int, block_bytes: int) -> Piece:
    packed = zlib.compress(data, 9)
    unfold = zlib.decompressobj()
    blocks = []
    for seq, start in enumerate(range(0, len(packed), block_bytes)):
        part = packed[start : start + block_bytes]
        blocks.append(
            Block(
                _HEADER.pack(len(part), seq, 0, 0) + part,
                reduce(xor, part, _CHECKSUM_START),
                len(part),
                len(unfold.decompress(part)),
            )
        )
    return Piece(address, len(data), tuple(blocks))
