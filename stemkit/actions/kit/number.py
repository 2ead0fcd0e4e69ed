"""A board's number and name, in the profile that lies on it."""

from __future__ import annotations

import json
from typing import Any

from stemkit.devices.identity import Identity
from stemkit.devices.session import Session
from stemkit.devices.small_files import read_file, write_file
from stemkit.formats.board_profile import board_profile
from stemkit.model.board import BoardModel
from stemkit.model.deployment import PROFILE_NAME
from stemkit.model.kit import KitBoard
from stemkit.storage import catalogue
from stemkit.words import current_language


def write_number(
    session: Session, identity: Identity, board: KitBoard, model: BoardModel | None
) -> None:
    """The board's number and name into `/stem.json` on it; the rest of that file stays."""
    # A micro:bit's file system has no folders, not even the first.
    path = PROFILE_NAME.lstrip("/") if identity.platform == "microbit" else PROFILE_NAME
    old = read_file(session, path)
    profile = _profile(old, board, model)
    data = json.dumps(profile, ensure_ascii=False, separators=(",", ":")).encode()
    if data != old:
        write_file(session, path, data)


def _profile(old: bytes | None, board: KitBoard, model: BoardModel | None) -> dict[str, Any]:
    try:
        profile = json.loads(old or b"")
        assert isinstance(profile, dict)
    except (ValueError, AssertionError):
        profile = {}
    if "parts" not in profile and model is not None:
        fresh = board_profile(
            model, catalogue.sensors(), number=board.number, language=current_language()
        )
        profile = {**json.loads(fresh), **profile}
    profile["number"] = board.number
    profile.pop("name", None)
    if board.name:
        profile["name"] = board.name
    return profile
