"""Who a board is: one question, asked of a running board without resetting it.

What happens to a program that runs when a board is asked (`probe`):

1. Ctrl-B is sent, which a waiting prompt answers at once. A board that waits is asked, and nothing
   on it changes.
2. Only where no prompt shows within a quarter of a second, a program runs: it is interrupted as
   Ctrl-C does (it may catch that and tidy up), the question takes some tens of milliseconds, then
   the board is told to soft reset, which starts `boot.py` and `main.py` anew, as switching on does.
   Pins keep their state until the program sets them. A board without `main.py` has nothing to
   start: it stays at its prompt, its variables kept.
3. A board that does not obey Ctrl-C is left alone; `NoPromptError` says so within 3 seconds.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
from dataclasses import dataclass
from typing import Any

from stemkit.devices.errors import BoardConfusedError, BoardExceptionError
from stemkit.devices.session import Session
from stemkit.model.link import Link

# Every part may be missing: MicroPython 1.9 on a micro:bit has no `_machine`, others no `uname`,
# CircuitPython no `machine`. Plain tuples: there is no `json` on small boards.
QUESTION = """
import sys
def q(f):
 try:return f()
 except Exception:return None
def u():
 import machine
 return machine.unique_id()
def v():
 import microcontroller
 return microcontroller.cpu.uid
def n():
 import os
 return tuple(os.uname())
def l():
 import os
 return 'main.py' in os.listdir()
def s():
 for p in ('/stem.json','stem.json'):
  try:
   f=open(p)
   try:
    import json
    r=json.load(f)
    r=json.dumps({k:r[k] for k in('number','lesson','board')if k in r})
   except ImportError:
    r=f.read(1000)
   f.close()
   return r
  except OSError:pass
i=sys.implementation
x=q(u) or q(v)
print(repr((i.name,tuple(i.version),getattr(i,'_machine',None),getattr(i,'_mpy',getattr(i,'mpy',None)),
sys.platform,q(n),x and ''.join('%02x'%b for b in x),q(l),q(s))))
"""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Lesson:
    """The lesson that a board says it has."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What a running board says of itself."""

    implementation: str
    """`micropython` or `circuitpython`."""
    version: str
    """Of the firmware: `1.27.0`; on a micro:bit its own: `2.1.2`."""
    machine: str
    """Board and chip in the firmware's words: `Raspberry Pi Pico with RP2040`."""
    platform: str
    """The MicroPython port: `esp32`, `rp2`, `microbit`."""
    unique_id: str
    """`machine.unique_id()` in hexadecimal; empty where the firmware has none."""
    mpy: int | None
    """`sys.implementation._mpy`: format and architecture of `.mpy` files that it takes."""
    has_main: bool
    """A `main.py` starts by itself."""
    number: int | None
    """Kit number from `/stem.json`."""
    lesson: Lesson | None
    """Lesson from `/stem.json`."""
    board: str = ""
    """Id of the board's model from `/stem.json`, for boards whose firmware names only its chip."""


def ask(session: Session) -> Identity:
    """Ask a board that is at its raw prompt."""
    for _ in range(_TRIES - 1):
        # A byte that was lost on the way here makes it unreadable.
        with contextlib.suppress(BoardConfusedError):
            return _ask_once(session)
    return _ask_once(session)


def _ask_once(session: Session) -> Identity:
    try:
        answer = session.exec(QUESTION, timeout_s=5.0)
    except BoardExceptionError as error:
        reason = error.fields["summary"]
        raise BoardConfusedError(port=session.link.name, reason=reason) from error
    return read_answer(answer, session.link.name)


def probe(link: Link, timeout_s: float = 3.0) -> Identity:
    """Ask a running board who it is; what that does to its program stands above.

    Raises `NoPromptError` (or a subclass) within `timeout_s` seconds where no prompt comes.
    """
    session = Session(link)
    waiting = session.at_prompt()
    session.enter(timeout_s)
    try:
        identity = ask(session)
    except BaseException:
        session.leave()
        raise
    if identity.has_main and not waiting:
        session.restart_program()
    else:
        session.leave()
    return identity


def read_answer(answer: bytes, port: str) -> Identity:
    """The identity in what `QUESTION` printed; `BoardConfusedError` for anything else."""
    try:
        # What a background task printed may stand before the answer.
        row = ast.literal_eval(answer.decode().strip().splitlines()[-1])
        name, version, machine, mpy, platform, uname, unique_id, has_main, stem = row
        assert isinstance(stem, str | None)
        number, lesson, board = _stem(stem or "")
        machine = str(machine or (uname[4] if uname else ""))
        return Identity(
            implementation=str(name),
            version=_version(version, machine, uname),
            machine=machine,
            platform=str(platform),
            unique_id=str(unique_id or ""),
            mpy=int(mpy) if mpy is not None else None,
            has_main=bool(has_main),
            number=number,
            lesson=lesson,
            board=board,
        )
    except (ValueError, SyntaxError, TypeError, IndexError, AssertionError, MemoryError) as error:
        raise BoardConfusedError(port=port, reason=repr(answer[-40:])) from error


def _version(version: tuple[Any, ...], machine: str, uname: tuple[str, ...] | None) -> str:
    # A micro:bit's firmware has a version of its own: in `_machine` (V2) or in `uname` (V1).
    for text in (machine, uname[3] if uname else ""):
        own = re.search(r"micro:bit v(\d+\.\d+\.\d+)", text)
        if own:
            return own.group(1)
    text = ".".join(str(part) for part in version[:3])
    suffix = "".join(f"-{part}" for part in version[3:4] if part)
    return text + suffix


def _stem(text: str) -> tuple[int | None, Lesson | None, str]:
    """Number, lesson and model from `/stem.json`; a damaged file has none of them."""
    try:
        stem = json.loads(text)
        number, lesson, board = stem.get("number"), stem.get("lesson"), stem.get("board")
    except (ValueError, AttributeError):
        return None, None, ""
    return (
        number if isinstance(number, int) else None,
        Lesson(str(lesson.get("name", "")), str(lesson.get("version", "")))
        if isinstance(lesson, dict) and lesson.get("name")
        else None,
        board if isinstance(board, str) else "",
    )
