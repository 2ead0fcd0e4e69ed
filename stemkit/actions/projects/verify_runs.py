"""Were the recordings of a package read live, and do its tables come from their lines?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import IO, Final

from stemkit.actions.readings.record import shaped_items, sheet_of
from stemkit.analysis.liveness import Doubt, Liveness, few, is_virtual
from stemkit.errors import StemkitError
from stemkit.formats.archive_names import shown
from stemkit.formats.readings_csv import csv_bytes
from stemkit.formats.recording import decode_event, decode_line
from stemkit.model.project import RUNS
from stemkit.model.recording import BoardRecord, RecordingMeta
from stemkit.model.verdict import Answer, Check
from stemkit.storage.recordings import RecordingFolder
from stemkit.storage.recordings.folder import DATA, EVENTS, META, RAW
from stemkit.storage.recordings.playback import Playback
from stemkit.storage.recordings.survey import Tally, clocks_of
from stemkit.words import N_, ntr, tr

_LONGEST_ROW: Final = 1 << 20
_MOST_EVENTS: Final = 200_000
_RECORDING_FILES: Final = {META, RAW, EVENTS, DATA}


def recordings_below(folder: Path) -> list[RecordingFolder]:
    """The recordings in an unpacked project, whole or not."""
    runs = folder / RUNS
    if not runs.is_dir():
        return []
    found = sorted({path.parent for path in runs.rglob("*") if path.name in _RECORDING_FILES})
    return [RecordingFolder(path) for path in found if path != runs]


def check_provenance(folders: list[RecordingFolder]) -> Check:
    """Raw lines there, clock forward, numbers whole or gaps noted, check sums good."""
    if not folders:
        return Check("provenance", Answer.UNKNOWN, tr(N_("There is no recording in it.")))
    bad: list[str] = []
    unsure: list[str] = []
    good: list[str] = []
    seen: dict[str, str] = {}
    for folder in folders:
        try:
            doubts, quiet, told = _looked_at(folder, seen)
        except StemkitError as error:
            doubts, quiet, told = [_unread(folder, error)], "", ""
        bad += [f"{shown(folder.name)}: {doubt}" for doubt in doubts]
        unsure += [f"{shown(folder.name)}: {quiet}"] * bool(quiet)
        good += [f"{shown(folder.name)}: {told}"] * bool(told)
    evidence = (*bad, *unsure, *good)
    if bad:
        return Check("provenance", Answer.NO, bad[0], evidence)
    if unsure:
        return Check("provenance", Answer.UNKNOWN, unsure[0], evidence)
    detail = ntr(
        "{n} recording: nothing in it speaks against a live measurement.",
        "{n} recordings: nothing in them speaks against a live measurement.",
        len(folders),
    )
    limit = tr(
        N_(
            "Signatures and complete lines show who vouches for the data; they cannot prove that "
            "something real was measured."
        )
    )
    return Check("provenance", Answer.YES, detail, (*evidence, limit))


def check_data(folders: list[RecordingFolder]) -> Check:
    """`data.csv` is what the lines give."""
    tables = [folder for folder in folders if (folder.path / DATA).is_file()]
    if not tables:
        return Check("data", Answer.UNKNOWN, tr(N_("There is no table (data.csv) in it.")))
    bad = []
    for folder in tables:
        try:
            wrong = _other_table(folder)
        except StemkitError as error:
            wrong = _unread(folder, error)
        bad += [f"{shown(folder.name)}: {wrong}"] * bool(wrong)
    if bad:
        return Check("data", Answer.NO, bad[0], tuple(bad))
    detail = ntr(
        "{n} table comes from the recorded lines, to the last byte.",
        "{n} tables come from the recorded lines, to the last byte.",
        len(tables),
    )
    return Check("data", Answer.YES, detail)


def _unread(folder: RecordingFolder, error: StemkitError) -> str:
    """Why a recording cannot be read; without the path of the copy, which is gone by then."""
    return error.told().replace(f"{folder.path.parent}{os.sep}", "")


def _looked_at(folder: RecordingFolder, seen: dict[str, str]) -> tuple[list[str], str, str]:
    """What speaks against a recording, why nothing can be said, and what is known of it.

    `seen` gathers the fingerprints of the recordings, to tell a copy from a second measurement.
    """
    parts = folder.raw_parts()
    if not parts:
        return [tr(N_("there are no lines of a board (raw.jsonl), only numbers"))], "", ""
    meta = folder.meta()
    torn = [row for path in parts for row in _torn(path, is_event=False)]
    events_path = folder.path / EVENTS
    torn += list(_torn(events_path, is_event=True)) if events_path.is_file() else []
    live, tally = Liveness(), Tally()
    playback = Playback(folder.lines())
    for item in playback:
        live.take(item)
        tally.take(item)
    lines = sum(reader.counts.lines for reader in playback.readers.values())
    clocks = clocks_of(playback.readers)
    happened = list(islice(folder.events(), _MOST_EVENTS))
    doubts = live.doubts(meta, happened, tally.totals(lines), clocks)
    unnumbered = live.unnumbered(happened)
    quiet = ""
    if not live.boards:
        quiet = tr(N_("no line of it is a reading"))
    elif unnumbered:
        quiet = tr(
            N_("{boards} sent no line numbers and check sums, so edits would not show"),
            boards=shown(", ".join(unnumbered)),
        )
    if live.fingerprint in seen:
        text = N_("its lines are those of “{other}”: a copy, not another measurement")
        torn.append(tr(text, other=shown(seen[live.fingerprint])))
    elif live.fingerprint:
        seen[live.fingerprint] = folder.name
    return [*torn, *_told(doubts)], quiet, _facts(meta, lines)


def _told(doubts: list[Doubt]) -> list[str]:
    first, more = few(doubts)
    told = [
        tr(doubt.message, **{key: shown(str(value)) for key, value in doubt.fields.items()})
        for doubt in first
    ]
    return [*told, ntr("… and {n} more", "… and {n} more", more)] if more else told


def _board_told(board: BoardRecord) -> str:
    told = f"{board.name} ({board.unique_id or '–'})"
    return tr(N_("{board}, a virtual one"), board=told) if is_virtual(board) else told


def _facts(meta: RecordingMeta, lines: int) -> str:
    boards = ", ".join(map(_board_told, meta.boards))
    told = {f"{board.firmware} {board.firmware_sha256[:12]}".strip() for board in meta.boards}
    firmware = ", ".join(sorted(told - {""}))
    return tr(
        N_(
            "from {started}; lines: {lines}; board {boards}; firmware {firmware}; lesson {lesson}; "
            "stemkit {stemkit}"
        ),
        lines=lines,
        started=shown(meta.started),
        boards=shown(boards or "–"),
        firmware=shown(firmware or "–"),
        lesson=shown(meta.lesson or "–"),
        stemkit=shown(meta.stemkit or "–"),
    )  # fmt: skip


def _torn(path: Path, *, is_event: bool) -> Iterator[str]:
    """Rows that are none."""
    decode = decode_event if is_event else decode_line
    with path.open("rb") as file:
        for number, row in enumerate(_bounded(file), 1):
            if not row.endswith(b"\n") or decode(row) is None:
                yield tr(N_("{file}, line {line}: this is not a row of a recording"),
                         file=path.name, line=number)  # fmt: skip
                return


def _other_table(folder: RecordingFolder) -> str:
    """How `data.csv` differs from what the lines give; "" where it does not."""
    meta = folder.meta()
    made = _rows(csv_bytes(shaped_items(folder, meta), sheet_of(meta)))
    with (folder.path / DATA).open("rb") as file:
        for number, (there, wanted) in enumerate(zip_longest(_bounded(file), made), 1):
            if there == wanted:
                continue
            return tr(
                N_("data.csv, line {line} is “{found}”; the recorded lines give “{wanted}”"),
                line=number,
                found=_shown_row(there),
                wanted=_shown_row(wanted),
            )
    return ""


def _bounded(file: IO[bytes]) -> Iterator[bytes]:
    """The rows of a file that a stranger made: a row that never ends comes in pieces."""
    while row := file.readline(_LONGEST_ROW):
        yield row


def _rows(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *rows, rest = (rest + piece).split(b"\n")
        yield from (row + b"\n" for row in rows)
    if rest:
        yield rest


def _shown_row(row: bytes | None) -> str:
    return shown(row.decode("utf-8", "replace").strip())[:120] if row is not None else "–"
