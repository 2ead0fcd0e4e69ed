"""What of a file others would learn about people, and the file without it where that can be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from stemkit.formats.archive_directory import Source
from stemkit.formats.exif import CameraData, parse_exif
from stemkit.formats.film import ENDINGS as FILMS
from stemkit.formats.film import read_film
from stemkit.formats.office import ENDINGS as DOCUMENTS
from stemkit.formats.office import read_document
from stemkit.formats.pdf import read_pdf
from stemkit.formats.pictures import CleanPicture, is_picture
from stemkit.model.project import PROJECT_FILE, Project
from stemkit.model.recording import RecordingMeta
from stemkit.model.visible import Tells, Visible

_TEXTS: Final = (".md", ".txt", ".py", ".toml", ".html", ".csv")
_MOST_TEXT_BYTES: Final = 1 << 20
MOST_DOCUMENT_BYTES: Final = 256 << 20
"""Larger documents are not looked into."""
# What often tells of people, in forms that are not read here.
_CLOSED: Final = (
    ".doc", ".xls", ".ppt", ".rtf", ".pages", ".webm", ".mkv", ".avi", ".wmv", ".mpg", ".zip",
    ".rar", ".7z", ".psd", ".cr2", ".nef", ".arw",
)  # fmt: skip
_EXIF: Final = re.compile(rb"Exif\0\0(?:II\*\0|MM\0\*)")
_PIECE_BYTES: Final = 1 << 20
_MOST_PHOTOS: Final = 200
_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
# Telephone numbers as they are written in Vietnam (ten digits from 0, or +84 and nine).
_PHONE: Final = re.compile(r"(?<![\d.])(?:\+84|0)(?:[ .]?\d){9}(?![\d.])")


def look_into(path: str, source: Source) -> tuple[Visible, ...]:
    """What a film, document or text tells. Photos are for `clean_picture`."""
    name = path.lower()
    if name.endswith(FILMS):
        return _film(path, source)
    if name.endswith((".pdf", *DOCUMENTS)):
        large = source.size > MOST_DOCUMENT_BYTES
        seen = None if large else (_pdf if name.endswith(".pdf") else _document)(path, source)
        return (Visible(path, Tells.UNKNOWN, ""),) if seen is None else seen
    if name.endswith(_CLOSED) or is_picture(name):
        return (Visible(path, Tells.UNKNOWN, ""),)
    is_text = name.endswith(_TEXTS) and not name.startswith("runs/")
    if not is_text or source.size > _MOST_TEXT_BYTES:
        return ()
    text = source.read(0, source.size).decode("utf-8", "replace")
    found = dict.fromkeys([*_MAIL.findall(text), *_PHONE.findall(text)])
    return tuple(Visible(path, Tells.CONTACT, contact) for contact in found)


def _film(path: str, source: Source) -> tuple[Visible, ...]:
    film = read_film(source)
    if film is None:
        return (Visible(path, Tells.UNKNOWN, ""),)
    return (Visible(path, Tells.PLACE, film.place),) if film.has_place else ()


def _pdf(path: str, source: Source) -> tuple[Visible, ...] | None:
    pdf = read_pdf(source)
    if pdf is None:
        return None
    photos = [found for camera in _embedded(source) for found in of_camera(path, camera)]
    author = [Visible(path, Tells.AUTHOR, pdf.author)] * bool(pdf.author)
    return tuple(dict.fromkeys([*author, *photos]))


def _document(path: str, source: Source) -> tuple[Visible, ...] | None:
    document = read_document(source)
    if document is None:
        return None
    people = [Visible(path, Tells.AUTHOR, person) for person in document.people]
    photos = [found for camera in document.photos for found in of_camera(path, camera)]
    return tuple(dict.fromkeys([*people, *photos]))


def _embedded(source: Source) -> Iterator[CameraData]:
    """What cameras wrote into photos that lie in a file as they are, as JPEGs do in a PDF."""
    seen = 0
    for at in range(0, source.size, _PIECE_BYTES):
        # A mark may lie across two pieces.
        for found in _EXIF.finditer(source.read(at, _PIECE_BYTES + 10)):
            seen += 1
            if found.start() < _PIECE_BYTES and seen <= _MOST_PHOTOS:
                yield parse_exif(source.read(at + found.start() + 6, 1 << 16))


def of_picture(path: str, picture: CleanPicture, *, removed: bool) -> tuple[Visible, ...]:
    """What a photo tells, or would have told."""
    found = of_camera(path, picture.camera, removed=removed)
    if picture.removed and not found:
        return (Visible(path, Tells.CAMERA, picture.camera.camera, removed),)
    return found


def of_camera(path: str, camera: CameraData, *, removed: bool = False) -> tuple[Visible, ...]:
    """What a camera told of place and person."""
    found = []
    if camera.place is not None:
        place = f"{camera.place[0]:g}, {camera.place[1]:g}" if any(camera.place) else ""
        found.append(Visible(path, Tells.PLACE, place, removed))
    if camera.person:
        found.append(Visible(path, Tells.AUTHOR, camera.person, removed))
    return tuple(found)


def typed_names(project: Project, metas: Iterable[tuple[str, RecordingMeta]]) -> list[Visible]:
    """The names and codes that people typed."""
    found = [
        Visible(PROJECT_FILE, Tells.NAME, f"{person.name} ({person.code})".removesuffix(" ()"))
        for person in project.people
        if person.name
    ]
    codes = {person.code for person in project.people}
    for folder, meta in metas:
        if meta.operator and meta.operator not in codes:
            found.append(Visible(f"{folder}/meta.json", Tells.NAME, meta.operator))
    return found


def as_notes(visible: Iterable[Visible]) -> tuple[str, ...]:
    """What was found in a file, as texts that can be kept without its path."""
    return tuple(json.dumps([one.tells, one.detail, one.removed]) for one in visible)


def from_notes(path: str, notes: Iterable[str]) -> tuple[Visible, ...]:
    """The other way."""
    rows = [json.loads(note) for note in notes]
    return tuple(Visible(path, Tells(row[0]), str(row[1]), bool(row[2])) for row in rows)
