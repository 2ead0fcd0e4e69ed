"""A board that runs MicroPython: its process, its receive ring, its prompt and its resets."""

from __future__ import annotations

import enum
import os
import re
from typing import Any, Final, Protocol

from stemkit.virtual.loop import Loop, Timer
from stemkit.virtual.output import Output
from stemkit.virtual.paste import PasteWatch
from stemkit.virtual.peripheral import OK, Handler, PeripheralWire
from stemkit.virtual.poller import READABLE
from stemkit.virtual.process import Launch, Process
from stemkit.virtual.ring import Receiver, Ring

# How long output that may be the beginning of the unix port's banner is held back.
_HELD_S: Final = 0.02
# How often a process whose output has ended is asked whether it is gone.
_EXITS_S: Final = 0.001
_LONGEST_SLEEP_S: Final = 1e7
_SLOWEST_BAUD, _FASTEST_BAUD = 300, 5_000_000
_INTERRUPTS: Final = re.compile(b"\x03+")


Request = dict[str, Any]


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

    def program_starts(self) -> None:
        """MicroPython is up and begins with the person's own files."""
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


class Console:
    """MicroPython as the device at the board's end of the line."""

    def __init__(
        self, loop: Loop, around: Around, launch: Launch, ring: Ring, banner: bytes, raw: bool
    ) -> None:
        self._loop, self._around = loop, around
        self._process = Process(launch)
        self._receiver = Receiver(loop, self._process, ring, around.input_ready)
        self._flush: Timer | None = None
        self._is_over = False
        self._stopped = False
        self._patience = 200
        self._is_ready = self._told_ready = False
        self._ended: Ending | None = None
        self._shown = Output(banner, raw, launch.mark)
        self._paste = PasteWatch()
        self._early = b""
        self._baud_next = 0
        self.asleep_s = 0.0
        self.has_raw_paste = True
        """False: an old firmware, to whose raw prompt Ctrl-E is a letter like any other."""
        loop.watch(self._process.output, self._printed)
        handlers: dict[str, Handler] = {
            "starts": self._starts,
            "ready": self._ready,
            "reset": self._ends(Ending.RESET),
            "soft_reset": self._ends(Ending.SOFT_RESET),
            "bootloader": self._ends(Ending.BOOTLOADER),
            "deepsleep": self._deep_sleep,
            "uart_baud": self._uart_baud,
        }
        answer, pushes = around.answer, around.take_pushes
        self._wire = PeripheralWire(loop, self._process, handlers, answer, pushes)

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
            if self._shown.at_prompt and not self._told_ready:
                self._told_ready = True
                self._around.program_ready()
                self._loop.soon(self._give_early)
            if shown:
                return shown
        return b""

    def give(self, data: bytes) -> bool:
        """Bytes from the line; False while the line must be held."""
        if self._stopped:
            return True
        if not self.has_raw_paste and self._shown.raw_mode:
            data = data.replace(b"\x05", b"")
        if self._is_ready and not self._shown.at_prompt:
            # An interrupt between the person's files and the prompt would end the unix port.
            self._early += data
            return False
        if self._paste.from_host(data):
            self._process.heed_interrupt(True)
        if b"\x03" in data and self._process.heeds_interrupt():
            data = self._interrupting(data)
        return self._receiver.give(data)

    def _interrupting(self, data: bytes) -> bytes:
        """What a program is given that heeds an interrupt: the unix port ends at some of them."""
        if not self._process.catches_interrupt():
            # The code is over, and its last output still on the way to who would have seen that.
            if not self._paste.running:
                return data.replace(b"\x03", b"")  # a prompt does nothing with it
            self._process.heed_interrupt(False)
            return data
        # A chip marks that an interrupt is wanted; the unix port ends at a second signal.
        return _INTERRUPTS.sub(b"\x03", data)

    def _give_early(self) -> None:
        early, self._early = self._early, b""
        if self.give(early):
            self._around.input_ready()

    def stop(self) -> None:
        """End the process (power, reset, a loader takes over); may be repeated."""
        if self._stopped:
            return
        if self._flush is not None:
            self._flush.cancel()
        self._is_over = self._stopped = True
        self._receiver.stop()
        self._wire.stop()
        self._loop.unwatch(self._process.output)
        self._process.kill()

    def end(self, ending: Ending) -> None:
        """The program asked for `ending`; what it printed before still goes out."""
        self._ended = ending
        self._around.output_ready()

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
            self._wire.answer(OK)
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

    # -- what its own code asks of the board -------------------------------------------------------

    def push_events(self) -> None:
        """Hand over what the world wants the program to know."""
        self._wire.push_events()

    def _starts(self, request: Request) -> bool:
        self._around.program_starts()
        return True

    def _ready(self, request: Request) -> bool:
        if self._is_ready:
            raise ValueError("ready twice")
        self._is_ready = True
        if self._shown.raw_mode:
            # The prompt starts friendly: lead it into raw mode before what the host has sent.
            waiting = self._process.take_back()
            os.write(self._process.terminal, b"\x01" + waiting)
        self._shown.prompt_follows(self._process.printed(), str(request["banner"]).encode())
        return True

    def _deep_sleep(self, request: Request) -> bool:
        self.asleep_s = min(max(0.0, float(request.get("ms") or 0) / 1000.0), _LONGEST_SLEEP_S)
        self.end(Ending.DEEP_SLEEP)
        return True

    def _uart_baud(self, request: Request) -> bool:
        # The port waits until everything is out at the old rate (machine_uart.c).
        baud = int(request["baud"])
        if not _SLOWEST_BAUD <= baud <= _FASTEST_BAUD:
            raise ValueError(baud)
        self._baud_next = baud
        self._around.output_ready()
        return False

    def _ends(self, ending: Ending) -> Handler:
        def end(request: Request) -> bool:
            self.end(ending)
            return True

        return end
