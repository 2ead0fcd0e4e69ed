"""mpremote's own console and commands on a link that is open: the prompt, `mount`, `mip`."""

from __future__ import annotations

import contextlib
import select
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mpremote import commands, main, mip
from mpremote.console import Console
from mpremote.repl import do_repl_main_loop
from mpremote.transport import TransportError

from stemkit.devices.errors import MpremoteError, MpremoteUsageError, NoTerminalError
from stemkit.devices.prompt import reach_prompt
from stemkit.devices.session import Session
from stemkit.devices.transport import SerialOverLink
from stemkit.model.link import Link

_LOOK_EVERY_S = 0.02


def repl(link: Link) -> None:
    """The board's prompt on this terminal until the person types Ctrl-] or Ctrl-X.

    A running program goes on; Ctrl-C stops it. Raises `NoTerminalError` where nobody types, and
    `LinkLostError` when the board is unplugged.
    """
    _need_terminal()
    with _state(Session(link)) as state:
        _talk(state)


def mount(link: Link, folder: Path) -> None:
    """Show the board a folder of this computer as `/remote`, and its prompt until Ctrl-]."""
    _need_terminal()
    with _state(_fresh(link)) as state:
        state.transport.mount_local(str(folder))
        state.ensure_friendly_repl()
        _talk(state)


def parse_mip(words: Sequence[str]) -> Namespace:
    """The words after `mpremote mip`, understood; raises `MpremoteUsageError`."""
    parser = main.argparse_mip()
    parser.prog = "stemkit mip"
    parser.error = _refuse
    arguments: Namespace = parser.parse_args(list(words))
    if arguments.command != ["install"]:
        _refuse(arguments.command[0])
    return arguments


def run_mip(link: Link, arguments: Namespace) -> None:
    """Install packages; prints as mpremote does."""
    with _state(_fresh(link)) as state:
        mip.do_mip(state, arguments)


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminalError


def _refuse(reason: str) -> None:
    raise MpremoteUsageError(reason=reason)


def _fresh(link: Link) -> Session:
    """The raw prompt of a board whose memory is empty, as mpremote's commands expect it."""
    session = Session(link)
    reach_prompt(session)
    session.soft_reset()
    return session


@contextlib.contextmanager
def _state(session: Session) -> Iterator[Any]:
    """mpremote's state with our transport; its errors become ours, the board is left in order."""
    state = main.State()
    state.transport = session.transport
    state._auto_soft_reset = False
    try:
        yield state
    except (commands.CommandError, TransportError) as error:
        raise MpremoteError(port=session.link.name, reason=error) from error
    finally:
        commands.do_disconnect(state)


def _talk(state: Any) -> None:
    console = _PatientConsole(state.transport.port)
    console.enter()
    try:
        do_repl_main_loop(
            state,
            console,
            console.write,
            escape_non_printable=False,
            code_to_inject=None,
            file_to_inject=None,
        )
    finally:
        console.exit()


class _PatientConsole(Console):  # type: ignore[misc]  # mpremote has no types
    """mpremote's console, which also waits for a link without a descriptor."""

    def __init__(self, port: SerialOverLink) -> None:
        super().__init__()
        self._port = port

    def waitchar(self, serial: Any) -> None:
        """Wait until the person types or the board sends; `serial` may be a mounted folder's."""
        while self._port.keeps_some:
            if serial.inWaiting():
                return
        if self._port.fd is not None or sys.platform == "win32":
            super().waitchar(serial)
            return
        while not (select.select([self.infd], [], [], _LOOK_EVERY_S)[0] or serial.inWaiting()):
            pass
