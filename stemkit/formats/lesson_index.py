"""The index of a tree of lessons: `index.json`, and the pages of offers that it names.

The index is kept small, because everybody fetches it whenever anything has changed: it names pages
by their hashes, and a page holds the offers of a few lessons, always of the same ones (a hash of
the lesson's id chooses the page). A changed lesson moves one page and the index. Hashes, most of
what there is, are written in base64 for URLs (RFC 4648 5, 43 characters).

`index.json` is one JSON object whose last member is the signature; what is signed are the bytes
before it and the closing brace. So nobody can exchange the index without its signature, and no
two programs can disagree on how JSON is written.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from stemkit.errors import InputFileError, RefusedError
from stemkit.formats.archive_errors import Reason
from stemkit.formats.archive_names import shown
from stemkit.formats.bundle import MOST_MANIFEST_BYTES, SIGNATURES, STUDENT, TEACHER, is_signature
from stemkit.formats.lesson import LESSON_ID, VERSION
from stemkit.model.lesson_share import LessonIndex, Offer, Part
from stemkit.words import N_

INDEX_SCHEMA: Final = "stemkit.lesson-index/1"
PAGE_SCHEMA: Final = "stemkit.lesson-page/1"
MOST_LESSONS: Final = 2_000
MOST_INDEX_BYTES: Final = 64 << 10
MOST_PAGE_BYTES: Final = 64 << 10
MOST_SIGNATURE_BYTES: Final = 64 << 10
MOST_LESSON_BYTES: Final = 64 << 20
LONGEST_MAKER: Final = 80
_MOST_SIGNATURES: Final = 16
_MOST_PAGES: Final = 512
_MOST_SERIAL: Final = 2**53
_OFFERS_A_PAGE: Final = 8
_LONGEST_VERSION: Final = 64
_LONGEST_ID: Final = 60
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_HASH: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_BEFORE_SIGNATURE: Final = b',"signature":"'
_AFTER_SIGNATURE: Final = re.compile(rb'([A-Za-z0-9+/]{8,400}={0,2})"\}\n?')


class LessonIndexError(InputFileError):
    """Where lessons should be there is no index, or none that can be read; `reason` tells why."""

    code = "lesson-index"
    message = N_("{place} has no list of lessons that can be read: {reason}")
    remedy = N_(
        "Check the address or the folder. “stemkit lesson export FOLDER” and “stemkit lesson serve”"
        " make such a place."
    )


class LessonIndexUnsafeError(RefusedError):
    """An index that could do harm; `reason` tells why."""

    code = "lesson-index-unsafe"
    message = N_("The list of lessons of {place} is refused: {reason}")
    remedy = N_("Take no lessons from there. Tell the person who looks after that place.")


def dump_index(index: LessonIndex) -> bytes:
    """The bytes of an index that are to be signed."""
    return _dumped(
        {
            "schema": INDEX_SCHEMA,
            "serial": index.serial,
            "made": index.made.strftime(_TIME),
            "expires": index.expires.strftime(_TIME),
            "maker": index.maker,
            "key": base64.b64encode(index.key).decode(),
            "lessons": index.lessons,
            "pages": [_written(page) for page in index.pages],
        }
    )


def with_signature(body: bytes, signature: bytes) -> bytes:
    """`index.json`, from what `dump_index` made and its signature (DER)."""
    return body[:-1] + _BEFORE_SIGNATURE + base64.b64encode(signature) + b'"}\n'


def parse_index(data: bytes, place: str) -> tuple[LessonIndex, bytes, bytes]:
    """The index, the bytes that are signed, and the signature, which is not checked here.

    `place` is how errors call it. Raises LessonIndexError, LessonIndexUnsafeError.
    """
    if len(data) > MOST_INDEX_BYTES:
        _unsafe(place, N_("it is larger than {most} bytes."), most=MOST_INDEX_BYTES)
    if data.lstrip()[:1] == b"<":
        _unreadable(place, N_("a web page came instead. Does this network ask for a login first?"))
    start, _, end = data.rpartition(_BEFORE_SIGNATURE)
    match = _AFTER_SIGNATURE.fullmatch(end)
    if match is None:
        _unreadable(place, N_("it bears no signature at its end."))
    signed = start + b"}"
    body = _object(signed, INDEX_SCHEMA, place)
    try:
        index = LessonIndex(
            serial=_number(body["serial"], 1, _MOST_SERIAL),
            made=_time(body["made"]),
            expires=_time(body["expires"]),
            maker=_words(body["maker"]),
            key=_base64(body["key"]),
            lessons=_number(body["lessons"], 0, MOST_LESSONS),
            pages=tuple(_part(page, MOST_PAGE_BYTES) for page in _list(body["pages"])),
        )
        signature = _base64(match[1].decode())
    except (KeyError, ValueError) as error:
        _unreadable(place, N_("“{part}” is not what it should be."), part=_named(error))
    if len(index.pages) > _MOST_PAGES:
        _unsafe(place, N_("it names more than {most} lessons."), most=MOST_LESSONS)
    return index, signed, signature


def dump_pages(offers: Iterable[Offer]) -> tuple[bytes, ...]:
    """The pages for these offers; a lesson's offers are on one page, whatever else there is."""
    every = sorted(offers, key=lambda offer: (offer.lesson, offer.kind, offer.version))
    pages: dict[int, list[Offer]] = {}
    count = _page_count(len(every))
    for offer in every:
        digest = hashlib.sha256(offer.lesson.encode()).digest()
        pages.setdefault(int.from_bytes(digest[:2]) % count, []).append(offer)
    return tuple(
        _dumped({"schema": PAGE_SCHEMA, "lessons": [_row(offer) for offer in page]})
        for _, page in sorted(pages.items())
    )


