"""A flashed board as scripts get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stemkit.actions.flashing.one_board import BoardResult
    from stemkit.errors import StemkitError


def row(board: BoardResult) -> dict[str, Any]:
    """A board's result as scripts get it."""
    return {
        "name": board.name,
        "port": board.port,
        "model": board.model or None,
        "status": board.status,
        "seconds": board.seconds,
        "bytes": board.bytes,
        "verified": board.verified,
        "error": board.error and _error(board.error),
        "unique_id": board.unique_id or None,
        "kit_number": board.kit_number,
        "image": board.image or None,
        "firmware": board.firmware or None,
    }


def _error(error: StemkitError) -> dict[str, str]:
    return {"code": error.code, "message": error.told(), "remedy": error.remedy_told()}
