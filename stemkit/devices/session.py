"""A conversation with a board's MicroPython prompt over an open link."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from stemkit.devices.blind import NOTHING
from stemkit.devices.errors import (
    BoardConfusedError,
    BoardExceptionError,
    BoardRestartedError,
    BoardTimeLimitError,
    ChattyBoardError,
    NoPromptError,
    SilentBoardError,
)
from stemkit.devices.transport import LinkTransport
from stemkit.errors import BoardError
from stemkit.model.link import Link
from stemkit.wire.harmless import harmless_text

INTERRUPT = b"\x03"
RAW = b"\x01"
FRIENDLY = b"\x02"
END = b"\x04"
_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_REBOOT = b"soft reboot\r\n"
# The end of what MicroPython says when it has started and no program runs.
_STARTED = b'Type "help()" for more information.\r\n>>> '

Output = Callable[[bytes], None]
_LOOK_EVERY_S = 0.05
_PROMPT = b">>> "
_PROMPT_S = 1.0
_STOP_TRIES = 3


def unheard(data: bytes) -> None:
    """The default for output as it comes: nobody listens."""


class Session:
    """The raw prompt of one board. As a context manager it enters the prompt and leaves it.

    >>> with Session(link) as board:                                        # doctest: +SKIP
    ...     board.exec("print(6 * 7)")
    b'42\\r\\n'

    Entering interrupts a running program (as Ctrl-C does) and resets nothing; leaving goes back to
    the friendly prompt, with the program stopped. Every method raises `LinkLostError` of the link
    when the link goes.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self.transport = LinkTransport(link)
        """mpremote's transport: file helpers and mounting are there."""
        self._running = False
        self.interrupted = False
        """Whether entering stopped a running program."""

    def __enter__(self) -> Self:
        if not self.entered:
            self.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # After a failure the board's state is unknown and its first error is the one to tell.
        with contextlib.suppress(BoardError) if error else contextlib.nullcontext():
            self.leave()

    @property
    def entered(self) -> bool:
        """Whether the board is at its raw prompt, waiting for code."""
        return bool(self.transport.in_raw_repl)

    def at_prompt(self, timeout_s: float = 0.25) -> bool:
        """Whether the board waits at its prompt; asks without stopping a program.

        Ctrl-B shows the prompt again, and leaves a raw prompt that somebody left open. A running
        program gets the character as input, which few read.
        """
        self.transport.port.forget()
        self.link.write(FRIENDLY)
        return _PROMPT in self.transport.until(_PROMPT, timeout_s, timeout_s)

    def enter(self, timeout_s: float = 3.0) -> None:
        """Come to the raw prompt, interrupting what runs.

        Tries again and again within `timeout_s` seconds. Raises `SilentBoardError` when nothing
        came, `ChattyBoardError` when only other text did, `NoPromptError` when Python answered
        without giving its raw prompt.
        """
        deadline = time.monotonic() + timeout_s
        heard = bytearray()
        self.transport.port.forget()
        for tries in itertools.count(1):
            # The carriage return ends what a terminal left half typed; a second interrupt is for
            # `main.py`, which starts when the first has stopped `boot.py`.
            self.link.write(b"\r" + INTERRUPT + INTERRUPT + b"\r" + RAW)
            wait_s = min(0.3 if tries == 1 else 1.0, max(0.05, deadline - time.monotonic()))
            heard += self.transport.until(_RAW_BANNER, wait_s, wait_s)
            if _RAW_BANNER in heard:
                break
            if time.monotonic() >= deadline:
                raise no_prompt(self.link.name, bytes(heard))
        if tries > 1:
            self.wait_quiet(0.05, 0.3)  # answers to the earlier tries are still on their way
        self.interrupted = self.interrupted or b"KeyboardInterrupt" in heard
        self.transport.in_raw_repl = True
        self.transport.port.put_back(b">")

    def exec(
        self,
        code: str | bytes,
        *,
        timeout_s: float | None = 10.0,
        on_output: Output = unheard,
    ) -> bytes:
        """Run code on the board and return all that it printed (bytes, `\\r\\n` line ends).

        `on_output` gets the output piece by piece as it comes. Raises `BoardExceptionError` with
        the board's traceback, `BoardTimeLimitError` when it is not done after `timeout_s` seconds
        (None: no limit); the code is then interrupted. `BoardRestartedError` when the board is at
        its friendly prompt after a reset.
        """
        self.start(code)
        return self.finish(timeout_s=timeout_s, on_output=on_output)

    def start(self, code: str | bytes) -> None:
        """Give the board code to run and return at once; talk to it with `read` and `write`."""
        self._running = True
        try:
            # No code at all means "soft reset" to a board without raw paste.
            self.transport.exec_raw_no_follow(code or NOTHING)
        except BoardExceptionError:  # it was too large
            self._running = False
            raise

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What the running code has sent, at most `max_bytes`; b"" after `timeout_s`."""
        port = self.transport.port
        data = port.read_some(timeout_s)
        port.put_back(data[max_bytes:])
        return data[:max_bytes]

    def write(self, data: bytes) -> None:
        """Send bytes to the running code."""
        self.link.write(data)

    def finish(
        self,
        *,
        timeout_s: float | None = 10.0,
        on_output: Output = unheard,
        meanwhile: Callable[[], None] | None = None,
    ) -> bytes:
        """Wait for started code to end; returns and raises as `exec` does.

        `meanwhile` is called some 20 times a second, and after each piece of output.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        output, trace = self._to_end(deadline, timeout_s, on_output, meanwhile)
        while not output and trace != END and self.transport.blind.starts_again(trace):
            output, trace = self._to_end(deadline, timeout_s, on_output, meanwhile)
        self._running = False
        if trace != END:
            trace = self.transport.blind.as_typed(trace[:-1])
            raise _exception(self.link.name, printable(trace), output)
        return output

    def interrupt(self) -> None:
        """Stop the code that runs, as Ctrl-C does."""
        self.link.write(INTERRUPT)

    def soft_reset(self, timeout_s: float = 10.0) -> None:
        """Restart the interpreter: empty memory, `boot.py` runs, `main.py` does not.

        The board is at its raw prompt again afterwards. Raises `NoPromptError` where it is not
        within `timeout_s` seconds.
        """
        self.transport.until(b">", 5.0, 5.0)
        heard = self._reset(_RAW_BANNER, timeout_s)
        if not heard.endswith(_RAW_BANNER):
            self.transport.in_raw_repl = False
            raise no_prompt(self.link.name, heard)
        self.transport.port.put_back(b">")

    def leave(self) -> None:
        """Go back to the friendly prompt, with nothing running."""
        if self._running:
            self._stop()
        if not self.entered:
            return
        self.transport.exit_raw_repl()
        if not self.transport.use_raw_paste and not self._hears(_PROMPT, _PROMPT_S):
            self.link.write(FRIENDLY)
            self._hears(_PROMPT, _PROMPT_S)

    def restart_program(self, timeout_s: float = 5.0) -> bool:
        """Leave by a soft reset that runs `boot.py` and `main.py`, as switching on does.

        Returns whether the board said within `timeout_s` seconds that it restarts.
        """
        self.leave()
        self.wait_quiet(0.05, 0.5)
        return self._reset(_REBOOT, timeout_s).endswith(_REBOOT)

    def wait_quiet(self, quiet_s: float, at_most_s: float) -> None:
        """Take and forget what comes until nothing did for `quiet_s`, at most for `at_most_s`."""
        deadline = time.monotonic() + at_most_s
        while time.monotonic() < deadline and self.transport.port.read_some(quiet_s):
            pass

    def _hears(self, ending: bytes, timeout_s: float) -> bytes:
        return self.transport.until(ending, timeout_s, timeout_s)

    def _reset(self, answer: bytes, timeout_s: float) -> bytes:
        """Say the end of an input, which resets, and return what came up to `answer`.

        A board that loses bytes is told twice where nothing at all came.
        """
        self.link.write(END)
        heard = self._hears(answer, timeout_s)
        if not heard and not self.transport.use_raw_paste:
            self.link.write(END)
            heard = self._hears(answer, timeout_s)
        return heard

    def _to_end(
        self,
        deadline: float | None,
        timeout_s: float | None,
        on_output: Output,
        meanwhile: Callable[[], None] | None,
    ) -> tuple[bytes, bytes]:
        """What the code printed, and its traceback with the 0x04 that ends it."""
        output = self._until_end(deadline, timeout_s, on_output, meanwhile)
        # The traceback is sent by a board that has ended: it is short and comes at once.
        trace = self.transport.until(END, 5.0)
        if not trace.endswith(END):
            raise BoardConfusedError(port=self.link.name, reason=repr(trace[-40:]))
        return output, trace

    def _until_end(
        self,
        deadline: float | None,
        timeout_s: float | None,
        on_output: Output,
        meanwhile: Callable[[], None] | None,
    ) -> bytes:
        output = bytearray()
        port = self.transport.port
        while True:
            left_s = 1.0 if deadline is None else deadline - time.monotonic()
            if left_s <= 0:
                self._stop()
                raise BoardTimeLimitError(port=self.link.name, seconds=f"{timeout_s:g}")
            data = port.read_some(left_s if meanwhile is None else min(left_s, _LOOK_EVERY_S))
            piece, end, rest = data.partition(END)
            if piece:
                on_output(piece)
                output += piece
            if end:
                port.put_back(rest)
                return bytes(output)
            if output.endswith(_STARTED):
                self._running = self.transport.in_raw_repl = False
                raise BoardRestartedError(port=self.link.name)
            if meanwhile is not None:
                meanwhile()

    def _stop(self) -> None:
        """Interrupt code that still runs; where it obeys, the session can go on."""
        self._running = False
        if not self.transport.use_raw_paste:
            try:
                self.transport.blind.resync(_STOP_TRIES)
                self.transport.port.put_back(b">")
            except BoardConfusedError:
                self.transport.in_raw_repl = False
            return
        self.interrupt()
        deadline = time.monotonic() + 1.0
        tail = b""
        while time.monotonic() < deadline:
            tail = (tail + self.transport.port.read_some(0.1))[-8:]
            if tail.endswith(END + b">"):
                self.transport.port.put_back(b">")
                return
        self.transport.in_raw_repl = False


def no_prompt(port: str, heard: bytes) -> NoPromptError:
    """The error for a board that gave `heard` instead of its prompt."""
    # A modem's echo of our own control characters is no text.
    text = harmless_text(heard.decode("utf-8", "ignore"), len(heard)).replace("\ufffd", " ").strip()
    if not text:
        return SilentBoardError(port=port, heard=heard)
    if b"raw REPL" in heard or b">>> " in heard:
        return NoPromptError(port=port, heard=heard)
    return ChattyBoardError(port=port, heard=heard, sample=" ".join(text.split())[-60:])


def _exception(port: str, traceback: str, output: bytes) -> BoardExceptionError:
    lines = traceback.strip().splitlines()
    return BoardExceptionError(
        port=port, summary=lines[-1] if lines else "?", traceback=traceback, output=output
    )


def printable(data: bytes) -> str:
    """A board's text, line by line, without what could steer a terminal."""
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    return "\n".join(harmless_text(line, 1000) for line in lines)
