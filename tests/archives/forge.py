"""Zip files written by hand, so that every field can lie."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from typing import Any

FILE_MODE = 0o100644 << 16
LINK_MODE = 0o120777 << 16


@dataclass(frozen=True)
class Made:
    """A file for `forge`; what is None is written truly. `local_*` lies before the file alone."""

    name: str | bytes = "a.txt"
    content: bytes = b"hello\n"
    method: int = 8
    flags: int = 1 << 11
    crc: int | None = None
    size: int | None = None
    packed_size: int | None = None
    attributes: int = FILE_MODE
    extra: bytes = b""
    local_extra: bytes = b""
    local_name: bytes | None = None
    local_crc: int | None = None
    local_size: int | None = None
    local_method: int | None = None
    offset: int | None = None
    disk: int = 0
    before: bytes = b""
    after: bytes = b""
    inside: bytes = b""


def forge(*files: Made, **end: Any) -> bytes:
    """An archive of these files; `end` replaces fields of its end record, and `tail` follows."""
    body, directory = b"", b""
    for file in files:
        body += file.before
        name = file.name.encode() if isinstance(file.name, str) else file.name
        packed = file.content
        if file.method == 8:
            engine = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = engine.compress(file.content) + engine.flush()
        packed += file.inside
        crc = zlib.crc32(file.content) if file.crc is None else file.crc
        size = len(file.content) if file.size is None else file.size
        packed_size = len(packed) if file.packed_size is None else file.packed_size
        offset = len(body) if file.offset is None else file.offset
        local_name = name if file.local_name is None else file.local_name
        body += struct.pack(
            "<4s5H3I2H",
            b"PK\x03\x04", 20, file.flags,
            file.method if file.local_method is None else file.local_method, 0, 33,
            crc if file.local_crc is None else file.local_crc, packed_size,
            size if file.local_size is None else file.local_size,
            len(local_name), len(file.local_extra),
        ) + local_name + file.local_extra + packed + file.after  # fmt: skip
        directory += struct.pack(
            "<4s6H3I5H2I",
            b"PK\x01\x02", 0x0314, 20, file.flags, file.method, 0, 33, crc, packed_size, size,
            len(name), len(file.extra), 0, file.disk, 0, file.attributes, offset,
        ) + name + file.extra  # fmt: skip
    fields = {
        "disk": 0, "first": 0, "here": len(files), "count": len(files),
        "size": len(directory), "at": len(body), "comment": b"",
    } | {key: value for key, value in end.items() if key != "tail"}  # fmt: skip
    record = struct.pack(
        "<4s4H2IH", b"PK\x05\x06", fields["disk"], fields["first"], fields["here"],
        fields["count"], fields["size"], fields["at"], len(fields["comment"]),
    )  # fmt: skip
    return body + directory + record + fields["comment"] + end.get("tail", b"")


def made(**changes: Any) -> Made:
    """A file with these changes."""
    return replace(Made(), **changes)
