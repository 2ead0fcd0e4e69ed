"""What a beginner's error means, in plain words: one row of a table for each common error."""

from __future__ import annotations

import builtins
import difflib
import keyword
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.actions.programs.mistyped import (
    CURLY,
    CURLY_HINT,
    LOOKALIKE,
    LOOKALIKE_HINT,
    depth,
    misfit,
    unclosed,
    without_comment,
    wrong_in,
)
from stemkit.storage import catalogue
from stemkit.wire.traceback import Traceback
from stemkit.words import N_, tr

_MODULES: Final = ("time", "machine", "math", "random", "neopixel", "dht", "network", "stem")
# Names that kit programs import or call, to find what was meant by one that is not there.
_MORE_MODULES: Final = ("microbit", "music", "radio", "speech", "os", "sys", "json", "struct", "gc",
                        "onewire", "ds18x20", "framebuf", "bluetooth", "espnow", "esp32", "rp2",
                        "socket", "asyncio", "requests", "ssd1306")  # fmt: skip
_PARTS: Final = {"Pin": "machine", "ADC": "machine", "PWM": "machine", "I2C": "machine",
                 "SoftI2C": "machine", "Timer": "machine", "sleep": "time", "sleep_ms": "time",
                 "ticks_ms": "time", "randint": "random", "NeoPixel": "neopixel"}  # fmt: skip
_MEMBERS: Final = (*_PARTS, "SPI", "SoftSPI", "UART", "RTC", "WDT", "reset", "freq", "sleep_us",
                   "ticks_us", "ticks_diff", "random", "uniform", "choice", "randrange",
                   "value", "toggle", "read", "read_u16", "read_uv", "atten", "duty", "duty_u16",
                   "scan", "readfrom", "writeto", "readfrom_mem", "writeto_mem", "measure",
                   "temperature", "humidity", "write", "fill", "connect", "isconnected", "active",
                   "ifconfig", "append", "remove", "insert", "split", "strip", "format", "replace",
                   "upper", "lower", "join", "count", "index", "sort", "keys", "values", "items",
                   "close", "sensors", "send", "every", "DHT11", "DHT22")  # fmt: skip
_ARDUINO: Final = {"delay": "time.sleep_ms(...)", "millis": "time.ticks_ms()",
                   "delayMicroseconds": "time.sleep_us(...)", "pinMode": "Pin(..., Pin.OUT)",
                   "digitalWrite": "Pin(...).value(...)", "digitalRead": "Pin(...).value()",
                   "analogRead": "ADC(...).read_u16()", "analogWrite": "PWM(...).duty_u16(...)",
                   "Serial": "print(...)"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stopped:
    """A program that stopped, with what a hint may look at."""

    error: Traceback
    source: Sequence[str]
    """The student's file, line by line; empty where it is not known."""
    line: int
    """Number of the line that is named, from 1; 0 where none is."""

    def row(self, back: int = 0) -> str:
        """The line that is named, or the one so many written lines before it."""
        above = self.source[: max(0, self.line - 1)]
        rows = [row for row in above if without_comment(row).strip()]
        rows += self.source[self.line - 1 : self.line] if self.line else []
        return rows[-1 - back] if len(rows) > back else ""


def hint_for(stopped: Stopped) -> str:
    """A hint in the current language; empty where none is known."""
    for kind, message, hint in _TABLE:
        found = re.search(message, stopped.error.message)
        if re.fullmatch(kind, stopped.error.kind) and found:
            text = hint(stopped, found) if callable(hint) else tr(hint, **found.groupdict())
            if text:
                return text
    return ""


def _syntax(stopped: Stopped, found: re.Match[str]) -> str:
    above = without_comment(stopped.row(1))
    if above.endswith(":") and depth(stopped.row()) <= depth(above) and stopped.row().strip():
        return _indent(stopped, found)
    if hint := wrong_in(stopped.row()):
        return hint
    if line := unclosed(stopped.source[: max(0, stopped.line - 1)]):
        return tr(N_("A bracket that line {line} opens is not closed."), line=line)
    # Old firmware (micro:bit) names the line behind the one that lacks something at its end.
    if hint := wrong_in(above):
        return tr(N_("In the line above: {hint}"), hint=hint)
    return tr(
        N_("Python does not understand this line, or the end of the line above: look for a "
           "missing colon, bracket or quotation mark.")
    )  # fmt: skip


def _indent(stopped: Stopped, found: re.Match[str]) -> str:
    before = "".join(line[: depth(line)] for line in stopped.source)
    if "\t" in before and " " in before:
        return tr(N_("The file mixes tabs and spaces at the beginning of lines: use 4 spaces."))
    if "unindent" in stopped.error.message:
        return tr(
            N_("Line {line} begins further left than the lines before it, but fits none of them."),
            line=misfit(stopped.source) or stopped.line,
        )
    return tr(
        N_("The line begins too far right or left: lines that belong together begin at the same "
           "place, and after a colon they begin 4 spaces further right.")
    )  # fmt: skip


def _name(stopped: Stopped, found: re.Match[str]) -> str:
    name = found["name"]
    if CURLY.search(name):
        return tr(CURLY_HINT)
    if LOOKALIKE.search(name) or " " in name:  # no sign that does not print comes to us as it is
        return tr(LOOKALIKE_HINT)
    if name in _ARDUINO:
        return _not_arduino(name)
    if name in _MODULES:
        return tr(N_("Write “import {name}” at the top of the program."), name=name)
    if name in _PARTS:
        return tr(
            N_("Write “from {module} import {name}” at the top of the program."),
            module=_PARTS[name],
            name=name,
        )
    words = set(re.findall(r"[^\W\d]\w*", "\n".join(stopped.source))) - {name}
    known = words | set(dir(builtins)) | set(keyword.kwlist)
    if near := _near(name, known):
        return tr(N_("Nothing is called “{name}”. Did you mean “{near}”?"), name=name, near=near[0])
    return tr(
        N_("Nothing is called “{name}”: give it a value first, or put a text in quotation marks."),
        name=name,
    )


def _near(name: str, known: Collection[str]) -> list[str]:
    """The known name that is nearest, where one is near; a capital letter counts for nothing."""
    same = [word for word in known if word.lower() == name.lower() and word != name]
    return same or difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.75)


