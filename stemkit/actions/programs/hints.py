"""What a beginner's error means, in plain words: one row of a table for each common error."""

from __future__ import annotations

import builtins
import difflib
import keyword
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.wire.traceback import Traceback
from stemkit.words import N_, tr

_OPENERS: Final = re.compile(r"\s*(if|elif|else|for|while|def|class|try|except|finally|with)\b")
_MODULES: Final = ("time", "machine", "math", "random", "neopixel", "dht", "network", "stem")
_PARTS: Final = {"Pin": "machine", "ADC": "machine", "PWM": "machine", "I2C": "machine",
                 "SoftI2C": "machine", "Timer": "machine", "sleep": "time", "sleep_ms": "time",
                 "ticks_ms": "time", "randint": "random", "NeoPixel": "neopixel"}  # fmt: skip

_CURLY: Final = re.compile("[“”‘’]")
_CURLY_HINT: Final = N_("These quotation marks come from a text editor: use \" or ' instead.")


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
        rows = [row for row in self.source[: self.line] if row.strip() or row is self.source[-1]]
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
    above = _without_comment(stopped.row(1))
    if above.endswith(":") and _depth(stopped.row()) <= _depth(above) and stopped.row().strip():
        return _indent(stopped, found)
    return _wrong_in(_without_comment(stopped.row())) or (
        tr(N_("A bracket was opened in the line above and not closed."))
        if _open_brackets(above)
        else tr(
            N_("Python does not understand this line, or the end of the line above: look for a "
               "missing colon, bracket or quotation mark.")
        )
    )  # fmt: skip


def _without_comment(line: str) -> str:
    return line.split("#")[0].rstrip()


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _open_brackets(line: str) -> int:
    return sum(line.count(a) - line.count(b) for a, b in ("()", "[]", "{}"))


def _wrong_in(line: str) -> str:
    """What is wrong in a line that is no Python; empty where nothing is seen."""
    if _OPENERS.match(line) and not line.endswith((":", "\\", ",", "(")):
        return tr(N_("A colon (:) is missing at the end of the line."))
    if re.match(r"\s*print\s+[^=(\s]", line):
        return tr(N_("print needs brackets: print(...)."))
    if re.match(r"\s*(if|elif|while)\b[^=!<>]*[^=!<>]=[^=]", line):
        return tr(N_("To compare, write == (two equals signs); a single = stores a value."))
    if _open_brackets(line):
        return tr(N_("A bracket was opened and not closed, or closed without being opened."))
    if line.count('"') % 2 or line.count("'") % 2:
        return tr(N_("A text begins with a quotation mark and does not end with one."))
    if _CURLY.search(line):
        return tr(_CURLY_HINT)
    return ""


def _indent(stopped: Stopped, found: re.Match[str]) -> str:
    if any("\t" in line[: len(line) - len(line.lstrip())] for line in stopped.source):
        return tr(N_("The file mixes tabs and spaces at the beginning of lines: use 4 spaces."))
    if "unindent" in stopped.error.message:
        return tr(
            N_("The line begins further left than the lines before it, but fits none of them.")
        )
    return tr(
        N_("The line begins too far right or left: lines that belong together begin at the same "
           "place, and after a colon they begin 4 spaces further right.")
    )  # fmt: skip


def _name(stopped: Stopped, found: re.Match[str]) -> str:
    name = found["name"]
    if _CURLY.search(name):
        return tr(_CURLY_HINT)
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
    near = [word for word in known if word.lower() == name.lower()]
    near = near or difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    if near:
        return tr(N_("Nothing is called “{name}”. Did you mean “{near}”?"), name=name, near=near[0])
    return tr(
        N_("Nothing is called “{name}”: give it a value first, or put a text in quotation marks."),
        name=name,
    )


def _convert(stopped: Stopped, found: re.Match[str]) -> str:
    if "str" in found[0]:
        return tr(
            N_("A text and a number cannot be combined: turn the number into text with str(...), "
               "or the text into a number with int(...).")
        )  # fmt: skip
    if "NoneType" in found[0]:
        return tr(N_("One of the values is None: a function gave nothing back (no return?)."))
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
    ("ImportError|ModuleNotFoundError", "no module named '(?P<name>[^']*)'",
     N_(
         "The board has no module “{name}”: check how it is spelled, or put its file onto the "
         "board: stemkit deploy FILE"
     )),
    ("ImportError", "(can't|cannot) import name '?(?P<name>\\w+)",
     N_("The module has nothing called “{name}”: check how it is spelled.")),
    ("AttributeError", "(?:'module' object|module '.*') has no attribute '(?P<name>[^']*)'",
     N_("The module has nothing called “{name}”: check how it is spelled, and that no file of "
        "yours has the module's name.")),
    ("AttributeError", "'NoneType'",
     N_("The value is None: something was not found, or a function gave nothing back.")),
    ("AttributeError", "no attribute '(?P<name>[^']*)'",
     N_("This kind of value has nothing called “{name}”: check how it is spelled.")),
    ("TypeError", "unsupported types? for .*", _convert),
    ("TypeError", "can't convert '?(int|float)'? object to str implicitly",
     N_("A number cannot be joined to a text: write str(...) around the number.")),
    ("TypeError", "can't convert .* to (int|float)",
     N_("A number is needed here, and this value is none.")),
    ("TypeError", "takes (?P<wanted>\\d+) positional arguments but (?P<given>\\d+) were given",
     N_("The function needs another number of values in its brackets: {wanted}, not {given}.")),
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
    ("OSError", "ENOENT|\\b2\\b",
     N_("The board has no such file: check the name, or put it there: stemkit deploy FILE")),
    ("OSError", "ENOSPC|\\b28\\b", N_("The board is full: remove files that are not needed.")),
    ("MemoryError", "",
     N_("The board's memory is full: keep fewer values in lists, or restart the board.")),
    ("RuntimeError|RecursionError", "recursion",
     N_("A function calls itself again and again without an end.")),
    ("UnicodeError|UnicodeDecodeError", "",
     N_("The text has letters that are not UTF-8: save the file as UTF-8.")),
)  # fmt: skip
