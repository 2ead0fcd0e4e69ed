"""Firmware that is here already: what travels with stemkit, and what was stored by its file."""

from __future__ import annotations

import json

import pytest

from stemkit.__main__ import main
from stemkit.model.firmware import Trust
from stemkit.storage import places
from stemkit.storage.firmware_store import Arrival, FirmwareStore
from tests.conftest import StartBoards
from tests.made_images import esp_firmware


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


def test_firmware_under_another_name_is_offered_once_for_all_boards(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str]
) -> None:
    boards = virtual_boards(2, blank=True)
    virtual_boards(model="microbit-v2")
    store = FirmwareStore(places.firmware_store())
    stored = store.add(
        esp_firmware("esp32"), Arrival("download.bin", "file:///x", Trust.LOCAL, "download", "1.0")
    )
    assert main(["flash", "--all", "--lang", "en"]) == 1
    told = capsys.readouterr().out
    assert f"\n{boards[0].name}, {boards[1].name}: There is no firmware “ESP32_GENERIC”" in told
    assert told.count("What to do") == 1
    assert f"stemkit flash --firmware {stored.title}" in told
    assert main(["flash", boards[0].name, "--firmware", stored.title]) == 0
