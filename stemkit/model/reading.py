"""Readings on their way from a board to every face, recorder and relay.

Times named `t_s` are seconds on one clock that never jumps (the recording's clock): the board's
own clock fitted to the host's where the board sends one, the time of arrival where it does not.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MISSING = float("nan")
"""What stands in a column where a row has no value."""

MOST_CHANNELS = 64
"""Channels kept for one board; a board that makes up more names is told about, not obeyed."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Rows with the same channels that one board sent one after the other.

    `columns[k][i]` is row `i` of channel `labels[k]` (`MISSING` where it has none); every column,
    `t_s` and `host_s` have the same length. `seqs` and `board_ms` are what the board itself
    counted (16-bit line number; milliseconds, unwrapped within a segment), or None.
    """

    board: str
    labels: tuple[str, ...]
    columns: tuple[Sequence[float], ...]
    t_s: Sequence[float]
    host_s: Sequence[float]
    seqs: Sequence[int] | None = None
    board_ms: Sequence[int] | None = None
    segment: int = 0
    """Which run of the board's program: 0, then one more after each reset."""

    def __len__(self) -> int:
        return len(self.t_s)


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that the board sent and the host never got, counted from the line numbers."""

    board: str
    t_s: float
    lost: int


class Kind(enum.StrEnum):
    """What can happen beside readings; the value is its name in JSON and in `events.jsonl`."""

    NO_BOARD = "no-board"
    """Nothing is connected yet: boards are taken as they are plugged in."""
    NEEDS_FIRMWARE = "needs-firmware"
    """The board waits in its boot loader, or has no firmware: it prints no readings."""
    SILENT = "silent"
    """No reading has come for a while: `for_s` where some came before; `why`, `text` where the
    board itself told (see `Silence`)."""
    TALKS_AGAIN = "talks-again"
    """Readings come again from a board that was silent: `after_s`."""
    CONNECTED = "connected"
    """A port was opened: `port`."""
    DISCONNECTED = "disconnected"
    """The cable was pulled or the board went away: `port`; `ended`: a program or pipe was done."""
    RECONNECTED = "reconnected"
    """The same board is back, maybe elsewhere: `port`, `away_s`."""
    REPLACED = "replaced"
    """Another board answers at this place: `was`, `now` (their own ids)."""
    UNAVAILABLE = "unavailable"
    """A port is there and will not open: `error` (its code), `text`. It is tried again."""
    SHARED = "shared"
    """Another program has the board's port open too and takes a part of its lines: `program`,
    `pid`."""
    RESTARTED = "restarted"
    """The board was reset and its clock began anew: `segment`."""
    FORM = "form"
    """Five lines agreed on the form of this board's lines: `form`."""
    NAMED = "named"
    """A header came that names columns of numbers: `was`, `now` (lists; "" is the board's time)."""
    DESCRIBED = "described"
    """The board described its channels and controls."""
    TEXT = "text"
    """A line that is no reading: `text` (harmless to print)."""
    DECIMAL_COMMA = "decimal-comma"
    """Several lines could not be read because of a comma that may be a decimal one: `text`."""
    DAMAGED = "damaged"
    """A line whose check sum is wrong; its values are not used."""
    OVERLONG = "overlong"
    """A line of more than 4 kB was cut off: `kept_bytes`."""
    TOO_MANY_CHANNELS = "too-many-channels"
    """A further channel name was not taken: `label`."""
    GARBLED = "garbled"
    """What comes is no text: the rate is wrong: `baud`; `trying`: others are tried."""
    RATE_FOUND = "rate-found"
    """Text was heard at another rate: `baud`."""
    LESSON = "lesson"
    """The set-up of the lesson that a board runs was opened: `lesson`, `title`."""
    HELD_BACK = "held-back"
    """The disk does not keep up with all boards together: what they send waits a little."""
    THROTTLED = "throttled"
    """The board sends faster than it is read: it is being held back."""
    MARK = "mark"
    """A person marked this moment: `text`."""
    ALARM = "alarm"
    """A channel left its range: `channel`, `value`, `rule`."""
    ALARM_OVER = "alarm-over"
    """The channel of an alarm is back in its range: `channel`, `value`, `rule`."""
    TRIGGER = "trigger"
    """A trigger's condition came true: `rule`."""
    CONTROL = "control"
    """A control was set from here: `control`, `value`."""
    RECORDING_STARTED = "recording-started"
    """Readings are being written down: `name`, `folder`."""
    RECORDED = "recorded"
    """Lines that are safely written so far: `lines`."""
    RECORDING_STOPPED = "recording-stopped"
    """Writing ended: `name`, `lines`, and `error` where it was not asked for."""
    DROPPED = "dropped"
    """A subscriber was too slow: `subscriber`, `rows`."""
    CLOCK_JUMPED = "clock-jumped"
    """This computer's wall clock was changed: `by_s`. The recording's time was not."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something beside readings; `board` is "" where it concerns none. `detail` is per `Kind`."""

    board: str
    t_s: float
    kind: Kind
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Channel:
    """What is known of one channel; empty and None where nothing is."""

    label: str
    unit: str = ""
    sensor: str = ""
    low: float | None = None
    """Lowest value the sensor gives, in `unit`."""
    high: float | None = None
    """Highest value the sensor gives, in `unit`."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something that the program lets people set, by `?set <name> <number>`."""

    name: str
    low: float
    high: float
    value: float | None = None
    """What it is set to now, where the board has said so."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a board says of itself in its metadata line."""

    version: int = 1
    board: str = ""
    program: str = ""
    channels: tuple[Channel, ...] = ()
    controls: tuple[Control, ...] = ()
    lesson: str = ""
    """`id@version` of the lesson that runs."""
    firmware: str = ""
    """Name, version and build in the firmware's own words."""


@dataclass(frozen=True, slots=True)
class Described:
    """A board described itself."""

    board: str
    t_s: float
    description: Description


Item = Readings | Gap | Happening | Described


@dataclass(slots=True)
class Counts:
    """What a board's lines came to so far."""

    lines: int = 0
    """Whole lines that arrived."""
    rows: int = 0
    """Readings that they gave."""
    unread: int = 0
    """Lines that are no reading."""
    damaged: int = 0
    """Lines with a wrong check sum."""
    overlong: int = 0
    """Lines of more than 4 kB."""
    lost: int = 0
    """Lines that never arrived, counted from the line numbers."""
