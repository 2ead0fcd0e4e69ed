"""A recording: what was measured, with what, by whom, and where it stands."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from stemkit.model.reading import Channel


class RecordingState(enum.StrEnum):
    """How far a recording is."""

    RECORDING = "recording"
    """It is being written, or its writer was killed."""
    COMPLETE = "complete"
    """It was ended as it should be."""
    RECOVERED = "recovered"
    """Its writer was killed; what was written was put in order."""


@dataclass(frozen=True, slots=True)
class BoardRecord:
    """One board of a recording."""

    name: str
    """As in every line: `v1`, `7`, `/dev/ttyUSB0`."""
    identity: str = ""
    """`usb:SERIAL`, `virtual:UNIQUE_ID`; empty where nothing tells boards apart."""
    unique_id: str = ""
    """The board's own id, where it is known."""
    model: str = ""
    """Its kind in the catalogue, where it is known."""
    number: str = ""
    """Its number in the kit, where it told one."""
    program: str = ""
    lesson: str = ""
    """`id@version` of the lesson that ran on it."""
    firmware: str = ""
    """Name, version and build in the firmware's own words."""
    firmware_sha256: str = ""
    """Of the firmware's file, where the recording computer had put it on the board itself and the
    board still names that build; else empty."""
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """The fit of one run of a board's clock: `t_s = offset_s + board_s * (1 + drift)`."""

    board: str
    segment: int
    offset_s: float
    drift: float


@dataclass(frozen=True, slots=True)
class Totals:
    """What a recording holds."""

    lines: int = 0
    """Lines as boards printed them."""
    rows: int = 0
    """Readings in them."""
    lost: int = 0
    """Lines that never arrived."""
    damaged: int = 0
    """Lines that arrived with a wrong check sum."""
    seconds: float = 0.0
    """From the start to the last line."""
    labels: tuple[str, ...] = ()
    """Channels, in the order of their first reading."""


@dataclass(frozen=True, slots=True)
class RecordingMeta:
    """`meta.json`."""

    name: str
    started: str
    """ISO 8601 with the zone's offset: the wall clock at time 0 of the recording."""
    time_zone: str = ""
    """IANA name where the system tells it."""
    id: str = ""
    """UUID: stays with the recording whatever it is called."""
    stemkit: str = ""
    """Version that wrote it."""
    operator: str = ""
    """A code that the person typed, never a name that was looked up."""
    club: str = ""
    lesson: str = ""
    """`id@version`."""
    setup: str = ""
    """The experiment's set-up as a TOML file has it: formulas, calibration, triggers."""
    boards: tuple[BoardRecord, ...] = ()
    clocks: tuple[ClockRecord, ...] = ()
    state: RecordingState = RecordingState.RECORDING
    ended: str = ""
    totals: Totals = Totals()
