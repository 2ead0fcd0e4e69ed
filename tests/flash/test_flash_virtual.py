"""`flash` on virtual boards: real MicroPython images, then the prompt."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.actions.boards.listing import Board, list_boards
from stemkit.actions.flashing.flash import FlashResult, flash_boards
from stemkit.actions.flashing.image import OneImage, Source, choose, image_of
from stemkit.actions.flashing.one_board import Workshop
from stemkit.errors import Exit, MissingFileError
from stemkit.formats.errors import FirmwareImageError
from stemkit.loaders.errors import WrongChipError
from stemkit.storage import places
from stemkit.storage.flashed import Flashed
from stemkit.storage.unfinished import UnfinishedBoards
from tests.conftest import StartBoards
from tests.flash.bad_links import flash_memory
from tests.made_images import ESP_CHIPS, esp32_image, esp_firmware

MADE = esp_firmware("esp32")


def listed(names: set[str] | None = None) -> list[Board]:
    return [b for b in list_boards() if b.virtual and (names is None or b.name in names)]


def flash(image: bytes = MADE, **wanted: object) -> FlashResult:
    shop = Workshop(OneImage(Source("test.bin", image)), **wanted)  # type: ignore[arg-type]
    return flash_boards(listed(), shop)


def test_the_real_image_then_the_prompt_then_nothing_more_to_do(
    virtual_boards: StartBoards,
) -> None:
    (board,) = virtual_boards(blank=True)
    result = flash(esp32_image())
    (done,) = result.boards
    assert (done.status, done.verified, done.error) == ("flashed", True, None)
    assert done.bytes == 985_616
    assert done.unique_id == board.unique_id
    assert done.model == "esp32"
    assert done.firmware.startswith("1.16")
    assert flash_memory(board)[0x1000 : 0x1000 + len(esp32_image())] == esp32_image()
    assert result.exit_code is Exit.DONE
    assert result.unfinished == ()
    known = Flashed(places.flashed())
    named = f"MicroPython {image_of(esp32_image(), '').builds['esp32']}"
    assert known.sha256(board.unique_id, named) == sha256(esp32_image()).hexdigest()
    assert known.sha256(board.unique_id, "MicroPython v1.99.0 on 2030-01-01") == ""
    (again,) = flash(esp32_image()).boards
    assert (again.status, again.verified, again.bytes) == ("unchanged", True, 0)
    (forced,) = flash(esp32_image(), force=True).boards
    assert (forced.status, forced.bytes) == ("flashed", 985_616)


@pytest.mark.parametrize("model", ["esp32-s2", "esp32-s3", "esp32-c3", "esp32-c6", "esp8266"])
def test_other_members_of_the_family(virtual_boards: StartBoards, model: str) -> None:
    (board,) = virtual_boards(blank=True, model=model)
    image = esp_firmware(model.replace("-", ""))
    (done,) = flash(image).boards
    assert done.error is None
    assert (done.status, done.model, done.firmware) == ("flashed", model, "1.24.1")
    assert done.unique_id == board.unique_id
    offset = ESP_CHIPS[model.replace("-", "")][1] if model != "esp8266" else 0
    assert flash_memory(board)[offset : offset + len(image)] == image
    assert flash(image).boards[0].status == "unchanged"


def test_a_wrong_image_is_refused_and_the_board_goes_on_as_it_was(
    virtual_boards: StartBoards,
) -> None:
    (board,) = virtual_boards()
    before = flash_memory(board)
    result = flash(esp_firmware("esp32s3"))
    (refused,) = result.boards
    assert refused.status == "failed"
    assert isinstance(refused.error, WrongChipError)
    assert result.exit_code is Exit.REFUSED
    assert flash_memory(board) == before
    assert result.unfinished == ()
    from stemkit.actions.boards.listing import probed

    (asked,) = probed(listed())
    assert asked.state == "running"


def test_a_refused_board_does_not_stop_the_others(virtual_boards: StartBoards) -> None:
    virtual_boards(2, blank=True)
    virtual_boards(1, blank=True, model="esp32-s3")
    result = flash()
    assert [board.status for board in result.boards] == ["flashed", "flashed", "failed"]
    assert result.exit_code is Exit.ANSWER_IS_NO


def test_without_a_boot_check_the_read_back_is_what_verified_means(
    virtual_boards: StartBoards,
) -> None:
    virtual_boards(blank=True)
    (done,) = flash(boot_check=False).boards
    assert (done.status, done.verified, done.firmware) == ("flashed", True, "")


def test_the_command_answers_with_json(
    virtual_boards: StartBoards, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    virtual_boards(2, blank=True)
    file = tmp_path / "made.bin"
    file.write_bytes(MADE)
    assert main(["flash", "--all", "--firmware", str(file), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == "stemkit.flash/1"
    assert answer["unfinished"] == []
    for row in answer["boards"]:
        assert {"port", "model", "status", "seconds", "bytes", "verified", "error"} <= row.keys()
        assert (row["status"], row["verified"], row["error"]) == ("flashed", True, None)


def test_the_command_refuses_with_6_and_says_what_to_do(
    virtual_boards: StartBoards, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    virtual_boards()
    file = tmp_path / "s3.bin"
    file.write_bytes(esp_firmware("esp32s3"))
    assert main(["flash", "v1", "--firmware", str(file), "--lang", "vi"]) == 6
    told = capsys.readouterr().out
    assert "esp32s3" in told
    assert "Chưa ghi gì cả" in told
    assert "Cách xử lí:" in told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--firmware", "no-such-firmware"], 5),
        (["--firmware", "gone.bin"], 5),
        (["--model", "esp99"], 2),
        ([], 5),
    ],
)
def test_what_is_wrong_with_the_request_is_told_before_any_board_is_touched(
    virtual_boards: StartBoards,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
) -> None:
    (board,) = virtual_boards()
    before = flash_memory(board)
    assert main(["flash", "v1", *words]) == code
    assert "What to do" in capsys.readouterr().err
    assert flash_memory(board) == before


def test_a_file_that_is_no_firmware_is_told_before_any_board_is_touched(tmp_path: Path) -> None:
    page = tmp_path / "page.bin"
    page.write_bytes(b"<!DOCTYPE html><html>404</html>")
    with pytest.raises(FirmwareImageError):
        choose(str(page))
    with pytest.raises(MissingFileError):
        choose(str(tmp_path / "gone.bin"))


def _run_and_wait_for(step: str, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "stemkit", "flash", "--all", "--firmware", str(file)]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stderr is not None
    for line in run.stderr:
        if step in line:
            return run
    raise AssertionError(f"{step} was never reached")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_flash_leaves_a_mark_and_the_next_one_repairs(
    virtual_boards: StartBoards,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    how: signal.Signals,
) -> None:
    (board,) = virtual_boards(blank=True, paced=True)
    file = tmp_path / "real.bin"
    file.write_bytes(esp32_image())
    run = _run_and_wait_for("Writing", file)
    time.sleep(1.0)
    os.kill(run.pid, how)
    assert run.wait(timeout=30) == (130 if how is signal.SIGINT else -signal.SIGKILL)
    marks = UnfinishedBoards(places.unfinished())
    assert board.unique_id in marks
    if how is signal.SIGINT:
        assert run.stdout is not None
        told = run.stdout.read()
        # It was waited for until it had come to a safe place, and has its row.
        assert "v1: Stopped before it was finished." in told
        assert re.search(r"again before they are used: v1", told)
    assert main(["boards"]) == 0
    assert "again before they are used: v1" in capsys.readouterr().err
    result = flash(MADE)
    assert result.boards[0].status == "flashed"
    assert result.unfinished == ()
    assert flash_memory(board)[0x1000 : 0x1000 + len(MADE)] == MADE
