"""The receiver's MicroPython sources, and the first words that start it on a board.

It is sent for each upload: so it always is the one that this stemkit speaks with, and nothing of
it stays on the board.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.model.deployment import BoardFile
from stemkit.wire.upload import MAX_DATA_BYTES, Cutter

# `swap.py` keeps this in front on the board, so that it is known for what it is.
SWAP_MARK: Final = b"#stemkit"
PIECES: Final = ("same", "core", "files", "question", "left", "fast", "store", "place", "swap")

LISTING_BYTES: Final = 99
_LEAST_BITS: Final = 10
# Reading its files and hashing them: the slowest board (ESP8266) is several times as fast.
_READS_BYTES_S: Final = 30_000

# What the sources call things, and what travels: each byte costs 87 us at 115200 baud.
_LONG_NAMES: Final = """
answer check chunk code digest digits digits_of filled finish get head held inflate kind label
leave memory packet part patience path poll_set ready receive record room size source staged stat
take there total value view wanted whole wish
"""
SHORT_NAMES: Final = dict(
    zip(_LONG_NAMES.split(), "ABCDEFGHIJKLMNOPQRSTUVWXYZjklmnotuvwyzg", strict=False)
)
_OPERATORS: Final = re.compile(r"\s*([-+*/=<>,:()\[\]{}&|;!]+)\s*")
_NAMES: Final = re.compile(r"(?<![.\w\"])(" + "|".join(SHORT_NAMES) + r")\b(?!\")")


@dataclass(frozen=True, slots=True)
class ReceiverSource:
    """The sources of `firmware/runtime/receiver` as they travel, in the parts of `in_parts`."""

    same: list[bytes]
    core: list[bytes]
    files: list[bytes]
    question: list[bytes]
    left: list[bytes]
    fast: list[bytes]
    store: list[bytes]
    place: list[bytes]
    swap: list[bytes]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A piece for a board that may have all files already."""

    packed: bytes
    """What the first words read; it prints a line of kind `U` (same) or `D`."""
    limit_s: float
    """How long a slow board may take to read its files."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a board says of itself before anything else."""

    platform: str
    """The MicroPython port: `esp32`, `rp2`."""
    free_memory: int
    """Free bytes of the heap."""
    block_bytes: int
    """Size of the file system's blocks."""
    free_blocks: int
    names: frozenset[str] | None
    """What lies at the top of its file system; None when that is too much to tell."""


def facts_in(text: str) -> Facts:
    """Read the text of an `R` line; ValueError for one that is none."""
    platform, memory, block, blocks, names = text.split(" ", 4)
    known = len(names) < LISTING_BYTES
    listed = frozenset(names.split("/")) - {""} if known else None
    return Facts(platform, int(memory), int(block), int(blocks), listed)


def load_receiver(folder: Path) -> ReceiverSource:
    """Read the sources from their folder."""
    return ReceiverSource(
        **{name: in_parts((folder / f"{name}.py").read_text("utf-8")) for name in PIECES}
    )


def in_parts(source: str) -> list[bytes]:
    """A source cut where two empty lines are, squeezed.

    A board compiles one part after the other, which takes a fraction of the memory that the whole
    would need at once.
    """
    parts = [squeezed(part) for part in source.split("\n\n\n")]
    return [part for part in parts if part]


def squeezed(source: str) -> bytes:
    """A source of ours without comments, empty lines, and most spaces, with short names.

    Good for the receiver's own sources alone, whose strings hold nothing that looks like code.
    """
    lines = []
    for row in source.splitlines():
        text = row.strip()
        if text and not text.startswith("#"):
            depth = (len(row) - len(row.lstrip())) // 4
            lines.append(" " * depth + _NAMES.sub(_short, _OPERATORS.sub(r"\1", text)))
    return "\n".join(lines).encode()


def _short(name: re.Match[str]) -> str:
    return SHORT_NAMES[name.group()]


