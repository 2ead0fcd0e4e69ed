"""A micro:bit gets its files through its own small file system."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.actions.sim import change
from stemkit.devices.errors import BoardExceptionError
from stemkit.devices.microbit_files import upload_flat
from stemkit.devices.prompt import reach_prompt
from stemkit.devices.session import Session
from stemkit.devices.small_files import read_file
from stemkit.devices.upload_errors import BoardFullError, NoFoldersError
from stemkit.links import open_link
from tests.conftest import StartBoards
from tests.deploy.benchwork import files, session_on
from tests.deploy.test_command import stemkit

QEMU = ("qemu-system-arm", "-M", "microbit", "-nographic", "-monitor", "none", "-serial", "pty")
CONTENT = {"main.py": b"print('hi')\n" * 9, "data.bin": bytes(range(256)) * 2, "empty.txt": b""}


@pytest.fixture
def microbit_v1() -> Iterator[str]:
    """The port of an emulated micro:bit V1 with its real firmware."""
    import uflash

    hex_file = Path(uflash.__file__).parent / "micropython-microbit-v1.1.1.hex"
    words = [*QEMU, "-device", f"loader,file={hex_file}"]
    machine = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert machine.stdout is not None
    said = re.search(r"/dev/pts/\d+", machine.stdout.readline())
    assert said
    link = open_link(said.group(0))
    reach_prompt(Session(link))
    link.close()
    yield said.group(0)
    machine.kill()
    machine.wait()


def test_files_arrive_and_are_not_sent_twice(virtual_boards: StartBoards) -> None:
    board = virtual_boards(model="microbit-v1")[0]
    with session_on(board.port) as session:
        first = upload_flat(session, files(CONTENT), board="m")
        assert (first.sent, first.same) == (3, 0)
        again = upload_flat(session, files({**CONTENT, "main.py": b"1"}), board="m")
        assert (again.sent, again.same) == (1, 2)
        assert (
            session.exec("print(open('data.bin','rb').read()==bytes(range(256))*2)") == b"True\r\n"
        )
        with pytest.raises(NoFoldersError):
            upload_flat(session, files({"lib/a.py": b""}), board="m")


def test_what_an_earlier_deploy_left_goes_and_what_a_student_changed_stays(
    virtual_boards: StartBoards,
) -> None:
    board = virtual_boards(model="microbit-v2")[0]
    with session_on(board.port) as session:
        upload_flat(session, files({"main.py": b"1", "old.py": b"2", "mine.py": b"3"}), board="m")
        session.exec("with open('mine.py','w') as f: f.write('better')")
        session.exec("with open('own.txt','w') as f: f.write('my own')")
        kept = upload_flat(session, files({"main.py": b"1"}), board="m", keep=True)
        assert (kept.removed, kept.changed) == (0, False)
        done = upload_flat(session, files({"main.py": b"1", "new.py": b"4"}), board="m")
        assert (done.sent, done.same, done.removed) == (1, 1, 1)
        names = session.exec("import os\nprint(*sorted(os.listdir()))").split()
        assert names == [b".stemkit", b"main.py", b"mine.py", b"new.py", b"own.txt"]


def test_too_many_files_are_told_before_anything_changes(
    virtual_boards: StartBoards, tmp_path: Path
) -> None:
    board = virtual_boards(model="microbit-v2")[0]
    folder = tmp_path / "lesson"
    folder.mkdir()
    (folder / "main.py").write_text("x = 1\n")
    assert stemkit("deploy", str(folder))[0] == 0
    (folder / "a.txt").write_bytes(b"a" * 9000)
    (folder / "b.txt").write_bytes(b"b" * 30000)
    (folder / "main.py").write_text("x = 2\n")
    code, answer, _ = stemkit("deploy", str(folder))
    assert (code, answer["boards"][0]["error"]["code"]) == (4, BoardFullError.code)
    with session_on(board.port) as session:
        assert read_file(session, "main.py") == b"x = 1\n"
        assert b"txt" not in session.exec("import os\nprint(os.listdir())")


def test_deploy_knows_a_microbit(virtual_boards: StartBoards, tmp_path: Path) -> None:
    virtual_boards(model="microbit-v2")
    (tmp_path / "main.py").write_text("x = 1\n")
    code, answer, error = stemkit("deploy", str(tmp_path / "main.py"))
    assert (code, answer["boards"][0]["status"]) == (0, "deployed"), error


def test_a_line_that_loses_bytes(virtual_boards: StartBoards, tmp_path: Path) -> None:
    board = virtual_boards(model="microbit-v1")[0]
    program = "print('Độ ẩm')\n" * 20
    (tmp_path / "main.py").write_text(program, "utf-8")
    change(board.name, ["drop=0.004", "direction=to_board", "seed=1"])
    code, answer, error = stemkit("deploy", str(tmp_path / "main.py"))
    assert (code, answer["boards"][0]["status"]) == (0, "deployed"), error
    change(board.name, ["drop=0"])
    with session_on(board.port) as session:
        assert read_file(session, "main.py") == program.encode()
        assert session.exec("import os\nprint(*sorted(os.listdir()))") == b".stemkit main.py\r\n"
        assert not session.transport.use_raw_paste


@pytest.mark.debian("qemu-system-arm")
def test_the_real_firmware_of_a_v1(microbit_v1: str) -> None:
    with session_on(microbit_v1) as session:
        first = upload_flat(session, files(CONTENT), board="m")
        assert (first.sent, first.same) == (3, 0)
        again = upload_flat(session, files({**CONTENT, "main.py": b"x = 2\n"}), board="m")
        assert (again.sent, again.same) == (1, 2)
        assert session.exec("print(open('data.bin','rb').read(600)==bytes(range(256))*2)") == (
            b"True\r\n"
        )
        assert session.exec("print(open('main.py').read())").split() == [b"x", b"=", b"2"]


@pytest.mark.debian("qemu-system-arm")
def test_a_v1_behind_a_port_that_does_not_name_it(microbit_v1: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("x = 1\n")
    (tmp_path / "dữ liệu.txt").write_text("1\n")
    code, answer, error = stemkit("deploy", str(tmp_path), microbit_v1)
    assert (code, answer["boards"][0]["files_sent"]) == (0, 2), error
    (tmp_path / "dữ liệu.txt").unlink()
    code, answer, error = stemkit("deploy", str(tmp_path), microbit_v1)
    assert (code, answer["boards"][0]["files_removed"]) == (0, 1), error
    (tmp_path / "much.txt").write_bytes(b"x" * 40000)
    code, answer, error = stemkit("deploy", str(tmp_path), microbit_v1)
    assert (code, answer["boards"][0]["error"]["code"]) == (4, BoardFullError.code), error


@pytest.mark.debian("qemu-system-arm")
def test_a_v1_whose_memory_an_earlier_program_filled(microbit_v1: str, tmp_path: Path) -> None:
    with session_on(microbit_v1) as session, pytest.raises(BoardExceptionError):
        session.exec("a = []\nwhile True: a = [a]")
    (tmp_path / "p.py").write_text("print(6 * 7)\n")
    done = subprocess.run(
        [sys.executable, "-m", "stemkit", "run", str(tmp_path / "p.py"), microbit_v1],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
