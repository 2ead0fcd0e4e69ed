"""The receiver's MicroPython sources, and the first words that start it on a board."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# `swap.py` keeps this in front on the board, so that it is known for what it is.
SWAP_MARK: Final = b"#stemkit"
FIRST_BITS: Final = 10
FIRST_ROOM_BYTES: Final = 1280


@dataclass(frozen=True, slots=True)
class ReceiverSource:
    """The pieces of `firmware/runtime/receiver`, without comments."""

    core: bytes
    question: bytes
    fast: bytes
    store: bytes
    place: bytes
    swap: bytes


def load_receiver(folder: Path) -> ReceiverSource:
    """Read the pieces from their folder."""
    names = ("core", "question", "fast", "store", "place", "swap")
    pieces = {name: stripped((folder / f"{name}.py").read_text("utf-8")) for name in names}
    return ReceiverSource(**{**pieces, "swap": SWAP_MARK + b"\n" + pieces["swap"]})


def stripped(source: str) -> bytes:
    """A source of ours without comment lines and empty lines, indented by single spaces.

    Good for the receiver's own sources alone: a `#` line inside a string would go too.
    """
    lines = []
    for line in source.splitlines():
        text = line.strip()
        if text and not text.startswith("#"):
            lines.append(" " * ((len(line) - len(line.lstrip())) // 4) + text)
    return "\n".join(lines).encode()


def bootstrap(core: bytes, *, deflate: bool) -> bytes:
    """Code for the raw prompt that starts `core` without leaving names behind.

    With `deflate` the core travels deflated and checked; a damaged one is not run.
    """
    names = f"{{'SIZE':{FIRST_ROOM_BYTES},'BITS':{FIRST_BITS if deflate else 0}}}".encode()
    if not deflate:
        return b"exec(" + _literal(core) + b"," + names + b")"
    deflater = zlib.compressobj(9, zlib.DEFLATED, -FIRST_BITS)
    packed = deflater.compress(core) + deflater.flush()
    return (
        b"import io,deflate as d,binascii as b\n"
        b"(lambda c:b.crc32(c)==%d and exec(d.DeflateIO(io.BytesIO(c),d.RAW,%d).read(),%s))(%s)"
        % (zlib.crc32(packed), FIRST_BITS, names, _literal(packed))
    )


def _literal(content: bytes) -> bytes:
    """A MicroPython bytes literal that the raw prompt takes as it is.

    The prompt acts on bytes 1 to 5, the lexer on line ends; all others stand for themselves.
    """
    out = bytearray()
    for byte in content:
        if byte in b"\\'":
            out += b"\\" + bytes([byte])
        elif byte < 6 or byte in b"\r\n":
            out += b"\\x%02x" % byte
        else:
            out.append(byte)
    return b"b'" + bytes(out) + b"'"