def _not_arduino(name: str) -> str:
    return tr(
        N_("“{name}” belongs to Arduino. In MicroPython write: {other}"),
        name=name,
        other=_ARDUINO[name],
    )


def _module(stopped: Stopped, found: re.Match[str]) -> str:
    name = found["name"]
    first, _, rest = name.partition(".")
    if first == "stem":
        return tr(
            N_("This program needs stemkit's runtime, and the board has none yet. Put both there: "
               "stemkit deploy FILE")
        )  # fmt: skip
    if rest and first in _MODULES:
        return tr(N_("Write “from {module} import {name}”."), module=first, name=rest)
    known = (*_MODULES, *_MORE_MODULES)
    if name in known:
        return tr(
            N_("This kind of board has no module “{name}”: the program was written for another "
               "one, or the module's file must be put onto the board: stemkit deploy FILE"),
            name=name,
        )  # fmt: skip
    if near := _near(name, known):
        return tr(
            N_("The board has no module “{name}”. Did you mean “{near}”?"), name=name, near=near[0]
        )
    return tr(
        N_("The board has no module “{name}”: check how it is spelled, or put its file onto the "
           "board: stemkit deploy FILE"),
        name=name,
    )  # fmt: skip


def _member(stopped: Stopped, found: re.Match[str]) -> str:
    """A name that is not in a module or a value."""
    name = found["name"]
    if name in _ARDUINO:
        return _not_arduino(name)
    if near := _near(name, set(_MEMBERS) - {name}):
        return tr(N_("Nothing is called “{name}” there. Did you mean “{near}”?"),
                  name=name, near=near[0])  # fmt: skip
    if "module" in found[0]:
        return tr(
            N_("The module has nothing called “{name}”: check how it is spelled, and that no file "
               "of yours has the module's name."),
            name=name,
        )  # fmt: skip
    if stopped.error.kind == "ImportError":
        return tr(
            N_("The module has nothing called “{name}”: check how it is spelled, and whether the "
               "program was written for another kind of board."),
            name=name,
        )  # fmt: skip
    return tr(
        N_("This kind of value has nothing called “{name}”: check how it is spelled."), name=name
    )


def _sensor(stopped: Stopped, found: re.Match[str]) -> str:
    """A name that `stem.sensors` does not have."""
    parts = catalogue.sensors().values()
    known = {part.id for part in parts} | {q.id for part in parts for q in part.quantities}
    name = found["name"]
    near = _near(name, known) or [word for word in sorted(known) if word.startswith(name)]
    if near and name not in known:
        return tr(
            N_("No sensor is called “{name}”. Did you mean “{near}”?"), name=name, near=near[0]
        )
    return tr(
        N_("No sensor of this kit is called “{name}”: use what it measures (temp, hum, light) or "
           "the name on it (dht22)."),
        name=name,
    )  # fmt: skip


def _count(stopped: Stopped, found: re.Match[str]) -> str:
    wanted, given = found["wanted"], found["given"]
    without_self = re.compile(r"\s+def\s+\w+\s*\((?!\s*(self|cls)\b)")
    if int(given) == int(wanted) + 1 and any(map(without_self.match, stopped.source)):
        return tr(
            N_("In a class, the first name in the brackets of each function is “self”: "
               "def name(self):")
        )  # fmt: skip
    return tr(
        N_("The function needs another number of values in its brackets: {wanted}, not {given}."),
        wanted=wanted,
        given=given,
    )


def _convert(stopped: Stopped, found: re.Match[str]) -> str:
    if "NoneType" in found[0]:
        return tr(
            N_("One of the values is None: a sensor did not answer, or a function gave nothing "
               "back (no return?).")
        )  # fmt: skip
    if "tuple" in found[0]:
        return tr(N_("A comma makes two values of one: write a point in numbers (3.5, not 3,5)."))
    if "str" in found[0]:
        return tr(
            N_("A text and a number cannot be combined: turn the number into text with str(...), "
               "or the text into a number with int(...).")
        )  # fmt: skip
    return ""


