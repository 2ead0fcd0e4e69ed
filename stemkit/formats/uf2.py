"""UF2 files: 512-byte blocks, each with its target address, number and chip family.

Format: github.com/microsoft/uf2, README; RP2040 datasheet 2.8.4.2; RP2350 datasheet 5.5.2 and
erratum E10 (a first block of its own family that the chip ignores).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.formats.errors import ImageLayoutError, TruncatedImageError
from stemkit.formats.micropython_build import MicroPythonBuild, find_build

BLOCK_SIZE: Final = 512
PAYLOAD_SIZE: Final = 256
SECTOR_SIZE: Final = 4096
_BLOCK: Final = struct.Struct("<8I476sI")
_MAGIC_1: Final = 0x0A324655
_MAGIC_2: Final = 0x9E5D5157
_MAGIC_END: Final = 0x0AB16F30

FLAG_NOT_MAIN_FLASH: Final = 0x0001
FLAG_FAMILY: Final = 0x2000

FAMILY_RP2040: Final = 0xE48BFF56
FAMILY_ABSOLUTE: Final = 0xE48BFF57
FAMILY_DATA: Final = 0xE48BFF58
FAMILY_RP2350_ARM: Final = 0xE48BFF59
FAMILY_RP2350_RISCV: Final = 0xE48BFF5A
FAMILY_RP2350_ARM_NONSECURE: Final = 0xE48BFF5B
FAMILY_NAMES: Final[Mapping[int, str]] = {
    FAMILY_RP2040: "rp2040",
    FAMILY_ABSOLUTE: "absolute",
    FAMILY_DATA: "data",
    FAMILY_RP2350_ARM: "rp2350-arm-s",
    FAMILY_RP2350_RISCV: "rp2350-riscv",
    FAMILY_RP2350_ARM_NONSECURE: "rp2350-arm-ns",
}
# The window in which flash is seen: RP2040 data sheet 2.2 and 2.8.4.2, RP2350 data sheet 2.2.1.
_FLASH_START: Final = 0x10000000
_FLASH_END: Final[Mapping[int, int]] = {
    FAMILY_RP2040: 0x11000000,
    FAMILY_RP2350_ARM: 0x12000000,
    FAMILY_RP2350_RISCV: 0x12000000,
    FAMILY_RP2350_ARM_NONSECURE: 0x12000000,
}


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `payload` belongs at `address`; it is `number` of the `count` of its family."""

    address: int
    payload: bytes
    number: int
    count: int
    family: int | None
    flags: int
    rest: bytes = b""
    """What stands behind the payload: extension tags, such as picotool's "ignore this block"."""


@dataclass(frozen=True, slots=True)
class Uf2File:
    """A sound file: blocks in file order, and its families in the order of their first block."""

    blocks: tuple[Block, ...]
    families: tuple[int | None, ...]
    build: MicroPythonBuild | None

    def of(self, family: int | None) -> tuple[Block, ...]:
        """The blocks of one family in their order."""
        return tuple(block for block in self.blocks if block.family == family)

    def memory(self, family: int | None) -> list[tuple[int, bytes]]:
        """The stretches of memory that a family's blocks write: (address, bytes), ascending."""
        return joined((block.address, block.payload) for block in self.of(family))


def family_name(family: int | None) -> str:
    """What people call a family, or its number."""
    return "no family" if family is None else FAMILY_NAMES.get(family, f"0x{family:08x}")


def starts_like_uf2(data: bytes) -> bool:
    """Whether the first block's magic numbers are there."""
    return data[:8] == struct.pack("<II", _MAGIC_1, _MAGIC_2)


def parse(data: bytes, name: str = "image") -> Uf2File:
    """Read and check every block; `name` is told in errors.

    Each family's blocks must be numbered 0, 1, ... with one count, in order, ascending in memory
    without overlap. Raises TruncatedImageError or ImageLayoutError.
    """
    rest = len(data) % BLOCK_SIZE
    if rest or not data:
        number = len(data) // BLOCK_SIZE
        raise TruncatedImageError(
            name=name, part=f"block {number}", needed=BLOCK_SIZE, present=rest
        )
    blocks = tuple(
        _block(words, number, name) for number, words in enumerate(_BLOCK.iter_unpack(data))
    )
    main = tuple(block for block in blocks if not block.flags & FLAG_NOT_MAIN_FLASH)
    groups: dict[int | None, list[Block]] = {}
    for block in main:
        groups.setdefault(block.family, []).append(block)
    for family, group in groups.items():
        _check_group(family, group, name)
    pieces = [
        piece
        for family in groups
        for _, piece in joined((b.address, b.payload) for b in groups[family])
    ]
    return Uf2File(main, tuple(groups), find_build(*pieces))


