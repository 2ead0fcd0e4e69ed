"""The supervisor's end of the peripheral wire: frames go to the world, lines to the board itself.

What comes is the program's: it can be nonsense, and it can be far too much.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from stemkit.virtual.loop import Loop
from stemkit.virtual.process import Process
from stemkit.virtual.world.wire import is_line, split

Handler = Callable[[dict[str, Any]], bool]
"""Does what a line asks for; False where its answer comes later, by `answer`. May raise ValueError,
KeyError or TypeError for a request that is not as it must be."""

OK: Final = {"ok": True}
_AT_ONCE_BYTES: Final = 65536


class PeripheralWire:
    """Answers the requests of a board's program."""

    def __init__(
        self,
        loop: Loop,
        process: Process,
        handlers: Mapping[str, Handler],
        world: Callable[[bytes], bytes],
        take_pushes: Callable[[], bytes],
    ) -> None:
        self._loop, self._process, self._handlers = loop, process, handlers
        self._world, self._take_pushes = world, take_pushes
        self._rest = b""
        self._open = True
        loop.watch(process.wire.fileno(), lambda what: self._asked())

    def answer(self, values: Mapping[str, Any]) -> None:
        """Answer a line."""
        self._send(json.dumps(values).encode() + b"\n")

    def push_events(self) -> None:
        """Hand over what the world wants the program to know."""
        pushes = self._take_pushes()
        if pushes and self._open:
            # A program that does not listen has its stream full: it will look when it wakes up.
            with suppress(BlockingIOError, BrokenPipeError):
                self._process.events.send(pushes)

    def stop(self) -> None:
        """Answer no more."""
        if self._open:
            self._open = False
            self._loop.unwatch(self._process.wire.fileno())

    def _asked(self) -> None:
        if not self._open:
            return
        try:
            data = self._process.wire.recv(_AT_ONCE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            return
        try:
            messages, self._rest = split(self._rest + data)
            for message in messages:
                self._take(message)
        except ValueError:
            # Nonsense without an end: it hears nothing any more.
            self.stop()
            return
        self.push_events()
        # Other boards are served in between.
        self._loop.soon(self._asked)

    def _take(self, message: bytes) -> None:
        if not is_line(message):
            answer = self._world(message)
            if answer:
                self._send(answer)
            return
        try:
            request = json.loads(message)
            if self._handlers[request["op"]](request):
                self.answer(OK)
        except (ValueError, KeyError, TypeError, RecursionError):
            self.answer({"error": "no such request"})

    def _send(self, data: bytes) -> None:
        if not self._open:
            return
        try:
            sent = self._process.wire.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = len(data)
        if sent < len(data):
            # It asks and never reads the answers: the stream cannot be mended.
            self.stop()
