"""The one question before an upload: what is on the board already, and is there room."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.devices.dialogue import Dialogue
from stemkit.devices.receiver import Facts
from stemkit.devices.upload_errors import PathTakenError
from stemkit.formats.deployed import parse_manifest
from stemkit.model.deployment import MANIFEST_PATH, BoardFile, Manifest
from stemkit.wire.upload import record

SAME: Final = "="
STAGED: Final = "s"
OTHER: Final = "~"
NEW: Final = "+"
_FOLDER: Final = "d"
_FILE: Final = "f"

# Files asked about at once: an answer must fit in one line.
_BATCH: Final = 60
# As many bytes as record "r" reads at once (question.py).
_PIECE_BYTES: Final = 384


@dataclass(frozen=True, slots=True)
class Survey:
    """What the board has said."""

    states: dict[str, str]
    """Path to one of the letters above."""
    missing_folders: list[str]
    """Folders that must be made, the outer ones first."""
    block_bytes: int
    free_blocks: int


def nothing_there(facts: Facts, files: Sequence[BoardFile]) -> Survey | None:
    """The answer for a board that has none of the files, nor a folder of theirs; else None."""
    tops = {file.path.split("/")[0] for file in files}
    if facts.names is None or tops & facts.names:
        return None
    states = {file.path: NEW for file in files}
    return Survey(states, _folders(files), facts.block_bytes, facts.free_blocks)


def survey(port: str, dialogue: Dialogue, files: Sequence[BoardFile]) -> Survey:
    """Ask about files, the folders above them, and room. Raises `PathTakenError`."""
    folders = _folders(files)
    asked = [record("q", file.question) for file in files]
    asked += [record("p", folder.encode()) for folder in folders]
    batches = [asked[i : i + _BATCH] for i in range(0, len(asked), _BATCH)] or [[]]
    answers = [dialogue.ask(b"".join(batch)) for batch in batches[:-1]]
    last, *room = dialogue.ask(b"".join(batches[-1]) + record("c", b"")).split()
    letters = "".join((*answers, last))
    states = dict(zip((file.path for file in files), letters, strict=False))
    kinds = dict(zip(folders, letters[len(files) :], strict=True))
    _must_be_free(port, states, kinds)
    block_bytes, free_blocks = map(int, room)
    missing = [folder for folder in folders if kinds[folder] == "."]
    return Survey(states, missing, block_bytes, free_blocks)


def read_manifest(dialogue: Dialogue) -> Manifest:
    """The manifest that an earlier deploy left on the board."""
    content = bytearray()
    while True:
        start = len(content).to_bytes(3, "big")
        content += base64.b64decode(dialogue.ask(record("r", start + MANIFEST_PATH.encode())))
        if len(content) % _PIECE_BYTES or len(content) == int.from_bytes(start, "big"):
            return parse_manifest(bytes(content))


def read_marks(dialogue: Dialogue, paths: Sequence[str]) -> dict[str, str]:
    """Path to the first 8 hex digits of the digest, for those of `paths` that are there."""
    marks: dict[str, str] = {}
    for i in range(0, len(paths), _BATCH):
        batch = paths[i : i + _BATCH]
        answer = dialogue.ask(b"".join(record("h", path.encode()) for path in batch))
        found = zip(batch, answer.split(" ")[1:], strict=True)
        marks.update((path, digits) for path, digits in found if digits)
    return marks


def _folders(files: Sequence[BoardFile]) -> list[str]:
    """The folders that files lie in, the outer ones first."""
    return sorted({folder for file in files for folder in _above(file.path)})


def _above(path: str) -> Iterator[str]:
    """The folders that a file lies in, the outermost first."""
    at = path.find("/")
    while at > 0:
        yield path[:at]
        at = path.find("/", at + 1)


def _must_be_free(port: str, states: dict[str, str], kinds: dict[str, str]) -> None:
    for path, letter in states.items():
        if letter == _FOLDER:
            raise PathTakenError(port=port, path=path)
    for folder, letter in kinds.items():
        if letter == _FILE:
            raise PathTakenError(port=port, path=folder)
