"""Words for a board that sends no readings."""

from __future__ import annotations

from typing import Final

from stemkit.screen.axes import time_label
from stemkit.wire.silence import Cause
from stemkit.words import N_, tr

# Short: of forty boards on 80 columns each has fourteen letters.
_WORDS: Final = {
    Cause.UNKNOWN: N_("silent {time}"),
    Cause.ERROR: N_("error {time} ago"),
    Cause.ENDED: N_("ended {time} ago"),
    Cause.PROMPT: N_("at >>> {time}"),
    Cause.NO_LINE_END: N_("no new line"),
    Cause.WORDS: N_("only text"),
}
TALKING: Final = (Cause.NO_LINE_END, Cause.WORDS)
"""The board prints, so no time has passed."""


def quiet_told(seconds: float, why: str) -> str:
    """`silent 12 s`; `why` is a `Cause`."""
    shown = time_label(max(0.0, seconds), 1)
    cause = Cause(why) if why in list(Cause) else Cause.UNKNOWN
    return tr(_WORDS[cause], time=shown if ":" in shown else f"{shown} s")
