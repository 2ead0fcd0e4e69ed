"""A board that runs MicroPython: its process, its receive ring, its prompt and its resets."""

from __future__ import annotations

import enum
import errno
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from stemkit.virtual.loop import READABLE, Loop, Timer
from stemkit.virtual.output import Output
from stemkit.virtual.paste import PasteWatch
from stemkit.virtual.process import Launch, Process
from stemkit.virtual.wire import PIECE_S
from stemkit.virtual.world.wire import is_line, split

# When a program that has not read is looked at again while bytes wait for it.
_LOOK_AGAIN_S: Final = 0.002
# How long output that may be the beginning of the unix port's banner is held back.
_HELD_S: Final = 0.02
# How often a process whose output has ended is asked whether it is gone.
_EXITS_S: Final = 0.001
_INTERRUPTS: Final = re.compile(b"\x03+")


class Ending(enum.Enum):
    """Why a MicroPython process is over."""

    SOFT_RESET = "soft reset"
    RESET = "reset"
    BOOTLOADER = "bootloader"
    DEEP_SLEEP = "deep sleep"
    """It sleeps and then starts again; `asleep_s` tells how long (0: until the reset button)."""
    CRASH = "crash"


class Around(Protocol):
    """What a console needs of the board that it runs on."""

    def output_ready(self) -> None:
        """There is output to take."""
        ...

    def input_ready(self) -> None:
        """The ring has room again: held input may go on."""
        ...

    def program_ready(self) -> None:
        """The board has booted to its prompt for the first time since `start`."""
        ...

    def program_over(self, ending: Ending, raw: bool) -> None:
        """MicroPython is over; `raw` tells in which mode the prompt was."""
        ...

    def answer(self, request: bytes) -> bytes:
        """The world's answer to a line from the peripheral wire."""
        ...

    def take_pushes(self) -> bytes:
        """What the world wants to tell the board's event stream."""
        ...

    def set_board_baud(self, baud: int) -> None:
        """The program changed the rate of its console."""
        ...


@dataclass(frozen=True, slots=True)
class Ring:
    """The buffer between a board's line and its program."""

    size_bytes: int
    lossless: bool
    """True: a full ring holds the host back (USB). False: what does not fit is lost (UART)."""


