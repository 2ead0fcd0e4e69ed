"""The raw prompt of a real MicroPython (its unix port), and of things that are none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stemkit.devices.errors import (
    BoardConfusedError,
    BoardExceptionError,
    BoardTimeLimitError,
    ChattyBoardError,
    NoPromptError,
    SilentBoardError,
)
from stemkit.devices.session import Session, printable
from stemkit.errors import BoardError
from stemkit.links.memory import MemoryLink, memory_pair
from stemkit.model.link import LinkCapabilities

from .unix import UnixBoard
from .virtual_time import OneSidedLink, VirtualTime


@pytest.fixture
def board(tmp_path: Path) -> Iterator[UnixBoard]:
    made = UnixBoard(tmp_path)
    yield made
    made.close()


def test_runs_code_and_returns_what_it_printed(board: UnixBoard) -> None:
    with Session(board.link) as session:
        assert session.entered
        assert session.exec("print(6 * 7)").strip() == b"42"
        assert session.exec("x = 1") == b""
        assert session.exec("print(x)").strip() == b"1"
    assert Session(board.link).at_prompt(10.0)


def test_code_of_any_length_and_content(board: UnixBoard) -> None:
    text = "".join(chr(c) for c in range(0x20, 0x7F)) * 100 + "Tiếng Việt ♥"
    with Session(board.link) as session:
        output = session.exec(f"text = {text!r}\nprint(len(text), hash(text) == hash({text!r}))")
    assert output.split() == [str(len(text)).encode(), b"True"]


def test_output_comes_as_it_is_printed(board: UnixBoard) -> None:
    pieces: list[tuple[float, bytes]] = []
    started = time.monotonic()
    with Session(board.link) as session:
        whole = session.exec(
            "import time\nfor i in range(4):\n print(i)\n time.sleep(0.1)",
            on_output=lambda data: pieces.append((time.monotonic() - started, data)),
        )
    assert b"".join(data for _, data in pieces) == whole
    assert whole.split() == [b"0", b"1", b"2", b"3"]
    assert pieces[-1][0] - pieces[0][0] > 0.15


def test_an_exception_brings_the_boards_traceback(board: UnixBoard) -> None:
    with Session(board.link) as session:
        with pytest.raises(BoardExceptionError) as failed:
            session.exec("print('before')\n1 / 0")
        assert "ZeroDivisionError" in failed.value.told()
        assert 'File "<stdin>", line 2' in failed.value.traceback
        assert failed.value.output.strip() == b"before"
        assert session.exec("print('after')").strip() == b"after"


@pytest.mark.parametrize("text", ["print(f(\n", "print('never')\nx = = 1\n" * 60])
def test_what_does_not_compile_is_said_once_and_restarts_nothing(
    board: UnixBoard, text: str
) -> None:
    with Session(board.link) as session:
        session.exec("kept = 7")
        with pytest.raises(BoardExceptionError) as failed:
            session.exec(text)
        assert "SyntaxError" in failed.value.told()
        assert failed.value.output == b""
        assert session.exec("print(kept)").strip() == b"7"


def test_a_time_limit(board: UnixBoard) -> None:
    with Session(board.link) as session, pytest.raises(BoardTimeLimitError):
        session.exec("import sys\nsys.stdin.readline()", timeout_s=0.3)


def test_talks_to_running_code(board: UnixBoard) -> None:
    with Session(board.link) as session:
        session.start("import sys\nprint('>' + sys.stdin.read(5))")
        session.write(b"hello")
        assert session.finish().strip() == b">hello"


def test_soft_reset_empties_the_memory(board: UnixBoard) -> None:
    with Session(board.link) as session:
        session.exec("x = 1")
        session.soft_reset()
        with pytest.raises(BoardExceptionError, match="NameError"):
            session.exec("print(x)")


def test_restart_starts_the_program(board: UnixBoard, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('main runs')\n")
    session = Session(board.link)
    session.enter()
    assert session.restart_program()
    assert b"main runs" in session.transport.until(b"main runs", 3.0)


def test_entering_twice_and_from_a_raw_prompt_left_open(board: UnixBoard) -> None:
    first = Session(board.link)
    first.enter()
    second = Session(board.link)  # the first one's program was killed: nobody left the raw prompt
    second.enter()
    assert second.exec("print(1)").strip() == b"1"
    assert not second.interrupted


def answering(far: MemoryLink, answer: Callable[[bytes], bytes]) -> threading.Thread:
    def serve() -> None:
        try:
            while True:
                data = far.read(100, 5.0)
                if data:
                    far.write(answer(data))
        except BoardError:
            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualTime(monkeypatch)
    with pytest.raises(SilentBoardError):
        Session(OneSidedLink(clock)).enter()
    assert clock.now_s < 3.5


def test_a_modem_that_echoes() -> None:
    near, far = memory_pair()
    thread = answering(far, lambda data: data + b"\r\nERROR\r\n")
    with pytest.raises(ChattyBoardError, match="ERROR"):
        Session(near).enter()
    near.close()
    thread.join(5)


def test_an_arduino_that_prints_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualTime(monkeypatch)
    with pytest.raises(ChattyBoardError) as chatty:
        Session(OneSidedLink(clock, b"\x1b[31mTemp: 23.5\r\n")).enter()
    assert clock.now_s < 3.5
    assert "Temp: 23.5" in chatty.value.told()
    assert "\x1b" not in chatty.value.told()


def test_python_without_a_raw_prompt() -> None:
    near, far = memory_pair()
    thread = answering(far, lambda data: b"\r\n>>> ")
    with pytest.raises(NoPromptError) as error:
        Session(near).enter(timeout_s=0.5)
    assert type(error.value) is NoPromptError
    near.close()
    thread.join(5)


def test_a_link_that_goes_while_code_runs(board: UnixBoard) -> None:
    session = Session(board.link)
    session.enter()
    session.start("import time\ntime.sleep(30)")
    board.close()
    with pytest.raises(BoardError) as lost:
        session.finish()
    assert lost.value.code == "link-lost"


def test_rubbish_in_the_protocol_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    near, far = memory_pair()
    banner = b"raw REPL; CTRL-B to exit\r\n>"
    thread = answering(far, lambda data: banner if data.endswith(b"\x01\x01") else b"??" + banner)
    session = Session(near)
    session.enter(timeout_s=1.0)
    with pytest.raises(BoardConfusedError):
        session.exec("print(1)")
    assert capsys.readouterr().out == ""
    near.close()
    thread.join(5)


def test_printable_keeps_letters_and_drops_what_steers_a_terminal() -> None:
    assert printable("nhiệt độ\r\n\x1b]0;x\x07\t♥".encode() + b"\xff") == "nhiệt độ\n ♥�"


class TickingLink:
    """A board whose timer prints without end, over every answer."""

    name = "ticking"
    capabilities = LinkCapabilities(modem_lines=False, baud=False)
    baud = 115200

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        time.sleep(0.001)
        return b"tick\r\n"

    def waiting(self) -> int:
        return 6

    def write(self, data: bytes) -> None:
        pass


@pytest.mark.parametrize("raw_paste", [True, False])
def test_a_prompt_that_a_timer_writes_into_is_given_up_in_time(raw_paste: bool) -> None:
    session = Session(TickingLink())  # type: ignore[arg-type]
    session.transport.port.timeout_s = 0.05
    session.transport.use_raw_paste = raw_paste
    session.transport.in_raw_repl = True
    session.transport.port.put_back(b">")
    with pytest.raises(BoardConfusedError):
        session.exec("print(1)")
