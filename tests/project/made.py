"""Projects and recordings made for tests, and packages changed by hand."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from stemkit.actions.projects.new import new_project
from stemkit.actions.projects.pack import Packed, PackWanted, pack
from stemkit.actions.readings.record import write_data
from stemkit.formats.recording import encode_event, encode_lines, encode_meta
from stemkit.model.project import Person, Project
from stemkit.model.recording import BoardRecord, RecordingMeta, RecordingState
from stemkit.storage.recordings import RecordingFolder
from stemkit.storage.recordings.survey import survey
from stemkit.wire.tail import with_tail

PROJECT = Project(
    title="Nhiệt kế",
    question="Phòng nào ấm hơn?",
    club="CLB STEM",
    board="esp32",
    date="2026-03-02",
    licence="CC-BY-4.0",
    people=(Person("cáo"), Person("cú")),
)
BEGUN = datetime.fromisoformat("2026-03-02T09:15:00+07:00")


def made_project(folder: Path, project: Project = PROJECT) -> Path:
    return new_project(folder, project)


@dataclass
class Line:
    """One line of a made recording."""

    t_s: float
    body: bytes
    seq: int
    ticks_ms: int

    @property
    def raw(self) -> bytes:
        return with_tail(self.body, self.seq, self.ticks_ms)


def lines(n: int = 200, step_s: float = 0.1) -> list[Line]:
    """What a board sends in `n * step_s` seconds; each arrives a few milliseconds late."""
    return [
        Line(k * step_s + 0.002 * (k % 7), b"temp:%.2f" % (20 + k * 0.01), 17 + k,
             5_000 + round(k * step_s * 1000))
        for k in range(n)
    ]  # fmt: skip


def made_recording(
    folder: Path, sent: list[Line] | None = None, events: list[dict[str, object]] | None = None
) -> RecordingFolder:
    """A recording as the recorder leaves it."""
    sent = lines() if sent is None else sent
    folder.mkdir(parents=True)
    rows = encode_lines("v1", [line.raw for line in sent], [line.t_s for line in sent])
    (folder / "raw.jsonl").write_bytes(rows)
    ended_s = sent[-1].t_s + 0.1
    told: list[dict[str, object]] = [
        {"t": 0.0, "board": "", "event": "recording-started", "name": folder.name},
        *(events or []),
        {"t": ended_s, "board": "", "event": "recording-stopped", "name": folder.name},
    ]
    (folder / "events.jsonl").write_bytes(b"".join(map(encode_event, told)))
    meta = RecordingMeta(
        name=folder.name,
        started=BEGUN.isoformat(),
        ended=(BEGUN + timedelta(seconds=ended_s)).isoformat(),
        id="a6f2",
        stemkit="0.1.0",
        operator="cáo",
        state=RecordingState.COMPLETE,
        boards=(BoardRecord("v1", "virtual:0612", "0612"),),
    )
    (folder / "meta.json").write_bytes(encode_meta(meta))
    found = RecordingFolder(folder)
    meta = survey(found, meta)
    found.write_meta(meta)
    write_data(found, meta)
    return found


def packed(folder: Path, to: Path, **wanted: bool) -> Packed:
    return pack(folder, PackWanted(to=to, **wanted))


def members(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def rewritten(
    package: Path, change: Callable[[dict[str, bytes]], None], to: Path | None = None
) -> Path:
    """The package with other contents, in exactly stemkit's form: the work of a clever cheat."""
    from stemkit.storage.package_file import PackageWriter

    found = members(package)
    change(found)
    out = io.BytesIO()
    writer = PackageWriter(out)
    for path, content in found.items():
        writer.add_bytes(path, content)
    writer.finish()
    target = to or package
    target.write_bytes(out.getvalue())
    return target


def jpeg(*segments: tuple[int, bytes], tail: bytes = b"") -> bytes:
    """A JPEG's frame: no decoder is asked in these tests."""
    head = b"".join(b"\xff%c" % kind + struct.pack(">H", len(s) + 2) + s for kind, s in segments)
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x00\x3f\x00"
    return b"\xff\xd8" + head + scan + b"\x12\xff\x00\x34\xff\xd0\x56" + b"\xff\xd9" + tail


def exif(latitude: float = 21.5, orientation: int = 1) -> bytes:
    """An Exif block that names a camera, a person and a place (longitude 105.25 E)."""
    strings = {0x0110: b"Phone 9\0", 0x013B: b"Nguyen Van A\0"}
    entries: list[bytes] = [struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)]
    data = b""
    base = 8 + 2 + 12 * 4 + 4
    for tag, text in strings.items():
        entries.append(struct.pack("<HHII", tag, 2, len(text), base + len(data)))
        data += text
    gps_at = base + len(data)
    entries.append(struct.pack("<HHII", 0x8825, 4, 1, gps_at))
    values = gps_at + 2 + 12 * 4 + 4
    degrees = int(latitude)
    minutes = round((latitude - degrees) * 60)
    gps = struct.pack("<H", 4)
    gps += struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack("<HHII", 2, 5, 3, values)
    gps += struct.pack("<HHI4s", 3, 2, 2, b"E\0\0\0") + struct.pack("<HHII", 4, 5, 3, values + 24)
    gps += bytes(4) + struct.pack("<12I", degrees, 1, minutes, 1, 0, 1, 105, 1, 15, 1, 0, 1)
    ordered = sorted(entries, key=lambda entry: entry[:2][::-1])
    head = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(ordered))
    return head + b"".join(ordered) + bytes(4) + data + gps


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    every = [(b"IHDR", bytes(13)), *chunks, (b"IDAT", b"x"), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in every
    )


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + bytes(len(data) & 1) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heic(picture: bytes, block: bytes, text: bytes) -> bytes:
    """A HEIC's frame with an Exif block and a text: items 2 and 3, as phones write them."""

    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", len(body) + 8, kind) + body

    items = [picture, struct.pack(">I", 6) + b"Exif\0\0" + block, text]
    kinds = [b"hvc1\0", b"Exif\0", b"mime\0application/rdf+xml\0"]
    infos = [
        box(b"infe", struct.pack(">IHH", 2 << 24, number, 0) + kind)
        for number, kind in enumerate(kinds, 1)
    ]
    info = box(b"iinf", struct.pack(">IH", 0, len(items)) + b"".join(infos))

    def meta(begin: int) -> bytes:
        rows, at = b"", begin
        for number, item in enumerate(items, 1):
            rows += struct.pack(">HHHII", number, 0, 1, at, len(item))
            at += len(item)
        places = box(b"iloc", struct.pack(">IBBH", 0, 0x44, 0, len(items)) + rows)
        return box(b"meta", bytes(4) + info + places)

    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    begin = len(head) + len(meta(0)) + 8
    return head + meta(begin) + box(b"mdat", b"".join(items))