_Hint = str | Callable[[Stopped, "re.Match[str]"], str]
_TABLE: Final[tuple[tuple[str, str, _Hint], ...]] = (
    # kind of error, what its message has in it (MicroPython's words), hint
    ("IndentationError", "", _indent),
    ("SyntaxError", "indent", _indent),
    ("SyntaxError", "'(return|yield|await)' outside",
     N_("“return” only makes sense inside a function (below a def, further right).")),
    ("SyntaxError", "'(break|continue)' outside",
     N_("“break” and “continue” only make sense inside a loop.")),
    ("SyntaxError", "", _syntax),
    ("NameError", "name '(?P<name>[^']*)'", _name),
    ("NameError", "local variable",
     N_("A name is used in the function before it has a value there; to change the one outside, "
        "write “global” and its name at the top of the function.")),
    ("UnboundLocalError", "", N_("A name is used in the function before it has a value there.")),
    ("ImportError|ModuleNotFoundError", "no module named '(?P<name>[^']*)'", _module),
    ("ImportError", "(can't|cannot) import name '?(?P<name>\\w+)", _member),
    ("AttributeError", "^no (?P<name>\\w+)( in /stem.json)?$", _sensor),
    ("AttributeError", "'Sensor' object has no attribute",
     N_("A sensor gives its value with read(): sensors.temp.read()")),
    ("AttributeError", "'NoneType'",
     N_("The value is None: something was not found, or a function gave nothing back.")),
    ("AttributeError", ".*no attribute '(?P<name>[^']*)'", _member),
    ("TypeError", "'str' object (doesn't|does not) support item assignment",
     N_("The letters of a text cannot be changed one by one: make a new text.")),
    ("TypeError", "'tuple' object (doesn't|does not) support item assignment",
     N_("A tuple (...) cannot be changed: use a list [...].")),
    ("TypeError", "unsupported types? for .*", _convert),
    ("TypeError", "can't convert '?(int|float)'? object to str implicitly",
     N_("A number cannot be joined to a text: write str(...) around the number.")),
    ("TypeError", "can't convert .* to (int|float)",
     N_("A number is needed here, and this value is not a number.")),
    ("TypeError", "takes (?P<wanted>\\d+) positional arguments but (?P<given>\\d+) were given",
     _count),
    ("TypeError", "missing required|(unexpected|extra) (keyword|positional)|argument",
     N_("The values in the brackets do not fit the function: compare them with its “def” line.")),
    ("TypeError", "object (isn't|is not) callable",
     N_(
         "Something that is not a function stands in front of brackets (...): a variable with a "
         "function's name? For an element of a list use [...]."
     )),
    ("TypeError", "(isn't|is not) (iterable|subscriptable)|has no len",
     N_("A list or a text is needed here, and this value is neither.")),
    ("ValueError", "invalid syntax for (integer|number|float)",
     N_(
         "The text is not a number: look at what it holds, also at spaces and commas (3.5, not "
         "3,5)."
     )),
    ("ValueError", "use a-z, 0-9 and _",
     N_("A label has only small letters without accents, digits and _: nhiet_do, not nhiệt độ.")),
    ("ValueError", "(?i)pin|gpio|adc",
     N_("The board has no such pin, or it cannot do that: look at the numbers printed on it.")),
    ("ValueError", "(not enough|too many|need more than) .*values",
     N_("The number of names on the left of = is not the number of values on its right.")),
    ("IndexError", "",
     N_("The list is shorter than that: its elements are counted from 0 to its length less 1.")),
    ("KeyError", "(?P<key>.*)", N_("The dictionary has no entry {key}.")),
    ("ZeroDivisionError", "",
     N_("Something is divided by 0: check the number below the line before dividing.")),
    ("OSError", "ENODEV|\\b19\\b",
     N_("The sensor does not answer: check its wires (power, ground, SDA, SCL) and its address.")),
    ("OSError", "ETIMEDOUT|\\b11[06]\\b",
     N_("The sensor does not answer in time: check its wires and its pin, and wait between two "
        "measurements (a DHT22 needs 2 seconds).")),
    ("OSError", "EIO|\\b5\\b",
     N_("The sensor does not answer: check its wires and that it is the right one.")),
    ("OSError", "ENOENT|\\b2\\b|file not found",
     N_("The board has no such file: check the name, or put it there: stemkit deploy FILE")),
    ("OSError", "ENOSPC|\\b28\\b", N_("The board is full: remove files that are not needed.")),
    ("MemoryError", "",
     N_("The board's memory is full: keep fewer values in lists, or restart the board.")),
    ("RuntimeError|RecursionError", "recursion",
     N_("A function calls itself again and again without an end.")),
    ("EOFError", "",
     N_("The program asks with input(), and nobody is there to answer: run it in a terminal.")),
    ("UnicodeError|UnicodeDecodeError", "",
     N_("The text has letters that are not UTF-8: save the file as UTF-8.")),
)  # fmt: skip
