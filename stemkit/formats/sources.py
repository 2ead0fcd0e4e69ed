"""The `[sources]` table of a data file: where each of its facts was read.

`[sources]` maps a fact (its dotted path in the file, or a table that holds it) to the document or
address that says so, or to a list of them. `"unverified: reason"` says that none could be named.
A fact that is not covered is a mistake, and so is a source for a fact that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stemkit.formats.toml_file import Table
from stemkit.words import N_

UNVERIFIED: Final = "unverified:"

# What a file says about itself rather than about the thing.
_NO_FACTS: Final = frozenset({"id", "name", "sources"})

Sources = Mapping[str, tuple[str, ...]]


def take_sources(root: Table) -> tuple[Sources, Mapping[str, str]]:
    """Sources by fact, and the reasons of the facts that are marked unverified."""
    table = root.table("sources")
    sources: dict[str, tuple[str, ...]] = {}
    unverified: dict[str, str] = {}
    for fact in table:
        given = _given(table, fact)
        reasons = [row[len(UNVERIFIED) :].strip() for row in given if row.startswith(UNVERIFIED)]
        if reasons:
            unverified[fact] = " ".join(reasons)
        rest = tuple(row for row in given if not row.startswith(UNVERIFIED))
        if rest:
            sources[fact] = rest
        if not _there(root.content, fact):
            table.wrong(
                fact, N_("There is no “{fact}” in this file to give a source for."), fact=fact
            )
    covered = {*sources, *unverified}
    for path in _facts(root.content, ()):
        if not any(".".join(path[:n]) in covered for n in range(1, len(path) + 1)):
            message = N_("“{fact}” has no source: add one to [sources], or “unverified: why”.")
            root.file.wrong(_real(root.content, path), message, fact=".".join(path))
    return sources, unverified


def _given(table: Table, fact: str) -> tuple[str, ...]:
    if isinstance(table.content[fact], list):
        return table.strings(fact)
    return (table.string(fact),)


def _facts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Paths of the values that are neither table nor list of tables; positions as text."""
    if isinstance(value, dict):
        for key, below in value.items():
            if path or key not in _NO_FACTS:
                yield from _facts(below, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, below in enumerate(value):
            yield from _facts(below, (*path, str(number)))
    else:
        yield path


def _there(content: Mapping[str, Any], fact: str) -> bool:
    value: Any = content
    for key in fact.split("."):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return False
    return True


def _real(content: Mapping[str, Any], path: tuple[str, ...]) -> tuple[str | int, ...]:
    """`path` with list positions as numbers again."""
    value: Any = content
    real: list[str | int] = []
    for key in path:
        step: str | int = int(key) if isinstance(value, list) else key
        value = value[step]
        real.append(step)
    return tuple(real)
