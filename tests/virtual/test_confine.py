"""A program on a virtual board reaches nothing of this computer, whatever it tries."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from stemkit.virtual import RunningBoard
from stemkit.virtual.confine import filter_program
from tests.virtual.test_mpremote import mpremote

# What a board does not show, dug out of the module that shows the board's names.
DIG = "import os, vfs\nreal = os._real\n"
MOUNT = "vfs.mount(vfs.VfsPosix('/'), '/host')\n"


def landlock_version() -> int:
    if sys.platform != "linux":
        return 0
    return int(ctypes.CDLL(None).syscall(444, None, 0, 1))


needs_landlock = pytest.mark.skipif(landlock_version() < 1, reason="this kernel has no Landlock")


def tried(board: RunningBoard, body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    program = f"{DIG}try:\n{lines}except OSError as e:\n    print('refused', e.errno)\n"
    return mpremote(board, "exec", program).strip()


def test_no_other_program_is_started(virtual_board: RunningBoard, tmp_path: Path) -> None:
    mark = tmp_path / "was-here"
    out = tried(virtual_board, f"print(real.system('touch {mark}'))")
    assert out != "0"
    assert not mark.exists()


@needs_landlock
def test_no_file_is_read(virtual_board: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("exam")
    body = f"{MOUNT}print(open('/host{tmp_path}/secret').read())"
    assert tried(virtual_board, body) == "refused 13"


@pytest.mark.parametrize(
    "action",
    [
        "open('/host{there}/new', 'w')",
        "open('/host{there}/kept', 'w')",
        "os.remove('/host{there}/kept')",
        "os.rename('/host{there}/kept', '/host{there}/moved')",
        "os.mkdir('/host{there}/folder')",
    ],
)
def test_no_file_is_changed(virtual_board: RunningBoard, tmp_path: Path, action: str) -> None:
    (tmp_path / "kept").write_text("mine")
    out = tried(virtual_board, MOUNT + action.format(there=tmp_path))
    assert out == "refused 13"
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("kept", "mine")]


def test_what_a_board_has_works(virtual_board: RunningBoard) -> None:
    program = (
        "import os, _thread, time, socket\n"
        "done = []\n"
        "_thread.start_new_thread(lambda: done.append(1), ())\n"
        "time.sleep_ms(100)\n"
        "socket.socket().close()\n"
        "with open('f', 'w') as f: f.write('x')\n"
        "os.rename('f', 'g'); os.remove('g'); os.mkdir('d'); os.rmdir('d')\n"
        "print(done, len(os.urandom(8)), hasattr(os, 'system'), 'f' in os.listdir())\n"
    )
    assert mpremote(virtual_board, "exec", program).strip() == "[1] 8 False False"


@pytest.mark.parametrize("network", [True, False])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_filter_jumps_stay_within_it(machine: str, network: bool) -> None:
    code = filter_program(machine, network=network)
    count = len(code) // 8
    for n in range(count):
        kind = int.from_bytes(code[8 * n : 8 * n + 2], "little")
        for jump in code[8 * n + 2 : 8 * n + 4]:
            assert n + 1 + jump < count or kind == 0x06
