"""Intel HEX files, and the micro:bit's universal hex that carries one program for each version.

Formats: Intel, "Hexadecimal Object File Format Specification" (1988); micro:bit Educational
Foundation, "Universal Hex Format Specification" 0.4 (record types 0A to 0E).
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from stemkit.formats.errors import ImageChecksumError, ImageLayoutError, TruncatedImageError
from stemkit.formats.micropython_build import MicroPythonBuild, find_build
from stemkit.formats.uf2 import joined

_DATA, _END, _SEGMENT_BASE, _SEGMENT_START, _LINEAR_BASE, _LINEAR_START = range(6)
_BLOCK_START, _BLOCK_END, _PADDING, _CUSTOM_DATA, _OTHER_DATA = range(0x0A, 0x0F)
_RECORD_DATA: Final = 16

# Universal Hex specification: board ids of the micro:bit's versions.
MICROBIT_V1: Final = "microbit-v1"
MICROBIT_V2: Final = "microbit-v2"
_BOARD_BY_ID: Final = {
    0x9900: MICROBIT_V1,
    0x9901: MICROBIT_V1,
    0x9903: MICROBIT_V2,
    0x9904: MICROBIT_V2,
    0x9905: MICROBIT_V2,
    0x9906: MICROBIT_V2,
}
# Flash of the nRF51822 and of the nRF52833 in bytes (product specifications, "Memory").
_FLASH_SIZES: Final[Mapping[str, int]] = {MICROBIT_V1: 0x40000, MICROBIT_V2: 0x80000}
# From here on lie the chip's settings (UICR, 0x10001000), and what MakeCode adds for itself.
_SETTINGS_START: Final = 0x10000000
_END_OF_ADDRESSES: Final = 1 << 32
# "jmp", the first instruction of each vector of an ATmega (AVR instruction set manual).
_AVR_JUMP: Final = b"\x0c\x94"


@dataclass(frozen=True, slots=True)
class HexProgram:
    """What a plain hex file writes: (address, bytes), ascending, not overlapping."""

    memory: tuple[tuple[int, bytes], ...]
    entry: int | None
    build: MicroPythonBuild | None

    def read(self, address: int, size: int) -> bytes | None:
        """`size` bytes at `address`, or None where the file does not write them all."""
        for start, data in self.memory:
            if start <= address and address + size <= start + len(data):
                return data[address - start : address - start + size]
        return None


@dataclass(frozen=True, slots=True)
class HexFile:
    """A sound file: its programs by board (`MICROBIT_V1`, `MICROBIT_V2`, `board-N` for another)."""

    programs: Mapping[str, HexProgram]
    is_universal: bool


def starts_like_hex(data: bytes) -> bool:
    """Whether the first record's mark and length stand at the start."""
    head = data.lstrip()[:9]
    return head[:1] == b":" and len(head) == 9 and _is_hex_digits(head[1:])


def _is_hex_digits(text: bytes) -> bool:
    return all(chr(c) in "0123456789abcdefABCDEF" for c in text)


def parse(data: bytes, name: str = "image") -> HexFile:
    """Read and check every record; `name` is told in errors.

    Raises TruncatedImageError, ImageChecksumError or ImageLayoutError.
    """
    reader = _Reader(name)
    for line, text in enumerate(data.splitlines(), start=1):
        if text.strip():
            reader.take(line, text.strip())
    return reader.finish()


