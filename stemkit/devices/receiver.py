"""The receiver's MicroPython sources, and the first words that start it on a board.

It is sent for each upload: so it always is the one that this stemkit speaks with, and nothing of
it stays on the board.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# `swap.py` keeps this in front on the board, so that it is known for what it is.
SWAP_MARK: Final = b"#stemkit"
PIECES: Final = ("core", "files", "question", "left", "fast", "store", "place", "swap")

LISTING_BYTES: Final = 99
_CORE_BITS: Final = 10

# What the sources call things, and what travels: each byte costs 87 us at 115200 baud.
_LONG_NAMES: Final = """
answer check chunk code digest digits digits_of filled finish get head held inflate kind label leave
memory part patience path poll_set ready receive record room size source staged stat take there
total value view wanted whole wish
"""
SHORT_NAMES: Final = dict(
    zip(_LONG_NAMES.split(), "ABCDEFGHIJKLMNOPQRSTUVWXYZjklmnotuvwyz", strict=False)
)
_OPERATORS: Final = re.compile(r"\s*([-+*/=<>,:()\[\]{}&|;!]+)\s*")
_NAMES: Final = re.compile(r"(?<![.\w\"])(" + "|".join(SHORT_NAMES) + r")\b(?!\")")


@dataclass(frozen=True, slots=True)
class ReceiverSource:
    """The sources of `firmware/runtime/receiver` as they travel, in the parts of `in_parts`."""

    core: list[bytes]
    files: list[bytes]
    question: list[bytes]
    left: list[bytes]
    fast: list[bytes]
    store: list[bytes]
    place: list[bytes]
    swap: list[bytes]


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How the receiver's first piece gets onto a board."""

    code: bytes
    """For the raw prompt; it prints a line of kind `R` with `Facts` and reads `packed`."""
    packed: bytes
    """The parts, without byte 3 (Ctrl-C), which would interrupt."""


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
_FACTS: Final = rf"""gc.collect();s=os.statvfs(os.getcwd());l='/'.join(os.listdir())
 t='R%s %d %d %d %s'%(sys.platform,gc.mem_free(),s[1],s[4],l.replace('\n','/')[:{LISTING_BYTES}])
 print('\x1f%s %x'%(t,b.crc32(t.encode())))"""


def bootstrap(core: list[bytes], *, deflate: bool) -> Bootstrap:
    """What starts the parts of `core` on a board without leaving names behind.

    With `deflate` they travel deflated and checked, and a damaged piece is not run.
    """
    sizes = ",".join(str(len(part)) for part in core)
    text = b"".join(core)
    if not deflate:
        code = _PLAIN.format(facts=_FACTS, sizes=sizes)
        return Bootstrap(code.encode(), text)
    deflater = zlib.compressobj(9, zlib.DEFLATED, -_CORE_BITS)
    packed = deflater.compress(text) + deflater.flush()
    other = _absent_byte(packed)
    code = _PACKED.format(
        facts=_FACTS,
        count=len(packed),
        other=other,
        check=zlib.crc32(packed),
        bits=_CORE_BITS,
        sizes=sizes,
    )
    return Bootstrap(code.encode(), packed.replace(b"\x03", bytes([other])))


_PACKED: Final = r"""import sys,io,gc,os,deflate as d,binascii as b
def f(n):
 {facts}
 c=sys.stdin.buffer.read({count}).replace(b'\x{other:02x}',b'\3')
 if b.crc32(c)=={check}:
  z=d.DeflateIO(io.BytesIO(c),d.RAW,{bits});c=0
  for i in({sizes}):exec(z.read(i),n)
  z=0;n['run']()
f({{}})
del f,d,b,io,sys,gc,os
"""
_PLAIN: Final = """import sys,gc,os,binascii as b
def f(n):
 {facts}
 for i in({sizes}):exec(sys.stdin.buffer.read(i),n)
 n['run']()
f({{}})
del f,b,sys,gc,os
"""


def _absent_byte(packed: bytes) -> int:
    """A byte that can stand for byte 3; pieces of this size leave some unused."""
    return min(set(range(32, 256)) - set(packed))