def parse_pages(pages: Sequence[bytes], index: LessonIndex, place: str) -> tuple[Offer, ...]:
    """What the pages of an index offer, in the order of ids and versions.

    Raises LessonIndexError, LessonIndexUnsafeError.
    """
    offers: dict[tuple[str, str, str], Offer] = {}
    for page in pages:
        for offer in _offers(page, place):
            # Names of folders: one on a disk that does not tell a from A.
            key = (offer.lesson, offer.version.casefold(), offer.kind)
            if key in offers:
                _unsafe(place, N_("the lesson {name} is there twice."), name=offer.name)
            offers[key] = offer
            if len(offers) > MOST_LESSONS:
                _unsafe(place, N_("it names more than {most} lessons."), most=MOST_LESSONS)
    if len(offers) != index.lessons:
        _unreadable(place, N_("“{part}” is not what it should be."), part="lessons")
    return tuple(offers[key] for key in sorted(offers))


def _page_count(offers: int) -> int:
    count = 1
    while count * _OFFERS_A_PAGE < offers:
        count *= 2
    return count


def _row(offer: Offer) -> list[Any]:
    manifest = _written(offer.manifest)
    signatures = {
        path.removeprefix(SIGNATURES): _written(part)
        for path, part in sorted(offer.signatures.items())
    }
    return [offer.lesson, offer.version, offer.kind, offer.size, manifest, signatures]


def _offers(page: bytes, place: str) -> list[Offer]:
    if len(page) > MOST_PAGE_BYTES:
        _unsafe(place, N_("it is larger than {most} bytes."), most=MOST_PAGE_BYTES)
    body = _object(page, PAGE_SCHEMA, place)
    try:
        rows = _list(body["lessons"])
        return [_offer(row, place) for row in rows]
    except (KeyError, ValueError) as error:
        _unreadable(place, N_("“{part}” is not what it should be."), part=_named(error))


def _offer(row: Any, place: str) -> Offer:
    if not isinstance(row, list) or len(row) != 6:
        raise ValueError("lessons")
    lesson, version, kind, size, manifest, signatures = row
    if not _fits(lesson, LESSON_ID, _LONGEST_ID) or not _fits(version, VERSION, _LONGEST_VERSION):
        name = shown(f"{lesson}@{version}")
        _unsafe(place, N_("“{name}” cannot be a lesson's name and version."), name=name)
    if kind not in (STUDENT, TEACHER) or not isinstance(signatures, dict):
        raise ValueError(lesson)
    signatures = {f"{SIGNATURES}{name}": part for name, part in signatures.items()}
    if not all(map(is_signature, signatures)) or len(signatures) > _MOST_SIGNATURES:
        _unsafe(place, N_("the signatures of {name} are not named as they must be."), name=lesson)
    return Offer(
        lesson=lesson,
        version=version,
        kind=kind,
        manifest=_part(manifest, MOST_MANIFEST_BYTES),
        size=_number(size, 0, MOST_LESSON_BYTES),
        signatures={path: _part(p, MOST_SIGNATURE_BYTES) for path, p in signatures.items()},
    )


def _fits(value: Any, pattern: str, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest and bool(re.fullmatch(pattern, value))


def _object(data: bytes, schema: str, place: str) -> dict[str, Any]:
    try:
        body = json.loads(data.decode())
    except (ValueError, RecursionError):
        _unreadable(place, N_("it is damaged or cut short."))
    if not isinstance(body, dict) or body.get("schema") != schema:
        _unreadable(place, N_("it is of another kind (it must say {schema})."), schema=schema)
    return body


def _part(value: Any, most: int) -> Part:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(value)
    written, size = value
    if not isinstance(written, str) or not _HASH.fullmatch(written):
        raise ValueError(written)
    part = Part(base64.urlsafe_b64decode(f"{written}=").hex(), _number(size, 0, most))
    if _written(part) != value:
        raise ValueError(written)
    return part


def _written(part: Part) -> list[Any]:
    digest = base64.urlsafe_b64encode(bytes.fromhex(part.sha256)).decode()
    return [digest.rstrip("="), part.size]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(value)
    return value


def _number(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(value)
    return value


def _time(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError(value)
    return datetime.strptime(value, _TIME).replace(tzinfo=UTC)


def _words(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_MAKER or not (value + "x").isprintable():
        raise ValueError(value)
    return value


def _base64(value: Any) -> bytes:
    if not isinstance(value, str):
        raise ValueError(value)
    try:
        data = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(value) from error
    # The last digit may have bits that mean nothing: one way to write it is enough.
    if base64.b64encode(data).decode() != value:
        raise ValueError(value)
    return data


def _named(error: KeyError | ValueError) -> str:
    return shown(str(error.args[0] if error.args else ""))[:60]


def _dumped(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _unreadable(place: str, message: str, **fields: object) -> NoReturn:
    raise LessonIndexError(place=place, reason=Reason(message, fields))


def _unsafe(place: str, message: str, **fields: object) -> NoReturn:
    raise LessonIndexUnsafeError(place=place, reason=Reason(message, fields))
