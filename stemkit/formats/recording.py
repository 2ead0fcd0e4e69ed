"""The files of a recording: bytes <-> model.

    meta.json           what it is (`RecordingMeta`); replaced as a whole
    raw-0001.jsonl ...  full parts of raw.jsonl, in order
    raw.jsonl           {"t": 1.250431, "board": "v1", "line": "temp:23.51"}   a line a line
    events.jsonl        {"t": 1.3, "board": "v1", "event": "gap", "lost": 3}
    data.csv            made from the above when the recording ends; can be made again

`t` is the time of arrival in seconds on the recording's clock. A line that is no UTF-8 stands as
`"base64"` instead of `"line"`, so that every byte is kept. Recordings travel, so all other texts
are made harmless as they are read, whoever wrote them; lines are when they are understood.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from json.encoder import encode_basestring
from typing import Any, NamedTuple, TypeGuard

from stemkit.formats.errors import RecordingMetaError
from stemkit.model.reading import Channel, Described, Gap, Happening, Item
from stemkit.model.recording import (
    BoardRecord,
    ClockRecord,
    RecordingMeta,
    RecordingState,
    Totals,
)
from stemkit.wire.harmless import harmless_text

SCHEMA = "stemkit.recording/1"
_LONGEST_TEXT = 1000
# Thirty years: what goes beyond was written by no recorder, and no calendar has a date for it.
_LONGEST_S = 1e9
# What a float holds exactly, and SQLite in a column.
_LARGEST = 1 << 53


# As `encode_lines` writes most rows: nothing in them is escaped.
_PLAIN_ROWS = re.compile(
    rb'^\{"t":(\d{1,9}\.\d{6}),"board":"([^"\\\x00-\x1f]*)","line":"([ !#-\[\]-~]*)"\}$',
    re.MULTILINE,
)


class RawLine(NamedTuple):
    """A line as a board printed it."""

    t_s: float
    board: str
    line: bytes


def encode_lines(board: str, lines: Sequence[bytes], times_s: Sequence[float]) -> bytes:
    """Lines of one board as rows of `raw.jsonl`."""
    if not lines:
        return b""
    head = f',"board":{encode_basestring(board)},'
    if _plain(lines):
        # Nothing to escape: put together a block at once (15,000 lines a second of 40 boards).
        pairs = zip(times_s, b"\n".join(lines).decode("ascii").split("\n"), strict=True)
        return "".join([f'{{"t":{t:.6f}{head}"line":"{line}"}}\n' for t, line in pairs]).encode()
    rows = [_row(t, head, line) for t, line in zip(times_s, lines, strict=True)]
    return "".join(rows).encode()


def decode_line(row: bytes) -> RawLine | None:
    """A row of `raw.jsonl`; None where it is torn or was never one."""
    found = _object(row)
    if found is None:
        return None
    t_s, board, line = found.get("t"), found.get("board"), found.get("line")
    if not _is_time(t_s) or not isinstance(board, str):
        return None
    board = _harmless(board)
    if isinstance(line, str):
        return RawLine(float(t_s), board, line.encode("utf-8", "replace"))
    try:
        return RawLine(float(t_s), board, base64.b64decode(found["base64"], validate=True))
    except (KeyError, TypeError, binascii.Error):
        return None


def decode_lines(data: bytes) -> Iterator[RawLine]:
    """Whole rows of `raw.jsonl`, many at once; rows that were never one are left out."""
    rows = _PLAIN_ROWS.findall(data)
    if len(rows) == data.count(b"\n"):
        names: dict[bytes, str] = {}
        for t_s, board, line in rows:
            name = names.get(board)
            if name is None:
                name = names[board] = _harmless(board.decode("utf-8", "replace"))
            yield RawLine(float(t_s), name, line)
        return
    for row in data.splitlines(keepends=True):
        found = decode_line(row)
        if found is not None:
            yield found


def event_of(item: Item) -> dict[str, Any] | None:
    """What stands in `events.jsonl` (and in `watch --json`) for an item; None for readings."""
    if isinstance(item, Gap):
        return {"t": round(item.t_s, 6), "board": item.board, "event": "gap", "lost": item.lost}
    if isinstance(item, Happening):
        head = {"t": round(item.t_s, 6), "board": item.board, "event": str(item.kind)}
        return head | dict(item.detail)
    if isinstance(item, Described):
        head = {"t": round(item.t_s, 6), "board": item.board, "event": "described"}
        said = asdict(item.description)
        # What the board calls itself is not the name that it has here.
        return head | {"says_board": said.pop("board"), **said}
    return None


def encode_event(event: Mapping[str, Any]) -> bytes:
    """A row of `events.jsonl`."""
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def decode_event(row: bytes) -> dict[str, Any] | None:
    """A row of `events.jsonl`; None where it is torn or was never one."""
    found = _object(row)
    if found is None or not isinstance(found.get("event"), str):
        return None
    return _harmless(found) if _is_time(found.get("t")) else None


def encode_meta(meta: RecordingMeta) -> bytes:
    """`meta.json`."""
    body = {"schema": SCHEMA, **asdict(meta)}
    return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"


def decode_meta(data: bytes, path: object) -> RecordingMeta:
    """`meta.json`, read; raises `RecordingMetaError` naming `path`."""
    found = _object(data)
    if found is None or found.get("schema") != SCHEMA:
        raise RecordingMetaError(path=path)
    try:
        return _meta(found)
    except (TypeError, ValueError, KeyError) as error:
        raise RecordingMetaError(path=path) from error


def _meta(found: dict[str, Any]) -> RecordingMeta:
    known = {field.name for field in fields(RecordingMeta)}
    setup = found.get("setup", "")
    found = _harmless(found)
    plain = {name: value for name, value in found.items() if name in known}
    # A file in the file: `parse_experiment` looks after its texts.
    plain["setup"] = setup
    plain["state"] = RecordingState(found["state"])
    plain["totals"] = _totals(found["totals"])
    plain["clocks"] = tuple(ClockRecord(**clock) for clock in found["clocks"])
    plain["boards"] = tuple(
        BoardRecord(**{**board, "channels": tuple(Channel(**c) for c in board["channels"])})
        for board in found["boards"]
    )
    made = RecordingMeta(**plain)
    _check(made)
    return made


_KINDS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: type(value) is int and abs(value) < _LARGEST,
    "float": lambda value: type(value) in (int, float) and abs(value) < _LARGEST,
    "float | None": lambda value: value is None or _KINDS["float"](value),
}


def _check(made: Any) -> None:
    """Raise TypeError unless every field holds what it is declared to hold."""
    for field in fields(made):
        value = getattr(made, field.name)
        fits = _KINDS.get(str(field.type))
        if fits is not None and not fits(value):
            raise TypeError
        if is_dataclass(value):
            _check(value)
        elif isinstance(value, tuple):
            for part in value:
                if is_dataclass(part):
                    _check(part)


def _totals(found: dict[str, Any]) -> Totals:
    if not isinstance(found["labels"], list):
        raise TypeError
    return Totals(**{**found, "labels": tuple(map(str, found["labels"]))})


def _is_time(t_s: object) -> TypeGuard[float]:
    return type(t_s) in (int, float) and -_LONGEST_S < t_s < _LONGEST_S  # type: ignore[operator]


def _harmless(value: Any) -> Any:
    """The same value with every text in it, keys too, harmless to print."""
    if isinstance(value, str):
        return harmless_text(value, _LONGEST_TEXT)
    if isinstance(value, dict):
        return {_harmless(key): _harmless(inner) for key, inner in value.items()}
    return list(map(_harmless, value)) if isinstance(value, list) else value


def _plain(lines: Sequence[bytes]) -> bool:
    joined = b"".join(lines)
    if b'"' in joined or b"\\" in joined or not joined.isascii():
        return False
    return joined.decode("ascii").isprintable()


def _row(t_s: float, head: str, line: bytes) -> str:
    try:
        return f'{{"t":{t_s:.6f}{head}"line":{encode_basestring(line.decode())}}}\n'
    except UnicodeDecodeError:
        return f'{{"t":{t_s:.6f}{head}"base64":"{base64.b64encode(line).decode()}"}}\n'


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
