"""Run a program in the real MicroPython of the wheel, with the runtime on its path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from stemkit.storage.places import shipped

HERE = Path(__file__).parent
RUNTIME = shipped("firmware") / "runtime"
_START = "import sys, micropython_run as m; sys.exit(m.run_main(['micropython', *sys.argv[1:]]))"


def run(
    program: str,
    *arguments: str,
    stdin: bytes = b"",
    path: Path = RUNTIME,
    timeout_s: float = 60,
    options: tuple[str, ...] = (),
) -> str:
    """What the program prints. It fails the test with what it printed if it fails."""
    done = subprocess.run(
        [sys.executable, "-c", _START, *options, "-c", program, *arguments],
        input=stdin,
        capture_output=True,
        timeout=timeout_s,
        cwd=HERE / "board" / "fakes",
        env={
            **{k: v for k, v in os.environ.items() if k in ("PATH", "PYTHONPATH")},
            "MICROPYPATH": f"{path}:{HERE / 'fakes'}:.frozen",
        },
    )
    output = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, output
    return output.replace("\r\n", "\n")
