"""What strangers' files and any words do to the parsers and writers of packages."""

from __future__ import annotations

import io
import re
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.errors import StemkitError
from stemkit.formats.archive import BytesSource, Limits, check_archive, read_archive
from stemkit.formats.archive_errors import ArchiveUnsafeError
from stemkit.formats.archive_names import unsafe_name
from stemkit.formats.bag import BagBrokenError, info, manifest, parse_info, parse_manifest
from stemkit.formats.exif import CameraData, orientation_alone, parse_exif
from stemkit.formats.film import read_film
from stemkit.formats.office import read_document
from stemkit.formats.pdf import read_pdf
from stemkit.formats.pictures import CleanPicture, clean_picture
from stemkit.formats.plain_names import plain_paths
from stemkit.formats.project import new_project_toml, parse_project
from stemkit.formats.zip_form import first_difference
from stemkit.model.project import Part, Person, Project
from stemkit.storage.package_file import PackageWriter

from .made import exif, heic, jpeg, png, webp

CONTENTS = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.[a-z]{3}", fullmatch=True),
    st.binary(max_size=300),
    max_size=8,
)
LINE = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=40
).map(str.strip)


def package(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    writer = PackageWriter(out)
    for path, content in files.items():
        writer.add_bytes(path, content)
    writer.finish()
    return out.getvalue()


@given(CONTENTS)
@settings(max_examples=40)
def test_others_read_what_is_written(files: dict[str, bytes]) -> None:
    data = package(files)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {i.filename: archive.read(i) for i in archive.infolist()} == files
    if files:
        read = read_archive(data, "x")
        assert {file.path: read.read(file.path) for file in read.files} == files
        rows = [(file.path, file.size, file.crc) for file in read.files]
        assert first_difference(BytesSource(data), rows) is None


def test_no_byte_of_a_package_can_change_unseen() -> None:
    files = {"t/bagit.txt": b"BagIt", "t/data/a.txt": b"hello", "t/data/b.bin": bytes(70)}
    whole = package(files)
    sums = {file.path: file.sha256 for file in read_archive(whole, "x").files}
    for at in range(len(whole)):
        for bit in (0, 3, 7):
            data = bytearray(whole)
            data[at] ^= 1 << bit
            try:
                read = check_archive(BytesSource(bytes(data)), "x", Limits(zip64=True))
            except StemkitError:
                continue
            rows = [(file.path, file.size, file.crc) for file in read.files]
            other = {file.path: file.sha256 for file in read.files} != sums
            assert other or first_difference(BytesSource(bytes(data)), rows) is not None, at


def test_a_zip_file_that_was_written_to_a_pipe_is_read() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    for long in (False, True):
        pipe = Pipe()
        with (
            zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("a.txt", "w", force_zip64=long) as file,
        ):
            file.write(b"hello")
        read = check_archive(BytesSource(pipe.data), "x", Limits(zip64=True))
        assert read.read("a.txt") == b"hello"
        at = pipe.data.index(b"PK\x07\x08") + 9
        changed = pipe.data[:at] + b"\7" + pipe.data[at + 1 :]
        with pytest.raises(ArchiveUnsafeError, match=r"a\.txt"):
            check_archive(BytesSource(changed), "x", Limits(zip64=True))


def test_sizes_in_64_bits_are_taken_where_they_may_be() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w") as archive,
        archive.open(zipfile.ZipInfo("a.txt"), "w", force_zip64=True) as file,
    ):
        file.write(b"hello")
    data = out.getvalue()
    with pytest.raises(ArchiveUnsafeError, match="second name or size"):
        read_archive(data, "x")
    assert read_archive(data, "x", Limits(zip64=True)).read("a.txt") == b"hello"
    # Both forms of the header that Python writes: it told 32 bits too before 3.11.4.
    for sizes in (b"\xff" * 8, b"\5\0\0\0" * 2):
        other = data[:18] + sizes + data[26:]
        assert read_archive(other, "x", Limits(zip64=True)).read("a.txt") == b"hello"
    with pytest.raises(ArchiveUnsafeError, match="two ways"):
        read_archive(data[:18] + b"\6\0\0\0" * 2 + data[26:], "x", Limits(zip64=True))


