"""Code for boards without raw paste, which lose bytes: it is checked before any of it runs.

Old firmware and the micro:bit V1 (MicroPython 1.9) read at their raw prompt without flow control,
into a receive ring of 64 bytes: a host that writes while the board is busy loses bytes, and what is
left can still be good Python that does something else. So one short line goes out at a time, none
longer than the ring, and the next only after its answer. A text longer than that is put together
on the board from pieces that carry their place and a checksum, and runs only when all of it is
there as it was sent. A line that was lost on the way is said again.
"""

from __future__ import annotations

import contextlib
import re
import time
from typing import TYPE_CHECKING, Final

from stemkit.devices.errors import BoardConfusedError, BoardExceptionError

if TYPE_CHECKING:
    from stemkit.devices.transport import LinkTransport

# The ring of a micro:bit V1 holds 63 bytes; the byte that ends a line counts.
_LINE_BYTES: Final = 60
# Of one line: on a cable that loses each 200th byte, one line of four is lost.
_TRIES: Final = 16
_RESYNC_TRIES: Final = 8
_UNANSWERED: Final = 4
_LINE_S: Final = 2.0
_RESYNC_S: Final = 1.0
_QUIET_S: Final = 0.05
# How many times its limit a wait may last where a timer of the board's program keeps writing.
_PATIENCE: Final = 3
NOTHING: Final = b"pass"
"""What does nothing, and nothing else when it loses a letter: it runs unchecked."""
_END: Final = b"\x04"
_DONE: Final = b"\x04>"
_RESYNC: Final = b"\x03\x01"
_BANNER: Final = b"raw REPL; CTRL-B to exit\r\n>"
_BEGUN: Final = b"\x06"
# `_qp` puts a piece at its place, `_qx` gives the whole text. No name here becomes one that a
# student would choose when it loses a letter.
_HELPERS: Final = b"""\
def _qs(s,b):
 for c in b:s=(s*31+c)&0xffffff
 return s
def _qp(k,b,t,n=0):
 global _qc,_qk
 if _qs(k+n,b)==t:
  if n:
   _qk=0
   _qc=bytearray(n)
  if _qk==k:
   for c in b:
    _qc[k]=c
    k+=1
   _qk=k
  print(_qk)
def _qx(t):
 global _qc
 if _qs(0,_qc)!=t:raise ValueError
 b=bytes(_qc)
 _qc=0
 print('\x06',end='')
 return b
"""
_SUM_OF_HELPERS: Final = b"_qt=0\nfor _qu in _qd:_qt=(_qt*31+_qu)&0xffffff\nprint(_qt)"
# What launching adds to a traceback; the text itself has another name there.
_LAUNCH_FRAME: Final = re.compile(rb'  File "<stdin>", line 1, in <module>\r?\n')
_TEXT_FRAME: Final = b'File "<string>"'
_NOT_BEGUN: Final = b"in _qx"
_ESCAPES: Final = {9: b"\\t", 10: b"\\n", 13: b"\\r", 39: b"\\'", 92: b"\\\\"}
# A text that grows needs room beside itself: a V1 with 8800 bytes free took 6000, not 8000.
_FREE: Final = b"_qd=__import__('gc');_qd.collect();print(_qd.mem_free())"
# Sent unchecked where the board's memory is too small for the text and a copy of it.
_UNCHECKED_BYTES: Final = 32
_UNCHECKED_PAUSE_S: Final = 0.01


