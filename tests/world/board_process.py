"""A MicroPython that runs a program in a world: only the peripheral wire, no port, no flash."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import stemkit.virtual
from stemkit.virtual.world import World
from stemkit.virtual.world.wire import is_line, split

SOURCES = Path(stemkit.virtual.__file__).parent / "board"
_START = (
    "import sys, micropython_run;sys.exit(micropython_run.run_main(['micropython', *sys.argv[1:]]))"
)


@dataclass
class Ran:
    output: str
    asked: list[dict[str, object]] = field(default_factory=list)
    transactions: int = 0


def run_program(
    world: World,
    program: str,
    *,
    timeout_s: float = 20.0,
    during: Callable[[World, float], None] | None = None,
    prelude: str = "import time\n",
    arguments: tuple[str, ...] = (),
) -> Ran:
    """Run `program` to its end; `during(world, seconds)` is called about every 10 ms.

    What the program asks of the keeper of its process is noted; a reset ends it.
    """
    ours, theirs = socket.socketpair()
    events, their_events = socket.socketpair()
    events.setblocking(False)
    process = subprocess.Popen(
        [sys.executable, "-c", _START, *arguments, "-c", prelude + program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        pass_fds=(theirs.fileno(), their_events.fileno()),
        env={
            **{k: v for k, v in os.environ.items() if k in ("PATH", "PYTHONPATH")},
            "STEMKIT_WORLD_FD": str(theirs.fileno()),
            "STEMKIT_EVENTS_FD": str(their_events.fileno()),
            "MICROPYPATH": f"{SOURCES}:.frozen",
        },
    )
    theirs.close()
    their_events.close()
    ran = Ran("")
    output = bytearray()
    assert process.stdout is not None
    started = time.monotonic()
    with selectors.DefaultSelector() as selector, ours, events:
        selector.register(ours, selectors.EVENT_READ)
        selector.register(process.stdout, selectors.EVENT_READ)
        rest = b""
        while True:
            for key, _ in selector.select(0.01):
                if key.fileobj is ours:
                    data = _received(ours)
                    if not data:
                        selector.unregister(ours)
                        continue
                    rest = _serve(world, rest + data, ours, ran)
                    if ran.asked and ran.asked[-1]["op"] != "uart_baud":
                        process.kill()
                    _push(world, events)
                else:
                    data = os.read(process.stdout.fileno(), 65536)
                    if not data:
                        process.wait(10)
                        process.stdout.close()
                        ran.output = output.decode()
                        return ran
                    output += data
            if during is not None:
                during(world, time.monotonic() - started)
                _push(world, events)
            if time.monotonic() - started > timeout_s:
                process.kill()
                process.wait(10)
                raise AssertionError(f"did not end:\n{output.decode()}")


def _received(ours: socket.socket) -> bytes:
    try:
        return ours.recv(65536)
    except ConnectionResetError:
        return b""


def _serve(
    world: World,
    data: bytes,
    ours: socket.socket,
    ran: Ran,
) -> bytes:
    messages, rest = split(data)
    for message in messages:
        if is_line(message):
            ran.asked.append(json.loads(message))
            ours.send(b"{}\n")
            continue
        ran.transactions += 1
        answer = world.handle(message)
        if answer:
            ours.send(answer)
    return rest


def _push(world: World, events: socket.socket) -> None:
    pushes = world.take_pushes()
    # The process may be over before somebody sets something.
    with suppress(OSError):
        if pushes:
            events.send(pushes)
