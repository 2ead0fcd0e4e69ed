"""Board specs from the catalogue's own files."""

from __future__ import annotations

from stemkit.storage import catalogue
from stemkit.virtual.world import BoardSpec, board_spec


def spec(model: str = "esp32", *first: str) -> BoardSpec:
    """The board with its kit; parts named in `first` win over others on their pins."""
    return board_spec(catalogue.boards()[model], bytes.fromhex("0a1b2c3d4e5f"), first)
