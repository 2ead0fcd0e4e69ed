"""A micro:bit is flashed at once: its firmware travels with stemkit."""

from __future__ import annotations

import json

import pytest

from stemkit.__main__ import main
from tests.conftest import StartBoards


@pytest.mark.timeout(120)
def test_a_microbit_needs_no_firmware_from_anywhere(
    virtual_boards: StartBoards,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STEMKIT_OFFLINE", "1")
    (board,) = virtual_boards(model="microbit-v2", blank=True)
    assert main(["flash", board.name, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["boards"]
    assert (row["status"], row["image"]) == ("flashed", "micropython-microbit-v2@2.1.2")
