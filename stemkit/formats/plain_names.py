"""Names that every computer and every tool can have: plain ASCII letters, digits, `.`, `_`, `-`."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from stemkit.formats.archive_names import unsafe_name

_OTHER: Final = re.compile(r"[^A-Za-z0-9._-]+")
# Letters that Unicode does not take apart into a plain one and a mark.
_LETTERS: Final = str.maketrans({"đ": "d", "Đ": "D", "ø": "o", "ł": "l", "ß": "ss", "æ": "ae"})
_LONGEST: Final = 60
# With the package's own folders a path must stay within what `archive_names` lets through.
_LONGEST_PATH: Final = 160
_DEEPEST: Final = 12


def plain_name(name: str) -> str:
    """`Con lắc đơn.jpg` -> `Con-lac-don.jpg`; `x` where nothing is left."""
    apart = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    letters = "".join(c for c in apart if not unicodedata.combining(c))
    stem, dot, ending = _OTHER.sub("-", letters).rstrip("-. ").rpartition(".")
    if dot and len(ending) <= 10:
        plain = f"{stem.strip('-.')[:_LONGEST].strip('-.') or 'x'}.{ending.strip('-') or 'x'}"
    else:
        plain = f"{stem}{dot}{ending}".strip("-.")[:_LONGEST].strip("-.") or "x"
    return plain if unsafe_name(plain) is None else f"x-{plain}"


def plain_paths(paths: Iterable[str]) -> dict[str, str]:
    """Each path -> a plain one, no two of which are one on a case-blind file system.

    The result depends on the paths alone, not on their order.
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    found = {}
    # Those that are plain already keep their names whatever else is there.
    for path in sorted(set(paths), key=lambda path: (path != _each(path), path.encode())):
        folder = ""
        parts = _within(path.split("/"))
        for depth, part in enumerate(parts):
            own = "/".join(parts[: depth + 1])
            if own not in given:
                given[own] = _free(f"{folder}{plain_name(part)}", taken)
            folder = given[own] + "/"
        found[path] = given[own]
    return found


def _within(parts: list[str]) -> list[str]:
    """The parts of a path; what lies too deep for some computers comes nearer, folder by folder."""
    length = sum(len(plain_name(part)) + 1 for part in parts)
    if len(parts) <= _DEEPEST and length <= _LONGEST_PATH:
        return parts
    number = hashlib.sha256("/".join(parts[:-1]).encode("utf-8", "replace")).hexdigest()[:8]
    return [parts[0], f"deep-{number}", parts[-1]]


def _each(path: str) -> str:
    return "/".join(map(plain_name, path.split("/")))


def _free(path: str, taken: set[str]) -> str:
    stem, dot, ending = path.rpartition(".")
    if not dot or "/" in ending:
        stem, ending = path, ""
    wanted, number = path, 1
    while wanted.lower() in taken:
        number += 1
        wanted = f"{stem}-{number}.{ending}" if ending else f"{stem}-{number}"
    taken.add(wanted.lower())
    return wanted
