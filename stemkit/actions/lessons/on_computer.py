"""Run the program of a lesson that needs no board, with virtual sensors on this computer's pins."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from stemkit.actions.lessons.judge import Seen
from stemkit.actions.lessons.run import Listener
from stemkit.actions.readings.errors import PartMissingError
from stemkit.extras import extra_command
from stemkit.words import N_, tr

_MOST_S = 120.0
_MOST_TOLD = 2000


def run_computer(program: Path, scenario: Path | None, parts: Sequence[str], run_s: float) -> Seen:
    """Run `program` for `run_s` seconds of its world's time; it waits for nothing really.

    On Linux it can read nothing but Python's own files and write nothing. Raises PartMissingError.
    """
    if find_spec("adafruit_blinka") is None:
        raise PartMissingError(part="adafruit-blinka", command=extra_command("blinka"))
    words = [str(program), str(scenario or ""), str(run_s), *parts]
    listener = Listener("computer", run_s)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "stemkit.virtual.host_pins", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_MOST_S,
            check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired as late:
        listener.take(late.stdout or b"")
        listener.seen.error = tr(N_("The program sent nothing for a long time."))
        return listener.seen
    from stemkit.virtual.host_pins import OVER

    listener.take(done.stdout)
    seen = listener.seen
    if done.returncode == OVER:
        seen.run_s = run_s
    elif done.returncode:
        told = done.stderr.decode("utf-8", "replace")[-_MOST_TOLD:]
        seen.error = tr(N_("The program failed:\n{traceback}"), traceback=told)
    else:
        text = N_("The program came to its end; a lesson's program goes on until it is stopped.")
        seen.error = tr(text)
        seen.ended = True
    return seen
