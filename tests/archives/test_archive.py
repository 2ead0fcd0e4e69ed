"""Archives from strangers: what is refused, that nothing is written, and what is taken."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.errors import StemkitError
from stemkit.formats.archive import Limits, read_archive
from stemkit.formats.archive_errors import ArchiveDamagedError, ArchiveUnsafeError
from stemkit.storage.errors import FolderThereError
from stemkit.storage.unpack import unpack
from tests.archives.forge import FILE_MODE, LINK_MODE, Made, forge, made

GOOD = forge(made(name="a.txt"), made(name="sub/ă.txt", content=b"two"))
BOMB = bytes(1 << 20)
FOLDER_MODE = 0o040755 << 16 | 0x10

UNSAFE: dict[str, bytes] = {
    **{
        f"name {name!r}": forge(made(name=name))
        for name in (
            "../a", "a/../../b", "..", "/etc/passwd", "//host/share", "C:/a", "c:a", "\\a",
            "a\\..\\b", "..\\a", "\\\\host\\share\\a", "", "a//b", "./a", "a/./b", "a\0b", "a\nb",
            "\x1b[2J", "\u202eexe.txt", "a\u200b", "NUL", "con.txt", "sub/LPT1", "COM¹.log",
            "a:stream", "a?", "a*", "a|b", 'a"b', "a<b", "a.", "a ", "sub./a", " a",
            "Ba\u0300i.txt", "x" * 241, "/".join("abcdefghijklmnopq"), "ệ" * 90,
            "CLOCK$", "con .txt",
        )
    },
    "name not in UTF-8": forge(made(name=b"\xff\xfe")),
    "name of another alphabet without the mark": forge(made(name="ă".encode(), flags=0)),
    "link": forge(made(attributes=LINK_MODE, content=b"/etc/passwd")),
    "device": forge(made(attributes=0o020666 << 16)),
    "block device": forge(made(attributes=0o060666 << 16)),
    "pipe": forge(made(attributes=0o010666 << 16)),
    "socket": forge(made(attributes=0o140666 << 16)),
    "reparse point": forge(made(attributes=0x400)),
    "volume label": forge(made(attributes=0x08)),
    "another's rights": forge(made(attributes=0o104755 << 16)),
    "another group's rights": forge(made(attributes=0o102755 << 16)),
    "file with the mark of a folder": forge(made(attributes=FILE_MODE | 0x10)),
    "file that is a folder": forge(made(attributes=FOLDER_MODE)),
    "folder that is a file": forge(made(name="a/", content=b"", method=0, attributes=FILE_MODE)),
    "folder with contents": forge(made(name="a/", attributes=FOLDER_MODE)),
    "twice": forge(made(), made()),
    "folder twice": forge(*[made(name="a/", content=b"", method=0, attributes=0x10)] * 2),
    "case": forge(made(name="a.txt"), made(name="A.TXT")),
    "case of a folder": forge(made(name="sub/a"), made(name="SUB/b")),
    "case beyond ASCII": forge(made(name="đ"), made(name="Đ")),
    "sharp s": forge(made(name="strasse"), made(name="straße")),
    "dotless i": forge(made(name="ı"), made(name="I")),
    "file and folder": forge(made(name="a"), made(name="a/b")),
    "folder and file": forge(made(name="a/b"), made(name="a")),
    "encrypted": forge(made(flags=1 << 11 | 1)),
    "strongly encrypted": forge(made(flags=1 << 11 | 1 << 6)),
    "masked": forge(made(flags=1 << 11 | 1 << 13)),
    "patch data": forge(made(flags=1 << 11 | 1 << 5)),
    "bzip2": forge(made(method=12)),
    "lzma": forge(made(method=14)),
    "larger than it says": forge(made(size=3)),
    "smaller than it says": forge(made(size=9)),
    "stored, another size": forge(made(method=0, size=3)),
    "two sizes": forge(made(local_size=5)),
    "two checks": forge(made(local_crc=5)),
    "two names": forge(made(local_name=b"../a")),
    "two methods": forge(made(local_method=0)),
    "Zip64": forge(made(extra=struct.pack("<HHQ", 1, 8, 6))),
    "second name": forge(made(extra=struct.pack("<HH5s", 0x7075, 5, b"\1aaaa"))),
    "second name, local": forge(made(local_extra=struct.pack("<HH5s", 0x7075, 5, b"\1aaaa"))),
    "torn extra": forge(made(extra=b"\x55")),
    "bomb": forge(made(content=BOMB)),
    "bomb that lies": forge(made(content=BOMB, size=100)),
    "bytes in front": forge(made(before=b"#!/bin/sh\n")),
    "bytes in front of all": b"MZ" + forge(made()),
    "bytes between": forge(made(after=b"hidden"), made(name="b")),
    "bytes before the directory": forge(made(after=b"hidden")),
    "bytes inside": forge(made(inside=b"hidden")),
    "bytes behind": GOOD + b"hidden",
    "comment": forge(made(), comment=b"hello"),
    "two archives": forge(made()) + GOOD,
    "overlap": forge(made(), made(name="b", offset=0)),
    "offset far away": forge(made(offset=1 << 30)),
    "other disk": forge(made(), disk=1),
    "file on another disk": forge(made(disk=1)),
    "fewer than there are": forge(made(), made(name="b"), count=1, here=1),
    "directory elsewhere": forge(made(), at=3),
    "directory too large": forge(made(), size=3),
    "two counts": forge(made(), here=2),
}  # fmt: skip

DAMAGED: dict[str, bytes] = {
    "nothing": b"",
    "text": b"hello, this is no archive at all, only some text",
    "web page": b"<!doctype html><html><body>Not found</body></html>",
    "wrong check": forge(made(crc=5)),
    "stored, wrong check": forge(made(method=0, crc=5)),
    "cut short": GOOD[:-30],
    "cut in the end": GOOD[:-1],
    "cut in a file": GOOD[:40],
    "no deflate": forge(Made(content=b"x", method=0, crc=1)).replace(
        b"\0\0\0\0\x21", b"\x08\0\0\0\x21"
    ),
    "more than there are": forge(made(), count=2, here=2),
}


def test_there_are_sixty_hostile_archives() -> None:
    assert len(UNSAFE) + len(DAMAGED) >= 100


@pytest.mark.parametrize("what", UNSAFE)
def test_unsafe_archives_are_refused(what: str, tmp_path: Path) -> None:
    with pytest.raises((ArchiveUnsafeError, ArchiveDamagedError)) as caught:
        unpack(read_archive(UNSAFE[what], "x.zip"), tmp_path / "in")
    assert caught.value.told().isprintable()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_archives_are_told(what: str) -> None:
    with pytest.raises((ArchiveDamagedError, ArchiveUnsafeError)):
        read_archive(DAMAGED[what], "x.zip")


def test_caps_hold() -> None:
    many = forge(*(made(name=f"{n}") for n in range(11)))
    with pytest.raises(ArchiveUnsafeError):
        read_archive(many, "x.zip", Limits(files=10))
    assert len(read_archive(many, "x.zip", Limits(files=11)).files) == 11
    large = forge(made(name="a", content=b"abcdefgh" * 50, method=0), made(name="b", method=0))
    with pytest.raises(ArchiveUnsafeError):
        read_archive(large, "x.zip", Limits(size_bytes=405))
    zeros = forge(made(content=bytes(4096)), made(name="b", content=b"a" * 4000))
    assert read_archive(zeros, "x.zip").read("a.txt") == bytes(4096)


def test_good_archives_are_unpacked(tmp_path: Path) -> None:
    archive = read_archive(GOOD, "x.zip")
    assert [(file.path, file.size) for file in archive.files] == [("a.txt", 6), ("sub/ă.txt", 3)]
    assert archive.files[1].sha256 == hashlib.sha256(b"two").hexdigest()
    unpack(archive, tmp_path / "in")
    assert (tmp_path / "in/sub/ă.txt").read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    with pytest.raises(FolderThereError):
        unpack(archive, tmp_path / "in")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("piped", [False, True])
def test_archives_of_other_writers_are_read(method: int, piped: bool) -> None:
    contents = {"a.txt": b"x" * 300, "bài/học.md": random.Random(1).randbytes(90_000) * 3}
    contents["empty"] = b""
    out = _Pipe() if piped else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:  # type: ignore[call-overload]
        if not piped:
            archive.mkdir("bài")
        for name, content in contents.items():
            archive.writestr(name, content)
    read = read_archive(bytes(out.getvalue()), "x.zip")
    assert {file.path: read.read(file.path) for file in read.files} == contents


class _Pipe:
    """A place that can only be written to: the writer puts the sizes behind each file."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None:
        pass

    def getvalue(self) -> bytes:
        return bytes(self.data)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(StemkitError):
        read_archive(b"PK" + data, "x.zip")


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_changed_byte_is_seen_or_harmless(at: int, value: int) -> None:
    data = bytearray(GOOD)
    data[at] = value
    try:
        archive = read_archive(bytes(data), "x.zip")
    except StemkitError:
        return
    contents = [archive.read(file.path) for file in archive.files]
    assert contents == [b"hello\n", b"two"]


@given(st.integers(0, len(GOOD) - 1))
def test_every_beginning_of_an_archive_is_refused(length: int) -> None:
    with pytest.raises(StemkitError):
        read_archive(GOOD[:length], "x.zip")
