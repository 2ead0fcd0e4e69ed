"""The firmware store's lock (`lock.json`) and a mirror's index (`index.json`), both as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from stemkit.model.board import ImageFormat
from stemkit.model.firmware import Firmware, Trust

LOCK_SCHEMA: Final = "stemkit.firmware-lock/1"
INDEX_SCHEMA: Final = "stemkit.firmware-index/1"
_SAFE_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")
_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MAX_SIZE: Final = 1 << 30


class NotALockError(ValueError):
    """The bytes are not what they should be; the text says why, for the one who wrote them."""


@dataclass(frozen=True, slots=True)
class FirmwareLock:
    """What the store holds and what it remembers."""

    images: tuple[Firmware, ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    """File name to the sha256 of its first download; kept when the image is removed."""
    keys: tuple[str, ...] = ()
    """Fingerprints of mirror keys that a person accepted."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One image that a mirror offers; fields as in `Firmware`."""

    name: str
    version: str
    file: str
    sha256: str
    size: int


def parse_lock(data: bytes) -> FirmwareLock:
    """Read a lock. Raises NotALockError."""
    top = _top(data, LOCK_SCHEMA)
    pins = top.get("pins", {})
    keys = top.get("keys", [])
    if not isinstance(pins, dict) or not all(_SHA256.fullmatch(str(p)) for p in pins.values()):
        raise NotALockError("pins")
    if not isinstance(keys, list) or not all(_SHA256.fullmatch(str(key)) for key in keys):
        raise NotALockError("keys")
    return FirmwareLock(tuple(map(_firmware, _rows(top))), pins, tuple(keys))


def dump_lock(lock: FirmwareLock) -> bytes:
    """The lock as JSON for people and programs, one image after the other."""
    body = {
        "schema": LOCK_SCHEMA,
        "images": [firmware_fields(image) for image in lock.images],
        "pins": dict(sorted(lock.pins.items())),
        "keys": list(lock.keys),
    }
    return _dumped(body)


def firmware_fields(image: Firmware) -> dict[str, Any]:
    """An image's fields as plain JSON values."""
    values = {f.name: getattr(image, f.name) for f in fields(image)}
    return values | {"chips": list(image.chips)}


def parse_index(data: bytes) -> tuple[IndexEntry, ...]:
    """Read a mirror's index; file names that climb are refused. Raises NotALockError."""
    return tuple(IndexEntry(**_common(row)) for row in _rows(_top(data, INDEX_SCHEMA)))


def dump_index(images: Sequence[Firmware]) -> bytes:
    """The index of a mirror that offers `images`."""
    names = [f.name for f in fields(IndexEntry)]
    rows = [{name: getattr(image, name) for name in names} for image in images]
    return _dumped({"schema": INDEX_SCHEMA, "images": rows})


def _dumped(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


def _top(data: bytes, schema: str) -> dict[str, Any]:
    try:
        top = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotALockError(f"JSON: {error}") from error
    if not isinstance(top, dict) or top.get("schema") != schema:
        raise NotALockError(f"schema is not {schema}")
    return top


def _rows(top: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = top.get("images")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NotALockError("images")
    return rows


def _common(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "name": _matching(row, "name", _SAFE_NAME),
        "version": _matching(row, "version", _SAFE_NAME),
        "file": _matching(row, "file", _SAFE_FILE),
        "sha256": _matching(row, "sha256", _SHA256),
        "size": row.get("size"),
    }
    size = found["size"]
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= _MAX_SIZE:
        raise NotALockError(f"size of {found['file']}")
    return found


def _matching(row: Mapping[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise NotALockError(f"{key}: {value!r:.80}")
    return value


def _firmware(row: Mapping[str, Any]) -> Firmware:
    build, source, added = (row.get(key, "") for key in ("build", "source", "added"))
    chips = row.get("chips", [])
    texts = (build, source, added)
    if not all(isinstance(text, str) for text in texts) or not isinstance(chips, list):
        raise NotALockError(f"image {row.get('file')!r:.80}")
    try:
        kind, trust = ImageFormat(row["format"]), Trust(row["trust"])
    except (KeyError, ValueError) as error:
        raise NotALockError(str(error)) from error
    return Firmware(
        **_common(row),
        format=kind,
        chips=tuple(map(str, chips)),
        build=build,
        source=source,
        trust=trust,
        added=added,
    )
