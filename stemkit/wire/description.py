"""The metadata line: `#: v=1 board=b7 prog=weather ch=temp;°C;DHT22;-40;80 ctl=fan;0;100;40`.

`lesson=02-temperature@1.0.0` names the lesson that runs. `fw=` comes last and is the rest of the
line: MicroPython's `sys.version`, `3.4.0; MicroPython v1.27.0 on 2025-12-09`.

Words are separated by one space, fields by `;`, and there is no `:` behind the first two
characters, so that plotters take the line for a comment. `_` stands for a space. A field may be
empty; unknown words are skipped, so that a later version can add some.
"""

from __future__ import annotations

from collections.abc import Iterable

from stemkit.model.reading import Channel, Control, Description
from stemkit.wire.harmless import harmless, harmless_text
from stemkit.wire.numbers import number

PREFIX = b"#: "
_MOST = 64


def parse_description(line: bytes) -> Description | None:
    """What a metadata line says, or None where `line` is none."""
    if not line.startswith(PREFIX):
        return None
    channels: list[Channel] = []
    controls: list[Control] = []
    plain: dict[str, str] = {}
    words, _, firmware = harmless(line[len(PREFIX) :], most=4000).partition(" fw=")
    for word in words.split(" "):
        key, _, value = word.partition("=")
        if key == "ch" and len(channels) < _MOST:
            channels += _channel(value)
        elif key == "ctl" and len(controls) < _MOST:
            controls += _control(value)
        else:
            plain[key] = _spaced(value)
    version = plain.get("v", "")
    if not (version.isascii() and version.isdigit()):
        return None
    return Description(
        version=int(version[:4]),
        board=plain.get("board", ""),
        program=plain.get("prog", ""),
        channels=tuple(channels),
        controls=tuple(controls),
        lesson=plain.get("lesson", "").strip("@"),
        # Before 1.18 MicroPython's `sys.version` was that of the Python language alone.
        firmware=firmware.partition("; ")[2][:100],
    )


def merged(old: Description | None, new: Description) -> Description:
    """A description that came in several lines: `new` adds to `old` and replaces by name."""
    if old is None:
        return new
    channels = {channel.label: channel for channel in (*old.channels, *new.channels)}
    controls = {control.name: control for control in (*old.controls, *new.controls)}
    return Description(
        version=new.version,
        board=new.board or old.board,
        program=new.program or old.program,
        channels=tuple(list(channels.values())[:_MOST]),
        controls=tuple(list(controls.values())[:_MOST]),
        lesson=new.lesson or old.lesson,
        firmware=new.firmware or old.firmware,
    )


def set_command(name: str, value: float) -> bytes:
    """The line that sets a control on a board."""
    shown = f"{value:.6g}"
    return f"?set {name} {shown}\n".encode()


def _channel(value: str) -> Iterable[Channel]:
    label, unit, sensor, low, high = _fields(value, 5)
    if label:
        yield Channel(label, _spaced(unit), _spaced(sensor), number(low), number(high))


def _control(value: str) -> Iterable[Control]:
    name, low, high, now = _fields(value, 4)
    lowest, highest = number(low), number(high)
    if name and lowest is not None and highest is not None and lowest < highest:
        yield Control(name, lowest, highest, number(now))


def _fields(value: str, n: int) -> list[str]:
    parts = [harmless_text(part, most=32) for part in value.split(";")[:n]]
    return parts + [""] * (n - len(parts))


def _spaced(value: str) -> str:
    return value.replace("_", " ").strip()
