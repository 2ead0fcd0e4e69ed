"""Run a lesson's program on a virtual board, in its own fast time, and see what it sends."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from typing import Final

from stemkit.actions.lessons.judge import Seen
from stemkit.devices.errors import BoardExceptionError
from stemkit.devices.session import END, Session
from stemkit.links import open_link
from stemkit.model.chip import Family
from stemkit.model.reading import Readings
from stemkit.virtual import RunningBoard
from stemkit.wire.lines import LineReader
from stemkit.words import N_, tr

# At most so often in a run it is looked what is alive in memory, which takes a while.
_LOOKS: Final = 600
# Written to the board before the program: every printed line gets the board's time in front, and
# every LOOK_MS of it what is alive in memory. The lesson's files need not know.
_WITNESS: Final = """
import builtins, gc, sys, time
def _watch():
    real, ticks, since = print, time.ticks_ms, time.ticks_diff
    start = last = ticks()
    def stamped(*words, sep=" ", end="\\n", file=None):
        nonlocal last
        if file is not None:
            real(*words, sep=sep, end=end, file=file)
            return
        now = ticks()
        text = sep.join([str(word) for word in words]) + end
        if since(now, last) >= LOOK_MS:
            last = now
            gc.collect()
            real("@%d M %d" % (since(now, start), gc.mem_alloc() - before))
        for line in text.split("\\n"):
            if line:
                real("@%d L %s" % (since(now, start), line))
    builtins.print = stamped
    # A board has these in its flash, a virtual one in its memory.
    for name in MODULES:
        try:
            __import__(name)
        except ImportError:
            pass
    gc.collect()
    before = gc.mem_alloc()
_watch()
del _watch
for name in FILES:
    with open(name) as file:
        compile(file.read(), name, "exec")
gc.collect()
with open("main.py") as file:
    exec(compile(file.read(), "main.py", "exec"), {"__name__": "__main__"})
"""
_MODULES: Final = {
    Family.MICROBIT: ("machine", "random", "microbit", "music"),
    Family.ESP: ("machine", "random", "select", "neopixel", "dht", "onewire", "ds18x20"),
    Family.RP2: ("machine", "random", "select", "neopixel", "dht", "onewire", "ds18x20"),
}
_PIECE_BYTES: Final = 1024
_SILENCE_S: Final = 20.0
_SLOWEST: Final = 0.5
"""Of real time; a program that waits runs a hundred times as fast, one that only prints at 0.02."""
_NEVER_WAITS: Final = N_(
    "No time passes on the virtual board: the program never waits, or restarts the board again and"
    " again. Wait in every turn: “for t in every(1):”."
)


def put_files(session: Session, files: Mapping[str, bytes]) -> None:
    """Write files onto the board through its prompt; folders are made."""
    folders = {path[:at] for path in files for at, c in enumerate(path) if c == "/"}
    for folder in sorted(folders):
        session.exec(f"import os\ntry:\n    os.mkdir({folder!r})\nexcept OSError:\n    pass\n")
    for path, data in sorted(files.items()):
        session.exec(f"f = open({path!r}, 'wb')")
        for at in range(0, len(data), _PIECE_BYTES):
            session.exec(f"f.write({data[at : at + _PIECE_BYTES]!r})")
        session.exec("f.close()")


def run_lesson(
    board: RunningBoard,
    family: Family,
    files: Mapping[str, bytes],
    run_s: float,
    most_s: float = math.inf,
) -> Seen:
    """Put the files on a virtual board and run `main.py` for `run_s` seconds of its time.

    A program that never waits makes no time pass on a virtual board: after `most_s` seconds of this
    computer's time it has been seen enough; without `most_s` it is told as an error.
    """
    link = open_link(board.port, board.baud)
    try:
        session = Session(link)
        session.enter()
        put_files(session, files)
        session.soft_reset()
        names = [path for path in sorted(files) if path.endswith(".py")]
        facts = f"FILES = {json.dumps(names)}\nMODULES = {json.dumps(_MODULES[family])}\n"
        look_ms = max(1000, int(run_s * 1000 / _LOOKS))
        session.start(f"LOOK_MS = {look_ms}\n{facts}{_WITNESS}")
        return Listener(board.name, run_s, most_s).listen(session)
    finally:
        link.close()


class Listener:
    """Hears what a program sends, each line behind its time (`@MS L text`)."""

    def __init__(self, board: str, run_s: float, most_s: float = math.inf) -> None:
        self.seen = Seen()
        self._most_s = most_s
        self._run_s = run_s
        self._reader = LineReader(board, first_line_cut=False)
        self._rest = b""

    def listen(self, session: Session) -> Seen:
        """Listen to a board until the time is up or the program ends."""
        seen = self.seen
        heard_s = began_s = time.monotonic()
        looked_s, run_s = began_s, seen.run_s
        while seen.run_s < self._run_s and time.monotonic() - began_s < self._most_s:
            data = session.read(1 << 16, 1.0)
            if not data and time.monotonic() - heard_s > _SILENCE_S:
                seen.error = tr(N_("The program sent nothing for a long time."))
                break
            heard_s = time.monotonic() if data else heard_s
            text, ended, rest = data.partition(END)
            self.take(text)
            if math.isinf(self._most_s) and time.monotonic() - looked_s > _SILENCE_S:
                if seen.run_s - run_s < _SLOWEST * (time.monotonic() - looked_s):
                    seen.error = tr(_NEVER_WAITS)
                    break
                looked_s, run_s = time.monotonic(), seen.run_s
            if ended:
                session.transport.port.put_back(ended + rest)
                seen.error, seen.ended = _ending(session)
                break
        return seen

    def take(self, data: bytes) -> None:
        """Take what arrived; the last line may be cut."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            stamp, _, text = line.rstrip(b"\r").partition(b" ")
            if not stamp.startswith(b"@") or not stamp[1:].isdigit():
                continue
            t_s = int(stamp[1:]) / 1000
            self.seen.run_s = max(self.seen.run_s, min(t_s, self._run_s))
            if t_s > self._run_s:
                return
            kind, _, said = text.partition(b" ")
            if kind == b"M":
                self.seen.most_used_bytes = max(self.seen.most_used_bytes, int(said))
            else:
                for item in self._reader.feed_lines([said], [t_s]):
                    if isinstance(item, Readings):
                        self.seen.take(item)


def _ending(session: Session) -> tuple[str, bool]:
    """Why the program is over, which a lesson's never is by itself; True without a failure."""
    try:
        session.finish(timeout_s=_SILENCE_S)
    except BoardExceptionError as error:
        own = re.sub(r'  File "<stdin>", line \d+, in <module>\n', "", error.traceback)
        return tr(N_("The program failed:\n{traceback}"), traceback=own), False
    text = N_("The program came to its end; a lesson's program goes on until it is stopped.")
    return tr(text), True
