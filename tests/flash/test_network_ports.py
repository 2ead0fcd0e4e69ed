"""`flash` over ports in the network: with modem lines (`rfc2217://`) and without (`socket://`)."""

from __future__ import annotations

import pytest

from stemkit.actions.boards.listing import list_boards
from stemkit.actions.flashing.flash import flash_boards
from stemkit.actions.flashing.image import OneImage, Source
from stemkit.actions.flashing.one_board import Workshop
from tests.conftest import StartBoards
from tests.flash.bad_links import flash_memory
from tests.made_images import esp_firmware

IMAGE = esp_firmware("esp32")


@pytest.mark.parametrize("port", ["rfc2217", "socket"])
@pytest.mark.parametrize("blank", [True, False])
def test_a_port_in_the_network(virtual_boards: StartBoards, port: str, blank: bool) -> None:
    (board,) = virtual_boards(port=port, blank=blank)
    for status in ("flashed", "unchanged"):
        result = flash_boards(list_boards(), Workshop(OneImage(Source("made.bin", IMAGE))))
        assert result.fault is None
        (done,) = result.boards
        assert (done.status, done.error, done.verified) == (status, None, True)
        assert done.unique_id == board.unique_id
    assert flash_memory(board)[0x1000 : 0x1000 + len(IMAGE)] == IMAGE