class _Reader:
    """Takes the records one by one and keeps each board's pieces of memory."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.base = 0
        self.board: int | None = None
        self.pieces: dict[int | None, list[tuple[int, bytes]]] = {}
        self.entries: dict[int | None, int] = {}
        self.ended = False
        self.lines = 0

    def take(self, line: int, text: bytes) -> None:
        """One record of the file's `line`."""
        self.lines = line
        record = self._record(line, text)
        kind, data = record[3], record[4:-1]
        if kind in (_DATA, _CUSTOM_DATA):
            address = self.base + (record[1] << 8 | record[2])
            self.pieces.setdefault(self.board, []).append((address, data))
        elif kind == _END:
            self.ended = True
        elif kind in (_SEGMENT_BASE, _LINEAR_BASE):
            self._sized(line, data, 2)
            self.base = int.from_bytes(data, "big") << (4 if kind == _SEGMENT_BASE else 16)
        elif kind in (_SEGMENT_START, _LINEAR_START):
            self._sized(line, data, 4)
            self.entries[self.board] = int.from_bytes(data, "big")
        elif kind == _BLOCK_START:
            self._sized(line, data, 4)
            self.board = int.from_bytes(data[:2], "big")
        elif kind not in (_BLOCK_END, _PADDING, _OTHER_DATA):
            raise self._wrong(f"record type on line {line}", f"{kind:02x}", "00-05, 0a-0e")

    def _record(self, line: int, text: bytes) -> bytes:
        if self.ended:
            raise self._wrong(f"line {line}", "a record", "the end of the file")
        try:
            record = binascii.unhexlify(text[1:]) if text[:1] == b":" else b""
        except binascii.Error:
            record = b""
        if not record:
            start = text[:12].decode("ascii", "replace")
            raise self._wrong(f"line {line}", repr(start), "':' and hexadecimal digits")
        if len(record) < 5 or len(record) != record[0] + 5:
            needed = max(5, record[0] + 5)
            if len(record) > needed:
                raise self._wrong(f"length of line {line}", len(record), needed)
            raise TruncatedImageError(
                name=self.name, part=f"line {line}", needed=needed, present=len(record)
            )
        total = sum(record) & 0xFF
        if total:
            expected, found = record[-1], (record[-1] - total) & 0xFF
            raise ImageChecksumError(
                name=self.name,
                part=f"line {line}",
                found=f"{found:02x}",
                expected=f"{expected:02x}",
            )
        return record

    def _sized(self, line: int, data: bytes, size: int) -> None:
        if len(data) != size:
            raise self._wrong(f"length of line {line}", len(data), size)

    def _wrong(self, part: str, found: object, expected: object) -> ImageLayoutError:
        return ImageLayoutError(name=self.name, part=part, found=found, expected=expected)

    def finish(self) -> HexFile:
        """The file that the records make up."""
        if not self.ended:
            raise TruncatedImageError(
                name=self.name, part="end of file record", needed=11, present=0
            )
        universal = any(board is not None for board in self.pieces)
        programs: dict[str, HexProgram] = {}
        for board, pieces in self.pieces.items():
            program = self._program(board, pieces)
            title = (
                _plain_target(program)
                if board is None
                else _BOARD_BY_ID.get(board, f"board-{board:04x}")
            )
            self._fits(title, program)
            programs[title] = program
        if not programs:
            raise self._wrong("contents", "0 bytes", ">= 1 byte")
        return HexFile(programs, universal)

    def _program(self, board: int | None, pieces: list[tuple[int, bytes]]) -> HexProgram:
        end = 0
        for address, data in sorted(pieces, key=lambda piece: piece[0]):
            if address < end:
                raise self._wrong(f"address 0x{address:08x}", "written twice", "written once")
            end = address + len(data)
        memory = tuple(joined(pieces))
        return HexProgram(memory, self.entries.get(board), find_build(*(d for _, d in memory)))

    def _fits(self, title: str, program: HexProgram) -> None:
        """Refuse what cannot be a micro:bit's program: another chip's hex looks the same."""
        size = _FLASH_SIZES.get(title)
        if size is None:
            return
        ends = [start + len(data) for start, data in program.memory]
        in_flash = [end for end in ends if end <= _SETTINGS_START]
        if not in_flash or max(in_flash) > size or ends[-1] > _END_OF_ADDRESSES:
            wrong = ends[-1] if not in_flash or ends[-1] > _END_OF_ADDRESSES else max(in_flash)
            raise self._wrong(f"end of {title}", f"0x{wrong:08x}", f"<= 0x{size:08x}")
        first = program.read(0, 6) or b""
        if first[:2] == first[4:] == _AVR_JUMP:
            raise self._wrong("first instruction", "AVR (Arduino)", "ARM (micro:bit)")


def _plain_target(program: HexProgram) -> str:
    """The micro:bit of a plain hex: MicroPython names its chip, else the size tells."""
    machine = (program.build.machine or "") if program.build else ""
    if "nRF52" in machine:
        return MICROBIT_V2
    if "nRF51" in machine:
        return MICROBIT_V1
    flash = [address + len(data) for address, data in program.memory if address < _SETTINGS_START]
    v1_bytes = _FLASH_SIZES[MICROBIT_V1]
    return MICROBIT_V2 if max(flash, default=0) > v1_bytes else MICROBIT_V1


def build(memory: Iterable[tuple[int, bytes]], entry: int | None = None) -> bytes:
    """A plain hex file that writes `memory`, 16 bytes of data a record."""
    lines = []
    upper = 0
    for start, data in sorted(memory, key=lambda piece: piece[0]):
        address, end = start, start + len(data)
        while address < end:
            if address >> 16 != upper:
                upper = address >> 16
                lines.append(_line(0, _LINEAR_BASE, upper.to_bytes(2, "big")))
            # A record must not run over a 64 KiB border: its address has 16 bits.
            size = min(_RECORD_DATA - address % _RECORD_DATA, end - address)
            piece = data[address - start : address - start + size]
            lines.append(_line(address & 0xFFFF, _DATA, piece))
            address += size
    if entry is not None:
        lines.append(_line(0, _LINEAR_START, entry.to_bytes(4, "big")))
    lines.append(_line(0, _END, b""))
    return b"".join(lines)


def _line(address: int, kind: int, data: bytes) -> bytes:
    record = bytes((len(data), address >> 8, address & 0xFF, kind)) + data
    checksum = -sum(record) & 0xFF
    return b":" + (record + bytes((checksum,))).hex().upper().encode() + b"\n"
