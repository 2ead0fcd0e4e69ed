"""What of a file others would learn about people, and the file without it where that can be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from stemkit.formats.archive_directory import Source
from stemkit.formats.film import ENDINGS as FILMS
from stemkit.formats.film import read_film
from stemkit.formats.office import ENDINGS as DOCUMENTS
from stemkit.formats.office import people_in
from stemkit.formats.pdf import read_pdf
from stemkit.formats.pictures import CleanPicture, clean_picture, is_picture
from stemkit.model.project import PROJECT_FILE, Project
from stemkit.model.recording import RecordingMeta
from stemkit.model.visible import Tells, Visible

_TEXTS: Final = (".md", ".txt", ".py", ".toml", ".html", ".csv")
_MOST_TEXT_BYTES: Final = 1 << 20
MOST_DOCUMENT_BYTES: Final = 64 << 20
"""Larger photos and documents are not looked into."""
_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
# Telephone numbers as they are written in Vietnam (ten digits from 0, or +84 and nine).
_PHONE: Final = re.compile(r"(?<![\d.])(?:\+84|0)(?:[ .]?\d){9}(?![\d.])")


def looked_into(path: str, size: int) -> bool:
    """Whether a file of this name can tell anything that is looked for."""
    name = path.lower()
    if name.endswith(FILMS):
        return True
    if is_picture(name) or name.endswith((".pdf", *DOCUMENTS)):
        return size <= MOST_DOCUMENT_BYTES
    return name.endswith(_TEXTS) and size <= _MOST_TEXT_BYTES and not name.startswith("runs/")


def look_into(path: str, source: Source) -> tuple[Visible, ...]:
    """What a film, document or text tells. Photos are for `cleaned`."""
    name = path.lower()
    if name.endswith(FILMS):
        film = read_film(source)
        return (Visible(path, Tells.PLACE, ""),) if film and film.has_place else ()
    if name.endswith(".pdf"):
        pdf = read_pdf(source)
        return (Visible(path, Tells.AUTHOR, pdf.author),) if pdf and pdf.author else ()
    data = source.read(0, source.size)
    if name.endswith(DOCUMENTS):
        return tuple(Visible(path, Tells.AUTHOR, person) for person in people_in(data))
    text = data.decode("utf-8", "replace")
    found = dict.fromkeys([*_MAIL.findall(text), *_PHONE.findall(text)])
    return tuple(Visible(path, Tells.CONTACT, contact) for contact in found)


def cleaned(path: str, data: bytes) -> CleanPicture | None:
    """A photo without what the camera wrote; None where it is none that can be read."""
    return clean_picture(data, path)


def of_picture(path: str, picture: CleanPicture, *, removed: bool) -> tuple[Visible, ...]:
    """What a photo tells, or would have told."""
    camera, found = picture.camera, []
    if camera.place is not None:
        place = f"{camera.place[0]:g}, {camera.place[1]:g}" if any(camera.place) else ""
        found.append(Visible(path, Tells.PLACE, place, removed))
    if camera.person:
        found.append(Visible(path, Tells.AUTHOR, camera.person, removed))
    if picture.removed and not found:
        found.append(Visible(path, Tells.CAMERA, camera.camera, removed))
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
