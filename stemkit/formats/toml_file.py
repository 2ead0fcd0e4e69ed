"""Read a TOML data file key by key and collect every mistake with its line.

A parser takes each key that it knows from a `Table`; a wrong value is noted and a harmless one
returned, so that reading goes on. `finish` then raises `DataFileError` with everything that was
noted, keys that nobody took included.
"""

from __future__ import annotations

import difflib
import enum
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from stemkit.formats.errors import DataFileError
from stemkit.formats.mistakes import Mistake, Mistakes
from stemkit.formats.toml_lines import Path, deep_key, lines_of
from stemkit.model.text import Text
from stemkit.words import N_

E = TypeVar("E", bound=enum.StrEnum)
N = TypeVar("N", int, float)

_ENDLESS_NUMBER: Final = re.compile(r"[0-9_]{1000}")
_MOST_SYNTAX_MISTAKES: Final = 20
_MOST_MISTAKES: Final = 200
_MOST_COMPARED: Final = 50
"""Unknown keys of a table for which a known one like it is looked for."""
_LARGEST_BYTES: Final = 256 << 10
"""Twenty times the longest that a person wrote here; one made to harm would take minutes."""


class TomlFile:
    """One TOML file while it is read. `path` is how the person knows it; `root` its top table."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        self.mistakes: list[Mistake] = []
        self.broken = False
        """Part of the file could not be read, so a key that is not found may well be there."""
        text, content = self._parsed(data)
        self.lines = lines_of(text)
        self.root = Table(self, (), content)
        self._tables = [self.root]

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def wrong(self, path: Path, message: str, /, **fields: object) -> None:
        """Note a mistake at `path`; `message` is marked with `N_`."""
        self.mistakes.append(Mistake(self.path, self.line(path), message, fields))

    def register(self, table: Table) -> None:
        """Have `finish` look for keys of `table` that nobody took."""
        self._tables.append(table)

    def finish(self) -> None:
        """Raise `DataFileError` if there is any mistake."""
        for table in self._tables:
            table.note_unknown()
        if self.mistakes:
            found = sorted(dict.fromkeys(map(_Comparable, self.mistakes)), key=lambda m: m.order)
            told = [m.mistake for m in found[:_MOST_MISTAKES]]
            if len(found) > len(told):
                message = N_("There are {count} more mistakes from here on.")
                line = found[len(told)].mistake.line
                told.append(Mistake(self.path, line, message, {"count": len(found) - len(told)}))
            raise DataFileError(path=self.path, mistakes=Mistakes(told))

    def _parsed(self, data: bytes) -> tuple[str, dict[str, Any]]:
        try:
            text = data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            self.broken = True
            line = data.count(b"\n", 0, error.start) + 1
            self.mistakes.append(Mistake(self.path, line, N_("These bytes are not text in UTF-8.")))
            text = data.decode("utf-8", "replace")
        text = self._without_harm(data, text)
        while True:
            try:
                return text, tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                text = self._without_bad_line(text, str(error))
            except ValueError:  # sys.get_int_max_str_digits()
                text = self._without_endless_number(text)
            except RecursionError:
                self.broken = True
                message = N_("Lists or tables are nested too deeply.")
                self.mistakes.append(Mistake(self.path, 1, message))
                text = ""

    def _without_harm(self, data: bytes, text: str) -> str:
        """The text; none of it where to read it would take far too long."""
        deep = deep_key(text) if len(data) <= _LARGEST_BYTES else None
        if deep is not None:
            message = N_("Lists or tables are nested too deeply.")
            self.mistakes.append(Mistake(self.path, deep, message))
        elif len(data) > _LARGEST_BYTES:
            message = N_("The file is larger than {most} bytes.")
            self.mistakes.append(Mistake(self.path, 1, message, {"most": _LARGEST_BYTES}))
        else:
            return text
        self.broken = True
        return ""

    def _without_endless_number(self, text: str) -> str:
        self.broken = True
        found = _ENDLESS_NUMBER.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else 1
        self.mistakes.append(Mistake(self.path, line, N_("A number has too many digits.")))
        return ""

    def _without_bad_line(self, text: str, reason: str) -> str:
        """Note a syntax mistake; the text with that line emptied, so that reading can go on."""
        from stemkit.formats.toml_reasons import toml_reason  # few files need it

        self.broken = True
        rows = text.split("\n")
        found = re.search(r"\(at line (\d+), column \d+\)", reason)
        line = int(found.group(1)) if found else len(rows)
        what = re.sub(r" \(at .*\)$", "", reason)
        self.mistakes.append(
            Mistake(
                self.path,
                line,
                N_("This is not valid TOML: {reason}."),
                {"reason": toml_reason(what)},
            )
        )
        if line > len(rows) or not rows[line - 1].strip():
            return ""
        if len(self.mistakes) >= _MOST_SYNTAX_MISTAKES:
            return ""
        rows[line - 1] = ""
        return "\n".join(rows)


class _Comparable:
    """A mistake by what it tells, so that the same one is told once."""

    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake
        self.order = (mistake.line, mistake.message, sorted(map(str, mistake.fields.values())))

    def __hash__(self) -> int:
        return hash(str(self.order))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Comparable) and self.order == other.order


class Table:
    """A table of the file. Every method takes a key out of it and checks the value's kind."""

    def __init__(self, file: TomlFile, path: Path, content: Mapping[str, Any]) -> None:
        self.file = file
        self.path = path
        self.content = content
        self.taken: set[str] = set()
        self._missing: dict[str, Mistake] = {}

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def __iter__(self) -> Iterator[str]:
        """The keys that are there, in the file's order."""
        return iter(self.content)

    def wrong(self, key: str, message: str, /, **fields: object) -> None:
        """Note a mistake at `key` of this table."""
        self.file.wrong((*self.path, key), message, **fields)

    def take(self, key: str, *, optional: bool = False) -> Any:
        """The raw value, or None where it is not there (a mistake unless `optional`)."""
        self.taken.add(key)
        if key in self.content:
            return self.content[key]
        if not optional and not self.file.broken and key not in self._missing:
            self.file.wrong(self.path, N_("“{key}” is missing."), key=self._shown(key))
            self._missing[key] = self.file.mistakes[-1]
        return None

    def string(self, key: str, default: str | None = None, pattern: str = "") -> str:
        """A text that is not empty; `default` where it is not there."""
        value = self.take(key, optional=default is not None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, N_("“{key}” must be a text that is not empty."), key=self._shown(key))
            return default or ""
        if pattern and not re.fullmatch(pattern, value):
            self.wrong(
                key,
                N_("“{key}” cannot be “{value}”: it must look like {pattern}."),
                key=self._shown(key),
                value=value,
                pattern=pattern,
            )
        return value

    def boolean(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self.take(key, optional=default is not None)
        if isinstance(value, bool):
            return value
        if value is not None:
            self.wrong(key, N_("“{key}” must be true or false."), key=self._shown(key))
        return bool(default)

    def integer(
        self, key: str, default: int | None = None, *, low: int = 0, high: int = 2**63 - 1
    ) -> int:
        """A whole number from `low` to `high`."""
        value = self.take(key, optional=default is not None)
        if value is None:
            return default if default is not None else low
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(key, N_("“{key}” must be a whole number."), key=self._shown(key))
            return default if default is not None else low
        return self._between(key, value, low, high)

    def number(
        self, key: str, default: float | None = None, *, low: float = -1e12, high: float = 1e12
    ) -> float:
        """A number from `low` to `high`."""
        value = self.take(key, optional=default is not None)
        if value is None:
            return default or 0.0
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.wrong(key, N_("“{key}” must be a number."), key=self._shown(key))
            return default or 0.0
        return self._between(key, float(value), low, high)

    def integers(self, key: str, *, low: int = 0, high: int = 2**63 - 1) -> tuple[int, ...]:
        """A list of whole numbers, each once; empty where it is not there."""
        found: list[int] = []
        for number, value in enumerate(self._list(key)):
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                self.file.wrong(
                    (*self.path, key, number),
                    N_("“{key}” holds {value}, which is not a whole number from {low} to {high}."),
                    key=self._shown(key),
                    value=_value_shown(value),
                    low=low,
                    high=high,
                )
            elif value in found:
                self._twice(key, number, value)
            else:
                found.append(value)
        return tuple(found)

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of texts, each once; empty where it is not there."""
        found: list[str] = []
        for number, value in enumerate(self._list(key)):
            if not isinstance(value, str) or not value.strip():
                self.file.wrong(
                    (*self.path, key, number),
                    N_("“{key}” must hold texts that are not empty."),
                    key=self._shown(key),
                )
            elif value in found:
                self._twice(key, number, value)
            else:
                found.append(value)
        return tuple(found)

    def choice(self, key: str, choices: type[E]) -> E:
        """One of the words of an enumeration."""
        allowed = [str(c) for c in choices]
        value = self.word(key, allowed)
        return choices(value)

    def word(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of the words `allowed`; the first of them where it is wrong."""
        value = self.take(key, optional=default is not None)
        if value is None:
            return default if default is not None else allowed[0]
        if value in allowed:
            return str(value)
        self.wrong(
            key,
            N_("“{key}” cannot be {value}: it must be one of {allowed}."),
            key=self._shown(key),
            value=_value_shown(value),
            allowed=", ".join(allowed),
        )
        return allowed[0]

    def text(self, key: str) -> Text:
        """A text in both languages: `key.vi` and `key.en`."""
        table = self.table(key)
        return Text(table.string("vi"), table.string("en"))

    def table(self, key: str, *, optional: bool = False) -> Table:
        """A table below this one; an empty one where it is not there or is none."""
        value = self.take(key, optional=optional)
        if value is not None and not isinstance(value, dict):
            self.wrong(key, N_("“{key}” must be a table."), key=self._shown(key))
            value = None
        made = Table(self.file, (*self.path, key), value or {})
        if value is None:
            return _Absent(self.file, made.path, {})
        self.file.register(made)
        return made

    def tables(self, key: str) -> list[Table]:
        """A list of tables (`[[key]]`); empty where it is not there."""
        found = []
        for number, value in enumerate(self._list(key)):
            path = (*self.path, key, number)
            if isinstance(value, dict):
                found.append(Table(self.file, path, value))
                self.file.register(found[-1])
            else:
                self.file.wrong(path, N_("“{key}” must hold tables."), key=self._shown(key))
        return found

    def note_unknown(self) -> None:
        """Note every key that nobody took."""
        unknown = [key for key in self.content if key not in self.taken]
        for number, key in enumerate(unknown):
            compared = self.taken if number < _MOST_COMPARED else ()
            near = difflib.get_close_matches(key, compared, n=1)
            if near and near[0] in self._missing:
                # The misspelt key is the missing one: one mistake, told once.
                self.file.mistakes.remove(self._missing.pop(near[0]))
            if near:
                self.wrong(
                    key,
                    N_("“{key}” is not known here. Did you mean “{near}”?"),
                    key=self._shown(key),
                    near=near[0],
                )
            else:
                self.wrong(key, N_("“{key}” is not known here."), key=self._shown(key))

    def _list(self, key: str) -> list[Any]:
        value = self.take(key, optional=True)
        if value is None or isinstance(value, list):
            return value or []
        self.wrong(key, N_("“{key}” must be a list."), key=self._shown(key))
        return []

    def _twice(self, key: str, number: int, value: object) -> None:
        self.file.wrong(
            (*self.path, key, number),
            N_("“{key}” holds {value} twice."),
            key=self._shown(key),
            value=value,
        )

    def _between(self, key: str, value: N, low: float, high: float) -> N:
        # Written so that a NaN is refused too.
        if not low <= value <= high:
            self.wrong(
                key,
                N_("“{key}” is {value}, but must be from {low} to {high}."),
                key=self._shown(key),
                value=value,
                low=low,
                high=high,
            )
        return value

    def _shown(self, key: str) -> str:
        return ".".join(str(part) for part in (*self.path, key))


class _Absent(Table):
    """A table that is not there: reading from it is no second mistake."""

    def take(self, key: str, *, optional: bool = False) -> Any:
        self.taken.add(key)
        return None


def _value_shown(value: object) -> str:
    shown = f"“{value}”" if isinstance(value, str) else str(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