# A name with a line end would break the line; none is lost, for it then asks about every file.
# Then: how many bytes, what stands for byte 3, CRC-32, how many of the bytes are a program (with
# the rest in `packet`), and all again until what that program calls `run` is content.
FIRST_WORDS: Final = (
    rf"""import sys,gc,os,binascii as b
def f(n):
 r=sys.stdin.buffer.read;p=1;gc.collect();s=os.statvfs(os.getcwd());l='/'.join(os.listdir())
 l='R%s %d %d %d %s'%(sys.platform,gc.mem_free(),s[1],s[4],l.replace('\n','/')[:{LISTING_BYTES}])
 print('\x1f%s %x'%(l,b.crc32(l.encode())));l=0
 while p:
  h=r(16);c=r(int(h[:4]))
  if b.crc32(c)!=int(h[5:13],16):break
  n['{SHORT_NAMES["packet"]}']=c=c.replace(h[4:5],b'\3');c=c[:int(h[13:])];exec(c,n);c=0;p=n['run']()
f({{}})
del f,b,sys,gc,os
"""
).encode()

# The buffer has its place before anything is compiled, so that no gap is left behind it. `held` is
# what BytesIO reads in place, `memory` a second view of the same bytes that can be written.
_ROOM: Final = """import gc,io,uctypes as u
held=memory=source=inflate=0
gc.collect()
held=bytes({room})
memory=memoryview(u.bytearray_at(u.addressof(held),{room}))
source=inflate=io.BytesIO(held)
"""
_INFLATED: Final = (
    _ROOM
    + """filled={size}
memory[:{size}]=memoryview(packet)[-{size}:]
packet=0
import deflate as d
inflate=d.DeflateIO(source,d.RAW,{bits})
for i in {sizes}:
    gc.collect()
    exec(inflate.read(i),globals())
"""
)
_ONCE: Final = """import io,deflate as d
exec(d.DeflateIO(io.BytesIO(packet[-{size}:]),d.RAW,{bits}).read({all}),globals())
"""
_PLAIN: Final = (
    _ROOM
    + """filled=0
packet=io.BytesIO(memoryview(packet)[-{size}:])
for i in {sizes}:
    gc.collect()
    exec(packet.read(i),globals())
packet=0
"""
)


def opening(core: list[bytes], cutter: Cutter, room_bytes: int) -> bytes:
    """What the first words read: a buffer of this size, then the receiver's core.

    The core is the beginning of the cutter's stream, which goes on from there. A damaged opening
    is not run.
    """
    if not cutter.window_bits:
        return _packet(_PLAIN, b"".join(core), core, room=room_bytes)
    return _packet(_INFLATED, _packed(core, cutter), core, room=room_bytes, bits=cutter.window_bits)


def comparison(same: list[bytes], manifest: bytes, files: Sequence[BoardFile]) -> Comparison:
    """What asks a board whether it has this manifest and exactly these files."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path):
        total.update(hashlib.sha256(file.content).digest())
    wished = f"CHECK={zlib.crc32(manifest)}\nTOTAL='{total.hexdigest()}'\n".encode()
    size = sum(len(file.content) for file in files)
    parts = [wished + b"\n".join(same)]
    packed = _packed(parts, Cutter(_LEAST_BITS, first_number=0))
    return Comparison(_packet(_ONCE, packed, parts, bits=_LEAST_BITS), size / _READS_BYTES_S)


def _packed(parts: list[bytes], cutter: Cutter) -> bytes:
    """Parts as the next block of a stream."""
    cutter.add(b"".join(parts))
    cutter.flush()
    block = cutter.cut(MAX_DATA_BYTES)
    assert block is not None
    return block.data


def _packet(program: str, content: bytes, parts: list[bytes], **sizes: int) -> bytes:
    """A program and what it reads, as `FIRST_WORDS` take them."""
    of_parts = f"({','.join(str(len(part)) for part in parts)},)"
    told = {"size": len(content), "sizes": of_parts, "all": sum(map(len, parts)), **sizes}
    code = squeezed(program.format(**told))
    packet = code + b"\n" + content
    other = bytes([_absent_byte(packet)])
    packet = packet.replace(b"\x03", other)
    return b"%4d%s%08x%3d" % (len(packet), other, zlib.crc32(packet), len(code)) + packet


def _absent_byte(packed: bytes) -> int:
    """A byte that can stand for byte 3; pieces of this size leave some unused."""
    return min(set(range(32, 256)) - set(packed))
