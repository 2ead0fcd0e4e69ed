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

# `swap.py` keeps this in front on the board, so that it is known for what it is.
SWAP_MARK: Final = b"#stemkit"
PIECES: Final = ("same", "core", "files", "question", "left", "fast", "store", "place", "swap")

LISTING_BYTES: Final = 99
_CORE_BITS: Final = 10
# Reading its files and hashing them: the slowest board (ESP8266) is several times as fast.
_READS_BYTES_S: Final = 30_000

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
class Bootstrap:
    """How the receiver's first pieces get onto a board."""

    code: bytes
    """For the raw prompt; it prints a line of kind `R` with `Facts` and reads `packed`."""
    packed: bytes
    """The receiver's core, without byte 3 (Ctrl-C), which would interrupt."""
    asks_first: bool
    """It also takes a `Comparison` before `packed`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A piece for a board that may have all files already."""

    packed: bytes
    """What a bootstrap that asks first reads; it prints a line of kind `U` (same) or `D`."""
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
_FACTS: Final = rf"""gc.collect();s=os.statvfs(os.getcwd());l='/'.join(os.listdir())
 t='R%s %d %d %d %s'%(sys.platform,gc.mem_free(),s[1],s[4],l.replace('\n','/')[:{LISTING_BYTES}])
 print('\x1f%s %x'%(t,b.crc32(t.encode())))"""


def bootstrap(core: list[bytes], *, deflate: bool) -> Bootstrap:
    """What starts the parts of `core` on a board without leaving names behind.

    With `deflate` they travel deflated and checked, and a damaged piece is not run.
    """
    if not deflate:
        code = _PLAIN.format(facts=_FACTS, sizes=",".join(str(len(part)) for part in core))
        return Bootstrap(code.encode(), b"".join(core), asks_first=False)
    return Bootstrap(_PACKED.format(facts=_FACTS).encode(), _packed(core), asks_first=True)


def comparison(same: list[bytes], manifest: bytes, files: Sequence[BoardFile]) -> Comparison:
    """What asks a board whether it has this manifest and exactly these files."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path):
        total.update(hashlib.sha256(file.content).digest())
    wished = f"CHECK={zlib.crc32(manifest)}\nTOTAL='{total.hexdigest()}'\n".encode()
    size = sum(len(file.content) for file in files)
    return Comparison(_packed([wished + b"\n".join(same)]), size / _READS_BYTES_S)


def _packed(parts: list[bytes]) -> bytes:
    """Parts as `_PACKED` reads them: how many bytes, what stands for byte 3, CRC-32, deflated."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -_CORE_BITS)
    sizes = f"[{','.join(str(len(part)) for part in parts)}]\n".encode()
    packed = deflater.compress(sizes + b"".join(parts)) + deflater.flush()
    other = bytes([_absent_byte(packed)])
    packed = packed.replace(b"\x03", other)
    return b"%4d%s%08x" % (len(packed), other, zlib.crc32(packed)) + packed


_PACKED: Final = r"""import sys,io,gc,os,deflate as d,binascii as b
def f(n):
 r=sys.stdin.buffer.read
 {facts}
 p=1
 while p:
  h=r(13);c=r(int(h[:4]))
  if b.crc32(c)!=int(h[5:],16):break
  z=d.DeflateIO(io.BytesIO(c.replace(h[4:5],b'\3')),d.RAW,10);c=0
  for i in eval(z.readline()):gc.collect();exec(z.read(i),n)
  z=0;p=n['run']()
f({{}})
del f,d,b,io,sys,gc,os
"""
_PLAIN: Final = """import sys,gc,os,binascii as b
def f(n):
 {facts}
 for i in({sizes}):gc.collect();exec(sys.stdin.buffer.read(i),n)
 n['run']()
f({{}})
del f,b,sys,gc,os
"""


def _absent_byte(packed: bytes) -> int:
    """A byte that can stand for byte 3; pieces of this size leave some unused."""
    return min(set(range(32, 256)) - set(packed))
