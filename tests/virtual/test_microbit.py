"""A virtual micro:bit: its drive, its firmware, its small file system."""

from __future__ import annotations

from pathlib import Path

import micropython_microbit_fs as microbit_fs
import pytest
import serial

from stemkit.actions.sim import change
from stemkit.virtual import RunningBoard
from tests import made_images
from tests.conftest import StartBoards
from tests.virtual.steering import tell, wait_until
from tests.virtual.test_mpremote import mpremote

UNIVERSAL = made_images.UFLASH / "universal-hex-v1.1.1-v2.1.2.hex"
VERSIONS = {"microbit-v1": "nRF51822", "microbit-v2": "nRF52833"}


def copied(board: RunningBoard, name: str, data: bytes) -> None:
    """Copy a file to the drive and wait for the fresh one."""
    target = Path(board.drive, name)
    target.write_bytes(data)
    wait_until(lambda: not target.exists() and Path(board.drive, "DETAILS.TXT").exists())


@pytest.mark.parametrize("model", VERSIONS)
def test_universal_hex_starts_the_program_for_this_version(
    virtual_boards: StartBoards, model: str
) -> None:
    board = virtual_boards(model=model, blank=True)[0]
    assert tell(board, "state") == {"state": "blank"}
    copied(board, "micropython.hex", UNIVERSAL.read_bytes())
    wait_until(lambda: tell(board, "state") == {"state": "running"})
    out = mpremote(board, "exec", "import os; print(os.uname().machine, os.listdir())")
    assert VERSIONS[model] in out
    assert "[]" in out
    assert not Path(board.drive, "FAIL.TXT").exists()


def test_files_in_the_hex_are_there_and_main_runs(virtual_boards: StartBoards) -> None:
    board = virtual_boards(model="microbit-v1")[0]
    text = (made_images.UFLASH / "micropython-microbit-v1.1.1.hex").read_text()
    files = [
        microbit_fs.File("main.py", b"import helper\nhelper.note()\n"),
        microbit_fs.File("helper.py", b"def note():\n    open('ran', 'w').write('yes')\n" * 9),
    ]
    copied(board, "lesson.hex", microbit_fs.add_files(text, files).encode())
    wait_until(lambda: tell(board, "state") == {"state": "running"})
    out = mpremote(board, "exec", "import os; print(sorted(os.listdir()), os.size('main.py'))")
    assert out.strip() == "['helper.py', 'main.py', 'ran'] 28"


def test_program_that_never_ends_keeps_what_it_wrote(virtual_boards: StartBoards) -> None:
    board = virtual_boards(model="microbit-v2")[0]
    text = (made_images.UFLASH / "micropython-microbit-v2.1.2.hex").read_text()
    program = b"""
with open('count') as f: n = int(f.read())
with open('count', 'w') as f: f.write(str(n + 1))
print('count', n)
while True: pass
"""
    files = [microbit_fs.File("main.py", program), microbit_fs.File("count", b"1")]
    copied(board, "lesson.hex", microbit_fs.add_files(text, files).encode())
    wait_until(lambda: tell(board, "state") == {"state": "running"})
    with serial.Serial(board.port, timeout=30) as port:
        tell(board, "reset")
        assert port.read_until(b"count 2").endswith(b"count 2")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b":10000000E0070020C10801001508010019080100FF\n:00000001FF\n", "Checksum calculation"),
        (b"<html><body>404 not found</body></html>", "file format is unknown"),
    ],
)
def test_bad_hex_leaves_the_board_as_it_is_and_says_so(
    virtual_boards: StartBoards, data: bytes, says: str
) -> None:
    board = virtual_boards(model="microbit-v2")[0]
    copied(board, "bad.hex", data)
    fail = Path(board.drive, "FAIL.TXT")
    assert says in fail.read_text()
    assert mpremote(board, "exec", "print(6 * 7)").strip() == "42"


def test_flash_that_cannot_be_written_is_told_and_nothing_runs(
    virtual_boards: StartBoards,
) -> None:
    board = virtual_boards(model="microbit-v2")[0]
    change(board.name, ["flash_fails=0x8000-0x9000"])
    copied(board, "micropython.hex", UNIVERSAL.read_bytes())
    assert "write command FAILURE" in Path(board.drive, "FAIL.TXT").read_text()
    wait_until(lambda: tell(board, "state") == {"state": "blank"})
    change(board.name, ["flash_fails="])
    copied(board, "micropython.hex", UNIVERSAL.read_bytes())
    wait_until(lambda: tell(board, "state") == {"state": "running"})
    assert not Path(board.drive, "FAIL.TXT").exists()


def test_file_system_is_flat_and_small(virtual_boards: StartBoards) -> None:
    board = virtual_boards(model="microbit-v1")[0]
    program = """
import os
try:
    open('a/b', 'w')
except OSError as error:
    print('no folders', error.args[0])
print(hasattr(os, 'mkdir'), hasattr(os, 'system'), hasattr(os, 'rename'))
written = 0
try:
    with open('big', 'wb') as f:
        while True:
            written += f.write(bytes(100))
except OSError as error:
    print('full', 10000 < written < 30000)
os.remove('big')
print(os.listdir())
"""
    out = mpremote(board, "exec", program).split("\n")
    assert [line.strip() for line in out[:4]] == [
        "no folders 2",
        "False False False",
        "full True",
        "[]",
    ]
