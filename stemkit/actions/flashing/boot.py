"""Wait until a board has started its new firmware, and ask who it is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

from stemkit.actions.boards.line import BoardLine
from stemkit.actions.flashing.errors import BrownOutError, NoBootError, NotBootingError
from stemkit.devices.errors import NoPromptError
from stemkit.devices.identity import Identity, probe
from stemkit.errors import BoardError, MachineError, NoSuchBoardError, StemkitError
from stemkit.loaders.errors import StoppedError
from stemkit.model.link import Link
from stemkit.wire.harmless import harmless_text

BOOT_LIMIT_S: Final = 25.0
"""A first boot formats the file system, which takes a slow flash some seconds."""

_SLICE_S: Final = 0.1
_ASK_FOR_PROMPT: Final = b"\x02"
_ASK_AGAIN_S: Final = 0.4
# So long may a board be silent before it is interrupted, and so long may it talk: longer than any
# boot message takes, it is a program.
_QUIET_S: Final = 4.0
_TALKS_S: Final = 2.5
_FIRST_SIGN_S: Final = 2.0
_LISTEN_LIMIT_S: Final = 10.0
_ASK_S: Final = 3.0
_KEPT_BYTES: Final = 8192

_BROWN_OUT: Final = re.compile(rb"[Bb]rown-?out detector")
# What the ROM and ESP-IDF's second loader print about an image that they do not run
# (esp-idf, components/bootloader_support; the chips' ROM messages as Espressif documents them).
_NOT_BOOTING: Final = re.compile(
    rb"[^\r\n]*(?:invalid header|flash read err|csum err|not bootable|No bootable app"
    rb"|invalid magic byte|[Cc]hecksum failed|[Hh]ash failed|SHA-256 comparison failed)[^\r\n]*"
)
# Once may be the old firmware's last word; a board that cannot start says it again and again.
_OFTEN: Final = 2


class Booting:
    """One board on its way up, on a line that is opened anew where its port has gone.

    `on_silence` is called once where the board says nothing for two seconds: on a link that cannot
    reset it, a person must press its button. `stopped` ends the wait with StoppedError.
    """

    def __init__(
        self,
        line: BoardLine,
        stopped: Callable[[], bool],
        on_silence: Callable[[], None] = lambda: None,
        limit_s: float = BOOT_LIMIT_S,
    ) -> None:
        self._line = line
        self._stopped = stopped
        self._on_silence = on_silence
        self._limit_s = limit_s
        self._ends_s = 0.0
        self._heard = b""

    def identity(self) -> Identity:
        """Who the board says it is.

        Raises NotBootingError, BrownOutError, or NoBootError when the time is over. A program that
        starts by itself is running again afterwards.
        """
        self._ends_s = time.monotonic() + self._limit_s
        reason: StemkitError | None = None
        while time.monotonic() < self._ends_s:
            if self._stopped():
                raise StoppedError
            try:
                link = self._line.at_console_rate()
                self._listen(link)
                return probe(link, min(_ASK_S, max(0.5, self._ends_s - time.monotonic())))
            except NoPromptError as error:
                reason = error
                self._judge(times=1)
            except (NotBootingError, BrownOutError, StoppedError):
                raise
            except (BoardError, NoSuchBoardError, MachineError) as error:
                # Native USB vanishes with the reset and comes back with the program; for a moment
                # the system may not let us open it (udev sets the group a little later).
                reason = error
                self._line.drop()
                time.sleep(_SLICE_S)
        raise NoBootError(
            limit_s=round(self._limit_s), reason=reason.told().rstrip(".") if reason else "?"
        ) from reason

    def _listen(self, link: Link) -> None:
        """Let the board speak until it is up, or has said nothing for a while.

        It is not interrupted before: that could meet it while it formats its file system. Ctrl-B,
        which only asks for the prompt, does no harm.
        """
        began_s = heard_s = asked_s = time.monotonic()
        first_s = 0.0
        told = False
        while (now_s := time.monotonic()) < min(began_s + _LISTEN_LIMIT_S, self._ends_s):
            if self._stopped():
                raise StoppedError
            data = link.read(4096, _SLICE_S)
            if data:
                heard_s = now_s
                first_s = first_s or now_s
                self._heard = (self._heard + data)[-_KEPT_BYTES:]
                self._judge(times=_OFTEN)
                if b">>> " in data or now_s - first_s > _TALKS_S:
                    return
                continue
            if now_s - heard_s > _QUIET_S:
                return
            if now_s - max(asked_s, heard_s) > _ASK_AGAIN_S:
                asked_s = now_s
                link.write(_ASK_FOR_PROMPT)
            if not told and not self._heard and now_s - began_s > _FIRST_SIGN_S:
                told = True
                self._on_silence()

    def _judge(self, times: int) -> None:
        if len(_BROWN_OUT.findall(self._heard)) >= times:
            raise BrownOutError
        said = _NOT_BOOTING.findall(self._heard)
        if len(said) >= times:
            raise NotBootingError(said=harmless_text(said[-1].decode("utf-8", "replace")).strip())