def _block(
    words: tuple[int, int, int, int, int, int, int, int, bytes, int], place: int, name: str
) -> Block:
    magic_1, magic_2, flags, address, size, number, count, family, data, magic_end = words
    if (magic_1, magic_2, magic_end) != (_MAGIC_1, _MAGIC_2, _MAGIC_END):
        raise ImageLayoutError(
            name=name,
            part=f"magic of block {place}",
            found=f"{magic_1:08x} {magic_2:08x} {magic_end:08x}",
            expected=f"{_MAGIC_1:08x} {_MAGIC_2:08x} {_MAGIC_END:08x}",
        )
    if not 0 < size <= len(data):
        raise ImageLayoutError(
            name=name, part=f"size of block {place}", found=size, expected=f"1..{len(data)}"
        )
    known = family if flags & FLAG_FAMILY else None
    return Block(address, data[:size], number, count, known, flags, data[size:])


def _check_group(family: int | None, group: Sequence[Block], name: str) -> None:
    title = family_name(family)
    if _is_e10_group(family, group):
        return
    count = group[0].count
    end = 0
    if family is not None and family in _FLASH_END:
        _check_rp2(family, group, name)
    for expected, block in enumerate(group):
        if block.number != expected or block.count != count:
            raise ImageLayoutError(
                name=name,
                part=f"block {expected} of {title}",
                found=f"{block.number}/{block.count}",
                expected=f"{expected}/{count}",
            )
        if block.address < end:
            raise ImageLayoutError(
                name=name,
                part=f"address of block {expected} of {title}",
                found=f"0x{block.address:08x}",
                expected=f">= 0x{end:08x}",
            )
        end = block.address + len(block.payload)
    if len(group) != count:
        raise TruncatedImageError(
            name=name, part=title, needed=count * BLOCK_SIZE, present=len(group) * BLOCK_SIZE
        )


def _check_rp2(family: int, group: Sequence[Block], name: str) -> None:
    """The boot ROM passes over blocks of another size, and a program in RAM does not stay."""
    title = family_name(family)
    for place, block in enumerate(group):
        if len(block.payload) != PAYLOAD_SIZE:
            raise ImageLayoutError(
                name=name,
                part=f"size of block {place} of {title}",
                found=len(block.payload),
                expected=PAYLOAD_SIZE,
            )
        if block.address % PAYLOAD_SIZE or not _FLASH_START <= block.address < _FLASH_END[family]:
            raise ImageLayoutError(
                name=name,
                part=f"address of block {place} of {title}",
                found=f"0x{block.address:08x}",
                expected=f"0x{_FLASH_START:08x}..0x{_FLASH_END[family] - PAYLOAD_SIZE:08x}",
            )


def _is_e10_group(family: int | None, group: Sequence[Block]) -> bool:
    """Whether it is the block 0 of 2 that tools put first for RP2350 erratum E10: 1 never comes."""
    first = group[0]
    return family == FAMILY_ABSOLUTE and len(group) == 1 and (first.number, first.count) == (0, 2)


def joined(pieces: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Neighbouring pieces of memory put together; the pieces must not overlap."""
    stretches: list[tuple[int, list[bytes]]] = []
    end = -1
    for address, data in sorted(pieces, key=lambda piece: piece[0]):
        if address != end:
            stretches.append((address, []))
        stretches[-1][1].append(data)
        end = address + len(data)
    return [(address, b"".join(parts)) for address, parts in stretches]


def build(family: int, memory: Iterable[tuple[int, bytes]]) -> bytes:
    """A UF2 file that writes `memory` (address on 256 bytes, data filled up with FF) to a family.

    Raises ValueError for an address that is not on 256 bytes, or overlapping pieces.
    """
    pages: list[tuple[int, bytes]] = []
    end = 0
    for address, data in sorted(memory, key=lambda piece: piece[0]):
        if address % PAYLOAD_SIZE or address < end:
            raise ValueError(f"0x{address:08x} is not a free page")
        for offset in range(0, len(data), PAYLOAD_SIZE):
            page = data[offset : offset + PAYLOAD_SIZE].ljust(PAYLOAD_SIZE, b"\xff")
            pages.append((address + offset, page))
            end = address + offset + PAYLOAD_SIZE
    return b"".join(
        _packed(Block(address, page, number, len(pages), family, FLAG_FAMILY))
        for number, (address, page) in enumerate(pages)
    )


def merge(firmware: Uf2File, family: int, memory: Iterable[tuple[int, bytes]]) -> bytes:
    """The firmware's file with `memory` added for `family`, that family's blocks numbered anew.

    Blocks of other families (the RP2350's first one) stay as they are and in front. Raises
    ValueError where `memory` falls on what the firmware writes.
    """
    others = [block for block in firmware.blocks if block.family != family]
    own = [*((b.address, b.payload) for b in firmware.of(family)), *memory]
    return b"".join(map(_packed, others)) + build(family, own)


def _packed(block: Block) -> bytes:
    return _BLOCK.pack(
        _MAGIC_1,
        _MAGIC_2,
        block.flags,
        block.address,
        len(block.payload),
        block.number,
        block.count,
        block.family or 0,
        block.payload + block.rest,
        _MAGIC_END,
    )
