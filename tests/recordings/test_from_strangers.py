"""A recording that somebody else made: nothing in its files harms a terminal or stops a command."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stemkit.__main__ import main
from stemkit.storage import places

EVIL = "\x1b]0;x\x07\x1b[2J\x9b31m\u202egnp\u200b"
SETUP = f"""
[[channel]]
label = "temp"
name = {{ vi = {json.dumps(EVIL)}, en = {json.dumps(EVIL)} }}
unit = {json.dumps(EVIL)}
[[alarm]]
when = "temp > 3"
text = {json.dumps(EVIL)}
"""
CHANNEL = {"label": "temp", "unit": EVIL, "sensor": EVIL, "low": None, "high": 4.0}
BOARD = {
    **dict.fromkeys(["identity", "unique_id", "model", "number", "program", "lesson"], EVIL),
    **dict.fromkeys(["firmware", "firmware_sha256"], EVIL),
    "name": f"b{EVIL}",
    "channels": [CHANNEL],
}
TOTALS = {"lines": 9, "rows": 9, "lost": 1, "damaged": 0, "seconds": 2.0, "labels": ["temp", EVIL]}
META = {
    "schema": "stemkit.recording/1",
    **dict.fromkeys(["name", "time_zone", "id", "stemkit", "operator", "club", "lesson"], EVIL),
    "started": "2026-01-01T00:00:00+07:00",
    "setup": SETUP,
    "boards": [BOARD],
    "clocks": [{"board": f"b{EVIL}", "segment": 0, "offset_s": 1.0, "drift": 0.0}],
    "state": "complete",
    "ended": EVIL,
    "totals": TOTALS,
}
EVENTS = [
    {"t": 0.1, "board": f"b{EVIL}", "event": "mark", "text": EVIL},
    {"t": 0.2, "board": EVIL, "event": "unavailable", "text": EVIL, "error": EVIL},
    {"t": 0.3, "board": [EVIL], "event": "mark", "text": {EVIL: EVIL}},
]
COMMANDS = ["list", "show r", "show r --json", "export r --to -", "export r --to x.xlsx --force"]
PLAYED = ["replay r --plain --speed 1000", "recover r"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def made(meta: Any, events: list[dict[str, Any]], t_s: Any = 0.5) -> None:
    folder = places.recordings() / "r"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").write_text(json.dumps(meta), "utf-8")
    lines = [{"t": t_s, "board": f"b{EVIL}", "line": f"temp:{n}"} for n in range(9)]
    for name, rows in (("raw.jsonl", lines), ("events.jsonl", events)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / name).write_text(text, "utf-8")


def test_no_hidden_letter_reaches_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    made(META, EVENTS)
    for command in COMMANDS + PLAYED:
        assert main(["record", *command.split()]) == 0, command
        told = capsys.readouterr()
        hidden = [c for c in told.out + told.err if not (c.isprintable() or c in "\r\n\t")]
        assert hidden == [], command


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, key))


def with_other(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    value = copy.deepcopy(value)
    place = value
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = other
    return value


@pytest.mark.parametrize(
    "other", [None, "x", [], ["a"], 1e308, 10**400, float("nan"), "9999-12-31T23:59:59+07:00"],
    ids=["none", "text", "list", "texts", "far", "farther", "nan", "late"],
)  # fmt: skip
def test_a_wrong_value_anywhere_is_no_fault_of_ours(
    other: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in leaves(META):
        made(with_other(META, path, other), EVENTS)
        for command in ("list", "show r", "export r --to -"):
            assert main(["record", *command.split()]) in (0, 5), (path, capsys.readouterr().err)
    made(META, EVENTS, other)
    for key in EVENTS[0]:
        made(META, [{**EVENTS[0], key: other}, *EVENTS])
        for command in COMMANDS:
            assert main(["record", *command.split()]) == 0, key
    capsys.readouterr()


@pytest.mark.parametrize(
    "started", ["9999-12-31T23:59:59+07:00", "0001-01-01T00:00:00+00:00", "yesterday", ""]
)
def test_a_beginning_beyond_the_calendar(started: str, capsys: pytest.CaptureFixture[str]) -> None:
    for t_s in (0.5, 999_999_999.0, 1e12, -3.0):
        made({**META, "started": started}, EVENTS, t_s)
        for command in [*COMMANDS, "recover r"]:
            assert main(["record", *command.split()]) == 0, capsys.readouterr().err


def test_a_channel_without_a_value_has_no_chart(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    made({**META, "totals": {**TOTALS, "labels": ["none"]}}, [])
    assert main(["record", "export", "r", "--to", "a.xlsx"]) == 0
    assert not openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]._charts
