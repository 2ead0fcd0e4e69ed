"""What loggers and clocks write in front of a reading: `I (1234) dht: temp=23.5`, `10:15:02 23.5`.

The forms get what stands behind it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from stemkit.wire.numbers import milliseconds

_LOG: Final = re.compile(
    r"[EWIDV] \((?P<idf>\d{1,10})\) [^:]{1,40}:\s+"  # ESP-IDF: I (1234) tag: ...
    r"|[EWIDV] \(\d\d:\d\d:\d\d\.\d{3}\) [^:]{1,40}:\s+"  # the same, told the time of day
    r"|\[\s{0,9}(?P<arduino>\d{1,10})\]\[[EWIDV]\]\[[^\]]{1,80}\] [^:\s]{1,60}:\s+"  # Arduino-ESP32
    r"|\[(?P<h>\d\d):(?P<min>\d\d):(?P<s>\d\d\.\d{3}),\d{3}\] <\w{3}> [^:]{1,60}:\s+"  # Zephyr
    r"|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):[^:\s]{1,40}:\s*"  # MicroPython's logging
    r"|\d\d:\d\d:\d\d[.,]\d{3} -?> ",  # not the board: the monitors of Arduino 1 and PlatformIO
    re.ASCII,
)
_NEARLY_LOG: Final = re.compile(r"[EWIDV] \(")
# The time of day, with or without a date, as clock modules are printed.
_CLOCK: Final = re.compile(
    r"\s*\[?(?:(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4})[T ,;\t]\s*)?"
    r"\d\d?:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"(?:\s*[,;|\t]\s*|\s+(?:(?:->|[-|>])\s+)?|:\s+)(?=\S)",
    re.ASCII,
)


class Headed(NamedTuple):
    """A line without what was written in front of it."""

    text: str
    """Without a log's heading and the time of day."""
    row: str
    """Without a log's heading: under a header that names a column of times, those stay."""
    logged: bool
    """A log's line: it says all sorts of things, and must agree with others to be believed."""
    time_ms: int | None
    """The board's own time, where the log tells it."""


def without_heading(text: str) -> Headed:
    """`text` without what a logger or a clock wrote in front of it."""
    log = _LOG.match(text)
    row = text[log.end() :] if log else text
    clock = _CLOCK.match(row)
    return Headed(row[clock.end() :] if clock else row, row, log is not None, _time_ms(log))


def may_be_headed(text: str) -> bool:
    """Whether something is written in front of `text`, or would be if its numbers were others."""
    return _NEARLY_LOG.match(text) is not None or without_heading(text).text != text


def _time_ms(log: re.Match[str] | None) -> int | None:
    if log is None:
        return None
    ticks = log["idf"] or log["arduino"]
    if ticks:
        return int(ticks)
    if not log["h"]:
        return None
    return milliseconds((int(log["h"]) * 3600 + int(log["min"]) * 60 + float(log["s"])) * 1000)
