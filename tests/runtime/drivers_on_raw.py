"""Our drivers' answers to raw bytes, from the real MicroPython."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from on_board import HERE, run


def read(tmp_path: Path, driver: str, raw: Sequence[Any], **facts: Any) -> list[Any]:
    """What `driver` makes of each of `raw` (bytes in hexadecimal; microseconds for hcsr04)."""
    return read_all(tmp_path, [{"driver": driver, "raw": list(raw), **facts}])


def read_all(tmp_path: Path, cases: list[dict[str, Any]]) -> list[Any]:
    """The same for several cases, in their order."""
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases))
    output = run((HERE / "board" / "on_raw.py").read_text(), str(file))
    return [json.loads(line) for line in output.splitlines()]
