"""The manifest that a board keeps of what was deployed to it: one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable

from stemkit.model.deployment import BoardFile, Manifest

MARK_DIGITS = 8


def mark(file: BoardFile) -> str:
    """What a manifest keeps of a file's content."""
    return file.digest.hex()[:MARK_DIGITS]


def manifest_of(files: Iterable[BoardFile]) -> Manifest:
    """The manifest for files that are about to be deployed."""
    return Manifest({file.path: mark(file) for file in files})


def flat_mark(content: bytes) -> str:
    """What a micro:bit's manifest keeps of a content: a sum that it can compute, having no hashlib.

    24 bits, the older ones times 31.
    """
    total = 0
    for byte in content:
        total = (total * 31 + byte) & 0xFFFFFF
    return f"{total:0{MARK_DIGITS}x}"


def flat_manifest_of(files: Iterable[BoardFile]) -> Manifest:
    """The manifest for files that are about to be put on a micro:bit."""
    return Manifest({file.path: flat_mark(file.content) for file in files})


def build_manifest(manifest: Manifest) -> bytes:
    """The manifest's bytes; the same for the same manifest."""
    body = {"files": dict(sorted(manifest.files.items()))}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def parse_manifest(content: bytes) -> Manifest:
    """The manifest in `content`.

    A board's file can be damaged or a person's own: what cannot be understood counts as not there,
    so that nothing is removed for its sake.
    """
    try:
        body = json.loads(content.decode())
    except ValueError:
        return Manifest({})
    if not isinstance(body, dict):
        return Manifest({})
    return Manifest(_files(body.get("files")))


def _files(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        path: digits
        for path, digits in value.items()
        if isinstance(digits, str) and len(digits) == MARK_DIGITS and _is_inside(path)
    }


def _is_inside(path: str) -> bool:
    """Whether a path stays under the board's root and touches nothing of ours."""
    parts = path.split("/")
    return parts[0] != ".stemkit" and all(
        part not in ("", ".", "..") and part.isprintable() for part in parts
    )
