"""A virtual board: a port, a line in each direction, and what runs at the board's end of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from stemkit.virtual.console import Console, Ending
from stemkit.virtual.faults import Direction, Faults
from stemkit.virtual.garble import same_rate, seen_at
from stemkit.virtual.hostport import ENOUGH_WAITING_BYTES, HostPort
from stemkit.virtual.loop import Loop, Timer
from stemkit.virtual.parts import Device, Family, Idle, LineFacts, Surrounded
from stemkit.virtual.profile import Profile
from stemkit.virtual.wire import Wire

# Full-speed USB moves about this much in bulk; as a rate of 10 bits a byte.
_USB_BAUD: Final = 6_000_000
# An adapter's full packet goes to the host at once (FTDI AN232B-04: 62 bytes of payload).
_PACKET_BYTES: Final = 62


# How long a host has for the last bytes of a cable that is pulled at a byte.
_LAST_BYTES_S: Final = 0.05


class VirtualBoard:
    """A board's cable: the port, both directions of the line, and the device at their end."""

    family: Family

    def __init__(
        self,
        loop: Loop,
        name: str,
        profile: Profile,
        facts: LineFacts,
        folder: Path,
        make_port: Callable[[VirtualBoard], HostPort],
        make_world: Callable[[], Surrounded],
        changed: Callable[[], None],
    ) -> None:
        self.loop, self.name, self.profile, self.facts = loop, name, profile, facts
        self.folder = folder
        self.changed = changed
        """Call it when what others see of the board (port, drive) has changed."""
        self.faults = Faults()
        self.world: Surrounded | None = None
        self.is_plugged = False
        self.port: HostPort | None = None
        self.device: Device = Idle()
        self.board_baud = facts.baud
        self._make_port, self._make_world = make_port, make_world
        self._said: deque[tuple[bytes, int]] = deque()
        self._sent_at_baud = facts.baud
        self._to_host_hold = b""
        self._event = ""
        self._latency: Timer | None = None
        self._stall: Timer | None = None
        self._to_board = Wire(loop, self._take_from_host, self._give_to_device, self._input_baud)
        self._to_host = Wire(loop, self._take_from_device, self._give_to_host, self._output_baud)

    # -- for the family ------------------------------------------------------------------------

    def attach(self, device: Device) -> None:
        """Put another device at the end of the line; the old one stops."""
        self.device.stop()
        self.device = device
        # Not at once: who resets the board is not done, and what the host sent is for what follows.
        self.loop.soon(self._line_goes_on)

    def _line_goes_on(self) -> None:
        self.output_ready()
        self.input_ready()

    def say(self, text: bytes, baud: int = 0) -> None:
        """Print something of the board's own (ROM messages), before the device's output.

        `baud` 0 means the board's rate now.
        """
        if text:
            self._said.append((text, baud or self.board_baud))
            self._to_host.kick()

    def forget_said(self) -> None:
        """A reset: what was to be printed is not."""
        self._said.clear()
        self._to_host.clear()

    def set_board_baud(self, baud: int) -> None:
        """Change the board's side of the rate."""
        if not self.profile.native_usb:
            self.board_baud = baud

    def hear_at_host_rate(self) -> None:
        """Set the board's side to the host's rate (a ROM loader measures it from a sync frame)."""
        if self.port is not None:
            self.set_board_baud(self.port.host_baud())

    def board_hears_host(self) -> bool:
        """Both sides use the same rate."""
        return not self._rate_matters() or same_rate(self._host_baud(), self.board_baud)

    # -- Around (of the console) ---------------------------------------------------------------

    def output_ready(self) -> None:
        """The device has output."""
        self._to_host.kick()

    def input_ready(self) -> None:
        """The device takes input again."""
        self._to_board.kick()

    def program_starts(self) -> None:
        """MicroPython is up and begins with the person's own files."""
        self.family.program_starts()

    def program_ready(self) -> None:
        """MicroPython has reached its prompt."""
        self.family.program_ready()

    def program_over(self, ending: Ending, raw: bool) -> None:
        """MicroPython is over."""
        self.family.program_over(ending, raw)

    def answer(self, request: bytes) -> bytes:
        """The world's answer to the peripheral wire."""
        return self.world.handle(request) if self.world is not None else b""

    def take_pushes(self) -> bytes:
        """What the world wants the program to know."""
        return self.world.take_pushes() if self.world is not None else b""

    # -- Plugged (of the port) -----------------------------------------------------------------

    def host_wrote(self) -> None:
        """The host has written."""
        self._to_board.kick()

    def host_took(self) -> None:
        """The host has read."""
        self._to_host.kick()

    def host_purged(self) -> None:
        """The host throws away what the adapter holds for it."""
        self._to_host_hold = b""

    def host_closed(self) -> None:
        """The host has closed the port."""
        self.family.host_closed()

    def host_set_lines(self, dtr: bool, rts: bool) -> None:
        """The host set DTR and RTS."""
        self.family.host_set_lines(dtr, rts)

    def host_break(self) -> None:
        """The host sent a break."""
        self.family.host_break()

    # -- cable ---------------------------------------------------------------------------------

    def world_changed(self) -> None:
        """Something around the board was changed: its program may want to know."""
        if isinstance(self.device, Console):
            self.device.push_events()

    def open_port(self) -> None:
        """Let the host see the port, if it does not yet."""
        if self.port is None:
            self.port = self._make_port(self)
            self.changed()

    def close_port(self) -> None:
        """The USB device that the port belongs to leaves the bus."""
        if self.port is None:
            return
        self._to_board.clear()
        self._to_host.clear()
        self._to_host_hold = b""
        self.port.close()
        self.port = None
        self.changed()

    def plug(self) -> None:
        """Connect the cable: the board has power and starts."""
        if self._event == "unplug":
            # It is out already for every byte; the port has not gone yet.
            self._happens()
        if not self.is_plugged:
            self.is_plugged = True
            self.faults.is_out = False
            if self.world is None:
                self.world = self._make_world()
            else:
                self.world.power_on(int(self.loop.now_s() * 1e6))
            self.family.power_on()
            self.changed()

    def unplug(self) -> None:
        """Pull the cable: the port vanishes and the board loses power."""
        if not self.is_plugged:
            return
        self.is_plugged = False
        self.family.power_off()
        self.attach(Idle())
        self._said.clear()
        self.close_port()
        self.board_baud = self.facts.baud
        if self.world is not None:
            self.world.restart("power")
        self.changed()

    # -- the line ------------------------------------------------------------------------------

    def _take_from_host(self, most: int) -> bytes:
        return self.port.take(most) if self.port is not None else b""

    def _give_to_device(self, data: bytes) -> bool:
        data, event = self._through_cable(data, "to_board")
        data = self.family.host_sent(data)
        data = self._garbled(data, self._host_baud(), self.board_baud)
        going_on = self.device.give(data)
        self._happen(event)
        return going_on

    def _through_cable(self, data: bytes, direction: Direction) -> tuple[bytes, str]:
        if self._event:
            # The cable is out, or the supply is down: nothing passes any more.
            return b"", ""
        passes, event = self.faults.until_event(len(data))
        return self.faults.spoil(data[:passes], direction), event

    def _happen(self, event: str) -> None:
        if event:
            self._event = event
            # Not within the wire that it happens on. A vanishing pseudo-terminal takes along what
            # its reader has not fetched, so the host gets a moment for the bytes that did pass.
            self.loop.after(_LAST_BYTES_S, self._happens)

    def _happens(self) -> None:
        event, self._event = self._event, ""
        if event == "unplug":
            self.unplug()
        elif event:
            self.family.brown_out()

    def _take_from_device(self, most: int) -> bytes:
        if self._said:
            text, self._sent_at_baud = self._said.popleft()
            if len(text) > most:
                self._said.appendleft((text[most:], self._sent_at_baud))
            return text[:most]
        self._sent_at_baud = self.board_baud
        return self.device.take(most)

    def _give_to_host(self, data: bytes) -> bool:
        data, event = self._through_cable(data, "to_host")
        self._happen(event)
        self._to_host_hold += self._garbled(data, self._sent_at_baud, self._host_baud())
        full = len(self._to_host_hold) // _PACKET_BYTES * _PACKET_BYTES
        if not self.facts.paced or self.facts.latency_s <= 0:
            full = len(self._to_host_hold)
        if self.faults.stall_s and self._stall is None:
            self._stall = self.loop.after(self.faults.stall_s, self._stall_over)
            self.faults.stall_s = 0.0
        if self._stall is not None:
            return False
        if full:
            self._hand_over(full)
        if self._to_host_hold and self._latency is None:
            self._latency = self.loop.after(self.facts.latency_s, self._latency_over)
        # USB holds the board back until the host reads; a UART sends on and the driver drops.
        return self._rate_matters() or self._host_keeps_up()

    def _host_keeps_up(self) -> bool:
        return self.port is None or self.port.waiting() < ENOUGH_WAITING_BYTES

    def _stall_over(self) -> None:
        self._stall = None
        self._hand_over(len(self._to_host_hold))
        self._to_host.kick()

    def _latency_over(self) -> None:
        self._latency = None
        self._hand_over(len(self._to_host_hold))

    def _hand_over(self, count: int) -> None:
        data, self._to_host_hold = self._to_host_hold[:count], self._to_host_hold[count:]
        if self.port is not None and data:
            self.port.give(data)

    def _host_baud(self) -> int:
        return self.port.host_baud() if self.port is not None else self.board_baud

    def _input_baud(self) -> int:
        if not self.facts.paced:
            return 0
        return _USB_BAUD if self.profile.native_usb else self._host_baud()

    def _output_baud(self) -> int:
        if not self.facts.paced:
            return 0
        if self.profile.native_usb:
            return _USB_BAUD
        return self._said[0][1] if self._said else self.board_baud

    def _rate_matters(self) -> bool:
        return self.facts.paced and not self.profile.native_usb

    def _garbled(self, data: bytes, sent: int, heard: int) -> bytes:
        if not self._rate_matters() or same_rate(sent, heard):
            return data
        return seen_at(data, sent, heard)
