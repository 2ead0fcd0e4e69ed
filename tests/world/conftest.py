from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from adafruit_bus import WorldBus

from stemkit.formats.board import parse_board
from stemkit.storage.places import shipped
from stemkit.virtual.world import BoardSpec, World, board_spec


def spec(model: str = "esp32", *first: str) -> BoardSpec:
    path = shipped("firmware") / "boards" / f"{model}.toml"
    return board_spec(
        parse_board(path.read_bytes(), path.name), bytes.fromhex("0a1b2c3d4e5f"), first
    )


@pytest.fixture
def make_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., WorldBus]]:
    """A bus over a fresh world; while the driver sleeps, the world's time passes."""

    def make(*first: str, **facts: int) -> WorldBus:
        board = spec("esp32", *first)
        if facts:
            parts = tuple(replace(p, facts={**p.facts, **facts}) for p in board.parts)
            board = replace(board, parts=parts)
        bus = WorldBus(World(board), scl=22, sda=21)
        monkeypatch.setattr(time, "sleep", bus.sleep)
        monkeypatch.setattr(time, "monotonic", bus.monotonic)
        return bus

    yield make
    monkeypatch.undo()