@given(st.dictionaries(st.text(min_size=1, max_size=30), st.binary(max_size=3), max_size=6))
def test_a_manifest_is_read_back(rows: dict[str, bytes]) -> None:
    named = {path.replace("\x00", "x"): f"{len(v):064x}" for path, v in rows.items()}
    named = {path: digest for path, digest in named.items() if path.splitlines() == [path]
             or re.fullmatch(r"[^\x0b\x0c\x1c-\x1e\x85\u2028\u2029]*", path)}  # fmt: skip
    try:
        encoded = manifest(named)
    except UnicodeEncodeError:
        return
    assert parse_manifest(encoded, "m") == named


@given(st.binary(max_size=200))
def test_junk_is_no_manifest_and_no_info(data: bytes) -> None:
    for parse in (parse_manifest, parse_info):
        try:
            parse(data, "x")
        except BagBrokenError as error:
            assert error.told()


@given(st.lists(st.tuples(st.sampled_from(["A", "B-C", "D"]), LINE), unique_by=lambda p: p[0]))
def test_bag_info_is_read_back(rows: list[tuple[str, str]]) -> None:
    assert parse_info(info(rows)) == {k: " ".join(v.split()) for k, v in rows if v}


@given(
    title=LINE.filter(bool), question=LINE, club=LINE, codes=st.lists(LINE.filter(bool), max_size=3)
)
def test_project_toml_is_read_back(title: str, question: str, club: str, codes: list[str]) -> None:
    project = Project(
        title=title, question=question, club=club, board="esp32", date="2026-03-02",
        licence="MIT", people=tuple(map(Person, codes)), parts=(Part(title, 3, club),),
    )  # fmt: skip
    assert parse_project(new_project_toml(project).encode(), "project.toml") == project


@given(st.binary(max_size=300))
def test_junk_is_told_as_mistakes(data: bytes) -> None:
    try:
        parse_project(data, "project.toml")
    except StemkitError as error:
        assert error.code == "data-file"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)))
def test_plain_names_are_safe_and_apart(names: list[str]) -> None:
    paths = [name.replace("/", "-").replace("\0", "-") for name in names]
    found = plain_paths(paths)
    assert plain_paths(reversed(paths)) == found
    lowered = [path.lower() for path in found.values()]
    assert len(set(lowered)) == len(lowered) == len(set(paths))
    for path in found.values():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", path)
        assert unsafe_name(path) is None


def test_a_plain_name_stays_as_it_is() -> None:
    assert plain_paths(["runs/first/raw.jsonl", "README.md"]) == {
        "runs/first/raw.jsonl": "runs/first/raw.jsonl",
        "README.md": "README.md",
    }


PICTURES = {
    "a.jpg": jpeg((0xE0, b"JFIF\0" + bytes(9)), (0xE1, b"Exif\0\0" + exif(orientation=6)),
                  (0xED, b"Photoshop"), (0xFE, b"by Nguyen Van A"), (0xDB, bytes(65)),
                  tail=b"\xff\xd8 a second picture \xff\xd9"),
    "a.png": png((b"eXIf", exif(orientation=6)), (b"tEXt", b"Author\0Nguyen Van A"),
                 (b"gAMA", bytes(4))),
    "a.webp": webp((b"VP8X", b"\x0c\0\0\0" + bytes(6)), (b"VP8 ", b"picture"),
                   (b"EXIF", exif(orientation=6)), (b"XMP ", b"<x>Nguyen Van A</x>")),
    "a.heic": heic(b"picture", exif(orientation=6), b"<x>Nguyen Van A</x>"),
}  # fmt: skip


