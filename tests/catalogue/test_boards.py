"""The catalogue's files say what the chips, the loaders and the makers say."""

from __future__ import annotations

from pathlib import Path

import pytest

from stemkit.errors import Exit
from stemkit.formats.board import parse_board
from stemkit.formats.errors import DataFileError
from stemkit.model.board import BoardModel
from stemkit.storage.catalogue import boards, load
from stemkit.storage.places import shipped

KNOWN = {
    "esp32", "esp32-s2", "esp32-s3", "esp32-c3", "esp32-c6", "esp8266", "yolobit",
    "pico", "pico-w", "pico2", "pico2-w", "microbit-v1", "microbit-v2",
}  # fmt: skip


def test_every_board_of_the_kit_is_there() -> None:
    assert set(boards()) == KNOWN


@pytest.mark.parametrize("board", boards().values(), ids=lambda b: b.id)
def test_every_fact_has_a_source_or_says_that_it_has_none(board: BoardModel) -> None:
    for fact, places in board.sources.items():
        assert all(places), fact
    for fact, reason in board.unverified.items():
        assert reason, fact


def test_three_mistakes_are_told_at_once_with_file_and_line(tmp_path: Path) -> None:
    text = (shipped("firmware") / "boards" / "pico.toml").read_text("utf-8")
    text = text.replace("flash_bytes = 0x200000", 'flash_bytes = "2 MB"')
    text = text.replace("uf2_families = [0xe48bff56]", "uf2_families = [0xe48bff59]")
    text = text.replace("receive_ring_bytes", "recieve_ring_bytes")
    (tmp_path / "pico.toml").write_text(text, "utf-8")
    lines = text.splitlines()
    with pytest.raises(DataFileError) as caught:
        load(tmp_path, parse_board)
    assert caught.value.exit_code is Exit.BAD_INPUT_FILE
    told = caught.value.told()
    for piece in ('flash_bytes = "2 MB"', "uf2_families = ", "recieve_ring_bytes = "):
        line = next(n for n, row in enumerate(lines, 1) if row.startswith(piece))
        assert f"{tmp_path}/pico.toml:{line}: " in told
    assert "Did you mean “receive_ring_bytes”?" in told
    assert len(caught.value.mistakes) == 3


def test_a_file_must_be_called_as_its_board(tmp_path: Path) -> None:
    data = (shipped("firmware") / "boards" / "pico.toml").read_bytes()
    (tmp_path / "piko.toml").write_bytes(data)
    with pytest.raises(DataFileError, match=r"“pico”, but the file is called piko\.toml"):
        load(tmp_path, parse_board)