class Console:
    """MicroPython as the device at the board's end of the line."""

    def __init__(
        self, loop: Loop, around: Around, launch: Launch, ring: Ring, banner: bytes, raw: bool
    ) -> None:
        self._loop, self._around, self._ring = loop, around, ring
        self._process = Process(launch)
        self._pending = b""
        self._looked: tuple[float, float, float] | None = None
        self._had_s = 0.0
        self._written: tuple[int, float] | None = None
        self._again: Timer | None = None
        self._flush: Timer | None = None
        self._is_over = False
        self._stopped = False
        self._patience = 200
        self._wire_rest = b""
        self._ended: Ending | None = None
        self._shown = Output(banner, raw, launch.mark)
        self._paste = PasteWatch()
        self.lost_bytes = 0
        self._baud_next = 0
        self.asleep_s = 0.0
        loop.watch(self._process.output, self._printed)
        loop.watch(self._process.wire.fileno(), self._asked)

    @property
    def pid(self) -> int:
        """Process id of the MicroPython."""
        return self._process.pid

    def take(self, max_bytes: int) -> bytes:
        """What the program has printed."""
        while not self._stopped:
            try:
                data = os.read(self._process.output, max_bytes)
            except BlockingIOError:
                return self._nothing_more()
            if not data:
                self._over_soon()
                return self._shown.flush()
            if self._paste.from_board(data):
                self._process.heed_interrupt(False)
            shown = self._shown.feed(data)
            if shown:
                return shown
        return b""

    def give(self, data: bytes) -> bool:
        """Bytes from the line; False while the line must be held."""
        if self._stopped:
            return True
        if self._paste.from_host(data):
            self._process.heed_interrupt(True)
        if b"\x03" in data and self._paste.running and not self._process.catches_interrupt():
            # The code is over, and its last output still on the way to who would have seen that.
            self._process.heed_interrupt(False)
        if b"\x03\x03" in data and self._process.heeds_interrupt():
            # A chip marks that an interrupt is wanted; the unix port ends at a second signal.
            data = _INTERRUPTS.sub(b"\x03", data)
        self._pending += data
        self._deliver()
        return not self._pending

    def stop(self) -> None:
        """End the process (power, reset, a loader takes over); may be repeated."""
        if self._stopped:
            return
        for timer in (self._again, self._flush):
            if timer is not None:
                timer.cancel()
        self._is_over = self._stopped = True
        self._loop.unwatch(self._process.output)
        self._loop.unwatch(self._process.wire.fileno())
        self._process.kill()

    def end(self, ending: Ending) -> None:
        """The program asked for `ending`; what it printed before still goes out."""
        self._ended = ending
        self._around.output_ready()

    # -- input -------------------------------------------------------------------------------

    def _deliver(self) -> None:
        room = self._ring.size_bytes - self._unread()
        if room > 0:
            self._looked = None
            ran_s = self._ran_s()
            with suppress(BlockingIOError):
                sent = os.write(self._process.terminal, self._pending[:room])
                self._pending = self._pending[sent:]
                self._written = (self._ring.size_bytes - room + sent, ran_s)
        if self._pending:
            self._full()

    def _unread(self) -> int:
        """Bytes in the ring. The system counts what was written a little later, so that a program
        that has not run since cannot have read any of it."""
        count = self._process.unread()
        if self._written is not None and self._written[0] > self._ring.size_bytes // 2:
            expected, ran_s = self._written
            if count < expected and ran_s == self._ran_s():
                return expected
        return count

    def _ran_s(self) -> float:
        usage = self._process.usage_s()
        return usage[0] if usage is not None else self._loop.now_s()

    def _full(self) -> None:
        if b"\x03" in self._pending and self._process.heeds_interrupt():
            # The interrupt works on the line's side of the ring.
            self._pending = self._pending.replace(b"\x03", b"")
            os.write(self._process.terminal, b"\x03")
        if not self._ring.lossless:
            self._lose()
        if self._pending and self._again is None:
            self._again = self._loop.after(_LOOK_AGAIN_S, self._look_again)

    def _look_again(self) -> None:
        self._again = None
        self._deliver()
        if not self._pending:
            self._around.input_ready()

    def _lose(self) -> None:
        """Drop bytes for the time that the program *could* have read in and did not.

        Time in which this computer kept it from running (or us from looking) does not count: a real
        board's program always has its processor.
        """
        usage = self._process.usage_s()
        now = self._loop.now_s()
        ran, waited = usage if usage is not None else (now, 0.0)
        looked, self._looked = self._looked, (now, ran, waited)
        if looked is None:
            self._had_s = 0.0
            return
        then, ran_then, waited_then = looked
        if ran == ran_then and self._process.is_held_up():
            return
        had_s = (now - then) - (waited - waited_then)
        self._had_s += min(max(0.0, had_s), 2 * _LOOK_AGAIN_S)
        if self._had_s >= PIECE_S:
            # Its bytes would have come one by one within that time.
            self.lost_bytes += len(self._pending)
            self._pending = b""
            self._looked = None

    # -- output ------------------------------------------------------------------------------

    def _printed(self, what: int) -> None:
        if what & READABLE:
            self._around.output_ready()

    def _nothing_more(self) -> bytes:
        """The program has printed nothing now: what is held was no banner after a while."""
        if self._baud_next or self._ended is not None:
            held = self._shown.flush()
            if held:
                return held
        if self._baud_next:
            self._around.set_board_baud(self._baud_next)
            self._baud_next = 0
            self._process.wire.send(_OK)
        if self._ended is not None:
            self._over_soon()
            return b""
        if not self._shown.holds:
            return b""
        if self._flush is None:
            self._flush = self._loop.after(_HELD_S, self._around.output_ready)
            return b""
        if self._flush.call is not None:
            return b""
        self._flush = None
        return self._shown.flush()

    def _over_soon(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._loop.soon(self._over)

    def _over(self) -> None:
        if self._stopped:
            return
        if self._ended is None and not self._process.has_exited() and self._patience:
            # Its output has ended, so it is on its way out.
            self._patience -= 1
            self._loop.after(_EXITS_S, self._over)
            return
        ending, raw = self._ended, self._shown.raw_mode
        self.stop()
        if ending is None:
            exited = self._process.status is not None and os.WIFEXITED(self._process.status)
            ending = Ending.SOFT_RESET if exited else Ending.CRASH
        self._around.program_over(ending, raw)

    # -- the peripheral wire -----------------------------------------------------------------

    def _asked(self, what: int) -> None:
        while True:
            try:
                data = self._process.wire.recv(65536)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno == errno.ECONNRESET:
                    return
                raise
            if not data:
                return
            try:
                messages, self._wire_rest = split(self._wire_rest + data)
            except ValueError:
                # The program has written nonsense to the wire: it hears nothing any more.
                self._loop.unwatch(self._process.wire.fileno())
                return
            answers = b"".join(self._answered(message) for message in messages)
            if answers and not self._stopped:
                self._process.wire.send(answers)
            self.push_events()

    def push_events(self) -> None:
        """Hand over what the world wants the program to know."""
        pushes = self._around.take_pushes()
        if pushes and not self._stopped:
            # A program that does not listen has its stream full: it will look when it wakes up.
            with suppress(BlockingIOError, BrokenPipeError):
                self._process.events.send(pushes)

    def _answered(self, message: bytes) -> bytes:
        if not is_line(message):
            return self._around.answer(message)
        try:
            request = json.loads(message)
            handler = _OWN[request["op"]]
        except (ValueError, KeyError, TypeError):
            return b'{"error": "no such request"}\n'
        handler(self, request)
        return b"" if self._baud_next else _OK

    def _ready(self, request: dict[str, object]) -> None:
        if self._shown.raw_mode:
            # The prompt starts friendly: lead it into raw mode before what the host has sent.
            waiting = self._process.take_back()
            os.write(self._process.terminal, b"\x01" + waiting)
        self._shown.prompt_follows(self._process.printed(), str(request["banner"]).encode())
        self._around.program_ready()

    def _reset(self, request: dict[str, object]) -> None:
        self.end(Ending.RESET)

    def _soft_reset(self, request: dict[str, object]) -> None:
        self.end(Ending.SOFT_RESET)

    def _bootloader(self, request: dict[str, object]) -> None:
        self.end(Ending.BOOTLOADER)

    def _deep_sleep(self, request: dict[str, object]) -> None:
        self.asleep_s = float(str(request.get("ms") or 0)) / 1000.0
        self.end(Ending.DEEP_SLEEP)

    def _uart_baud(self, request: dict[str, object]) -> None:
        # The port waits until everything is out at the old rate (machine_uart.c).
        self._baud_next = int(str(request["baud"]))
        self._around.output_ready()


_OK: Final = b'{"ok": true}\n'
_Handler = Callable[[Console, dict[str, object]], None]

_OWN: Final[dict[str, _Handler]] = {
    "ready": Console._ready,
    "reset": Console._reset,
    "soft_reset": Console._soft_reset,
    "bootloader": Console._bootloader,
    "deepsleep": Console._deep_sleep,
    "uart_baud": Console._uart_baud,
}
