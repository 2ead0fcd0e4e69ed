"""A board at its raw prompt: its port opened, and as much force used as it needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from stemkit.actions.boards.listing import Board
from stemkit.devices.errors import NoPromptError, PressResetError
from stemkit.devices.prompt import Firmness, Insisting, Reached, clean, reach_prompt
from stemkit.devices.session import Session
from stemkit.devices.upload import FAST_BAUD
from stemkit.errors import StemkitError
from stemkit.events import Noted, Sink, silent
from stemkit.links import open_link
from stemkit.links.errors import LinkLostError
from stemkit.model.link import Link
from stemkit.storage import catalogue
from stemkit.words import N_, current_language, tr

Opener = Callable[[str, int], Link]
# A program that is just starting can be interrupted; a moment later it may not let us in.
_LOOK_EVERY_S = 0.005
_GOES_BACK_S = 0.15


@contextmanager
def at_prompt(
    board: Board, *, person_s: float = 0.0, sink: Sink = silent, opener: Opener = open_link
) -> Iterator[Session]:
    """The board at its raw prompt; afterwards it is at its friendly prompt and its port closed.

    With `person_s` a board that obeys nothing is noted to `sink` with the words for restarting
    one of its kind, and for so many seconds every restart is caught, also when the person does it
    by pulling the cable. Raises the errors of opening, `LinkLostError`, or a `NoPromptError`.
    """
    session = _opened(board, person_s, sink, opener)
    try:
        with session:
            yield session
    finally:
        session.link.close()


def firmness_for(board: Board, person_s: float = 0.0) -> Firmness:
    """How far to go with this board, and the words for its person."""
    model = catalogue.boards().get(board.model or "")
    how = model.reset.told(current_language()) if model else tr(N_("Press its reset button."))
    return Firmness(
        reset_by_lines=board.resets_by_lines,
        runs_micropython=board.firmware is not None or board.state == "running",
        how_to_reset=how,
        person_s=person_s,
    )


def _opened(board: Board, person_s: float, sink: Sink, opener: Opener) -> Session:
    firmness = firmness_for(board, person_s)
    asked_s = time.monotonic()

    def ask(how: str) -> None:
        nonlocal asked_s
        asked_s = time.monotonic()
        sink(Noted(board.name, how))

    link = opener(board.port, board.baud)
    try:
        session = Session(link)
        try:
            reach_prompt(session, replace(firmness, person_s=0.0), ask)
        except NoPromptError:
            if not _freed_from_fast_line(session) and not person_s:
                raise
            reach_prompt(session, firmness, ask)
    except LinkLostError:
        link.close()
        if not person_s:
            raise
        return _after_replug(board, asked_s + person_s, firmness, opener)
    except BaseException:
        link.close()
        raise
    return session


def _freed_from_fast_line(session: Session) -> bool:
    """Whether the board waited at an upload's faster rate, for a stemkit that was killed there.

    Its receiver takes Ctrl-C at that rate and goes back to the usual one.
    """
    link = session.link
    if not link.capabilities.baud:
        return False
    usual_baud = link.baud
    link.baud = FAST_BAUD
    link.write(b"\x03\x03\x03")
    time.sleep(_GOES_BACK_S)
    link.baud = usual_baud
    try:
        session.enter(_GOES_BACK_S)
    except NoPromptError:
        return False
    session.leave()
    return True


def _after_replug(board: Board, deadline: float, firmness: Firmness, opener: Opener) -> Session:
    """The person pulled the cable: be there when the board starts."""
    while time.monotonic() < deadline:
        try:
            link = opener(board.port, board.baud)
        except StemkitError:
            time.sleep(_LOOK_EVERY_S)
            continue
        session = Session(link)
        try:
            if Insisting(session).until(max(1.0, deadline - time.monotonic())):
                clean(session, Reached.WITH_HELP)
                return session
        except LinkLostError:
            pass
        link.close()
    raise PressResetError(port=board.port, how=firmness.how_to_reset)