class BlindPrompt:
    """The raw prompt behind `transport`, on a board that cannot say when it is full."""

    def __init__(self, transport: LinkTransport) -> None:
        self._transport = transport
        self._reason = "?"
        self._unanswered = 0
        self._checked = False
        self._text = self._trace = b""

    def start(self, text: bytes) -> None:
        """Run `text` on a board that waits at its prompt; returns when it has begun.

        Raises `BoardConfusedError` where it does not get through, and `BoardExceptionError` where
        it is larger than the board's memory, which would stop the board.
        """
        self._checked = True
        self._text, self._trace = text, b""
        if not self._transport.read_until(1, b">", self._line_s).endswith(b">"):
            self.resync()
        if text == NOTHING:
            self._nothing()
            return
        try:
            self._put(text)
            self._launch(checksum(0, text))
        except MemoryError:
            self._start_unchecked()

    def _nothing(self) -> None:
        try:
            self._insist(NOTHING)
        except MemoryError:
            raise self._full("MemoryError") from None
        self._transport.port.put_back(_END + _DONE)

    def _full(self, reason: str) -> BoardExceptionError:
        port = self._transport.device_name
        return BoardExceptionError(port=port, summary=reason, traceback=reason)

    def starts_again(self, trace: bytes) -> bool:
        """Whether a text that ended with `trace`, having printed nothing, was begun once more.

        That is so where nothing of it ran: a checked copy left too little memory to compile it, or
        an unchecked text makes no sense to the board, as when a byte was lost.
        """
        kind = trace.rstrip(_END).rstrip().rpartition(b"\n")[2].partition(b":")[0]
        lacks_memory = self._checked and kind == b"MemoryError" and _TEXT_FRAME not in trace
        makes_no_sense = not self._checked and kind == b"SyntaxError" and trace != self._trace
        if not self._text:  # a board with raw paste, whose text came whole
            return False
        if not (lacks_memory or makes_no_sense) or not self._transport.until(b">", _LINE_S):
            return False
        self._trace = trace
        self._start_unchecked()
        return True

    def as_typed(self, trace: bytes) -> bytes:
        """A traceback as it would be, had the text been typed at the prompt."""
        if not self._checked:
            return trace
        return _LAUNCH_FRAME.sub(b"", trace, 1).replace(_TEXT_FRAME, b'File "<stdin>"')

    # -- the text ------------------------------------------------------------------------------

    def _put(self, text: bytes) -> None:
        done = 0
        while done < len(text):
            size = b"" if done else b",%d" % len(text)
            room = _LINE_BYTES - len(b"_qp(%d,b'',16777215%s)\x04" % (done, size))
            piece = cut(text, done, room)
            total = checksum(done or len(text), piece)
            line = b"_qp(%d,b'%s',%d%s)" % (done, literal(piece), total, size)
            done += len(piece)
            for _ in range(_TRIES):
                if self._says(line, b"%d" % done, tries=2):
                    break
                if self._reason.startswith("NameError"):
                    self._install()
            else:
                raise self._lost()

    def _install(self) -> None:
        """Define the helpers, with lines that need none."""
        for _ in range(_TRIES):
            if self._put_helpers() and self._says(b"exec(_qd)"):
                self._say(b"del _qd,_qt,_qu")
                return
        raise self._lost()

    def _put_helpers(self) -> bool:
        done = 0
        while done < len(_HELPERS):
            before = b"_qd[:%d]+" % done if done else b""
            line = b"_qd=%sb'%%s';print(len(_qd))" % before
            piece = cut(_HELPERS, done, _LINE_BYTES - len(line) + 1)
            done += len(piece)
            # One that lost a digit has shortened what was there.
            if not self._says(line % literal(piece), b"%d" % done):
                return False
        return self._says(_SUM_OF_HELPERS, b"%d" % checksum(0, _HELPERS))

    def _launch(self, total: int) -> None:
        # Whatever letter is missing of it, it fails before `_qx` says that the text begins; a text
        # that has begun is not begun again.
        line = b"exec(_qx(%d))" % total
        transport = self._transport
        for _ in range(_TRIES):
            transport.port.write(line + _END)
            heard = transport.until((_BEGUN, _END), transport.answer_s)
            if heard.endswith(_BEGUN):
                transport.port.put_back(heard.partition(b"OK")[2][:-1])
                return
            if heard.endswith(_END):
                trace = transport.until(_DONE, transport.answer_s)
                if not self._note(trace) or (_TEXT_FRAME in trace and _NOT_BEGUN not in trace):
                    break
            elif _BEGUN in self.resync():
                break
        raise self._lost()

    def _start_unchecked(self) -> None:
        """For a text that does not fit into the board's memory beside a copy of it."""
        self._checked = False
        with contextlib.suppress(MemoryError):
            self._say(b"_qc=_qd=0")
            free = self._say(_FREE)
            if free and free.strip().isdigit() and int(free) * 3 // 4 < len(self._text):
                self._transport.port.put_back(b">")
                raise self._full(
                    f"MemoryError: {len(self._text)} bytes of code, {int(free)} bytes free"
                )
        port = self._transport.port
        for start in range(0, len(self._text), _UNCHECKED_BYTES):
            port.write(self._text[start : start + _UNCHECKED_BYTES])
            time.sleep(_UNCHECKED_PAUSE_S)
        port.write(_END)
        if not self._transport.until(b"OK", self._transport.answer_s).endswith(b"OK"):
            raise self._lost()

    # -- lines ---------------------------------------------------------------------------------

    def _insist(self, line: bytes) -> None:
        """Say a line again and again until it does not fail."""
        if not self._says(line, tries=_TRIES):
            raise self._lost()

    def _says(self, line: bytes, wanted: bytes = b"", tries: int = 4) -> bool:
        """Say a line until it does not fail and its answer has the wanted word."""
        for _ in range(tries):
            answer = self._say(line)
            # A timer may print beside it.
            if answer is not None and (not wanted or wanted in answer.split()):
                return True
        return False

    def _say(self, line: bytes) -> bytes | None:
        """What a line printed; None where it failed or was lost.

        The prompt is read before and after. Raises MemoryError where that is why it failed.
        """
        transport = self._transport
        transport.port.write(line + _END)
        heard = transport.until((_DONE, _BANNER), self._line_s, _PATIENCE * self._line_s)
        if not heard.endswith(_DONE):
            self._reason = repr(heard[-40:])
            self._unanswered += 1
            if self._unanswered == _UNANSWERED:
                raise self._lost()
            self.resync()
            return None
        self._unanswered = 0
        output, _, trace = heard.partition(b"OK")[2].partition(_END)
        return None if self._note(trace) else output

    def _note(self, trace: bytes) -> bool:
        """Keep the reason that a traceback gives; False where there is none."""
        lines = trace[: -len(_DONE)].strip().splitlines()
        self._reason = lines[-1].decode("utf-8", "replace") if lines else "?"
        if self._reason.startswith("MemoryError"):
            raise MemoryError
        return bool(lines)

    def resync(self, tries: int = _RESYNC_TRIES) -> bytes:
        """Forget a line that has no end, and come to the prompt; returns what was heard, with it.

        Code that runs is interrupted. Raises `BoardConfusedError` where the prompt does not come.
        """
        transport = self._transport
        heard = b""
        resync_s = min(_RESYNC_S, transport.answer_s)
        for before in range(tries):
            transport.port.write(_RESYNC)
            heard += transport.until(_BANNER, resync_s, _PATIENCE * resync_s)
            if heard.endswith(_BANNER):
                while before and (late := transport.port.read_some(_QUIET_S)):
                    heard += late
                return heard
        raise self._lost()

    @property
    def _line_s(self) -> float:
        return min(_LINE_S, self._transport.answer_s)

    def _lost(self) -> BoardConfusedError:
        return BoardConfusedError(port=self._transport.device_name, reason=self._reason)


def checksum(start: int, data: bytes) -> int:
    """What the board's `_qs` gives: 24 bits, so that a small board needs no long integers."""
    for byte in data:
        start = (start * 31 + byte) & 0xFFFFFF
    return start


def literal(data: bytes) -> bytes:
    """`data` between the quotes of a bytes literal, as short as MicroPython takes it."""
    return b"".join(_letter(byte) for byte in data)


def cut(data: bytes, start: int, room: int) -> bytes:
    """As much of `data` from `start` on as has a literal of at most `room` bytes."""
    end = start
    while end < len(data) and (room := room - len(_letter(data[end]))) >= 0:
        end += 1
    return data[start:end]


def _letter(byte: int) -> bytes:
    # Bytes from 0x80 on go as they are, which CPython would refuse.
    if byte < 32 or byte in (39, 92, 127):
        return _ESCAPES.get(byte, b"\\x%02x" % byte)
    return bytes((byte,))