def cleaned(data: bytes) -> tuple[bytes, CleanPicture]:
    source = BytesSource(data)
    found = clean_picture(source)
    assert found is not None
    clean = b"".join(found.pieces(source))
    assert len(clean) == found.size
    return clean, found


@pytest.mark.parametrize("name", PICTURES)
def test_a_photo_loses_what_the_camera_wrote(name: str) -> None:
    clean, found = cleaned(PICTURES[name])
    assert found.removed
    assert found.camera == CameraData((21.5, 105.25), "Phone 9", "Nguyen Van A", 6)
    assert b"Nguyen" not in clean
    assert b"Phone" not in clean
    # How it must be turned is still said, and nothing else.
    again, left = cleaned(clean)
    assert left.camera == CameraData(orientation=6)
    assert orientation_alone(6) in clean
    assert again == clean
    assert not left.removed


def test_what_a_jpeg_is_stays() -> None:
    kept, _ = cleaned(PICTURES["a.jpg"])
    assert kept.endswith(b"\x12\xff\x00\x34\xff\xd0\x56\xff\xd9")
    assert bytes(65) in kept


def test_a_tiff_tells_and_stays_as_it_is() -> None:
    data = exif()
    kept, found = cleaned(data)
    assert kept == data
    assert found.camera.place == (21.5, 105.25)
    assert not found.removed


def test_a_photo_of_any_size_takes_little_memory() -> None:
    class Endless:
        """A JPEG of a gigabyte that is nowhere."""

        head, size = PICTURES["a.jpg"], 1 << 30
        end = head.index(b"\x12\xff\x00")

        def read(self, at: int, size: int) -> bytes:
            assert size <= 1 << 20
            if at < self.end:
                return (self.head[: self.end] + bytes(size))[at : at + size]
            return (bytes(min(size, self.size - 2 - at)) + b"\xff\xd9")[:size]

    found = clean_picture(Endless())
    assert found is not None
    assert found.camera.place == (21.5, 105.25)
    assert found.size > (1 << 30) - 1000


@pytest.mark.parametrize("name", PICTURES)
@given(data=st.data())
@settings(max_examples=60)
def test_a_damaged_photo_is_left_alone(name: str, data: st.DataObject) -> None:
    whole = bytearray(PICTURES[name])
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        whole[at] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    found = clean_picture(BytesSource(cut))
    assert found is None or found.size <= len(cut) + 60


@given(st.binary(max_size=300))
def test_junk_tells_nothing(data: bytes) -> None:
    parse_exif(b"II*\0" + data)
    assert read_film(BytesSource(data)) is None or b"mvhd" in data
    assert read_document(BytesSource(data)) is None
    clean_picture(BytesSource(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + data))
    read_pdf(BytesSource(b"%PDF-1.4\n" + data))


def test_who_wrote_a_document_is_told() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        core = "<x><dc:creator>Nguyễn Văn A</dc:creator><cp:lastModifiedBy>B &amp; C</cp:x></x>"
        archive.writestr("docProps/core.xml", core)
        archive.writestr("word/comments.xml", '<w:comment w:author="Cô Lan"/>')
        archive.writestr("word/media/image1.jpeg", PICTURES["a.jpg"])
    found = read_document(BytesSource(out.getvalue()))
    assert found is not None
    assert found.people == ("Nguyễn Văn A", "B & C", "Cô Lan")
    assert [photo.place for photo in found.photos] == [(21.5, 105.25)]


def test_where_a_film_was_taken_is_told() -> None:
    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", len(body) + 8, kind) + body

    head = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 61_000) + bytes(80))
    place = box(b"udta", box(b"\xa9xyz", b"\0\x12\x15\xc7+21.0285+105.8542/"))
    film = read_film(BytesSource(box(b"ftyp", b"isom") + box(b"moov", head + place)))
    assert film is not None
    assert (film.seconds, film.has_place, film.place) == (61.0, True, "+21.0285, +105.8542")
