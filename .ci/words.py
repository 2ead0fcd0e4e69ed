"""Translations: `update` the .po files from the code, `check` them, `compile` them to .mo.

One `stemkit/locale/<language>/<room>.po` for each room of the house (and `click.po` for the
sentences of the command line library), so that two people who work in two rooms edit two files.
`compile` merges them into the one `.mo` that is loaded at run time and is not kept in git.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import unicodedata
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "stemkit"
LOCALE = PACKAGE / "locale"
LANGUAGES = ("vi",)
KEYWORDS = {"tr": None, "N_": None, "ntr": (1, 2)}
CLICK_KEYWORDS = {"_": None, "ngettext": (1, 2)}


def rooms() -> dict[str, list[Path]]:
    """Room name to its source files or folders; single modules on the ground are one room."""
    found: dict[str, list[Path]] = {"ground": []}
    for path in sorted(PACKAGE.iterdir()):
        if path.suffix == ".py":
            found["ground"].append(path)
        elif path.is_dir() and (path / "__init__.py").is_file():
            found[path.name] = [path]
    return found


def extracted() -> dict[str, Catalog]:
    """The sentences that the code holds now, one catalogue a room."""
    catalogues = {}
    for room, paths in rooms().items():
        catalogues[room] = Catalog(charset="utf-8")
        for path in paths:
            _collect(catalogues[room], path, KEYWORDS)
    import click

    catalogues["click"] = Catalog(charset="utf-8")
    _collect(catalogues["click"], Path(click.__file__).parent, CLICK_KEYWORDS)
    return {room: catalogue for room, catalogue in catalogues.items() if len(catalogue)}


def _collect(catalogue: Catalog, path: Path, keywords: dict[str, tuple[int, ...] | None]) -> None:
    if path.is_dir():
        rows = [
            (message, comments)
            for _, _, message, comments, _ in extract_from_dir(
                str(path), [("**.py", "python")], {}, keywords, ("Translators:",)
            )
        ]
    else:
        rows = [
            (message, comments)
            for _, message, comments, _ in extract_from_file(
                "python", str(path), keywords, ("Translators:",)
            )
        ]
    for message, comments in rows:
        catalogue.add(message, auto_comments=comments)


def po_path(language: str, room: str) -> Path:
    return LOCALE / language / f"{room}.po"


def load(language: str, room: str) -> Catalog:
    path = po_path(language, room)
    if not path.is_file():
        return Catalog(locale=language, charset="utf-8")
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


def update() -> None:
    """Add new sentences (untranslated) and drop stale ones; translations that fit are kept."""
    sources = extracted()
    for language in LANGUAGES:
        for stale in set(LOCALE.joinpath(language).glob("*.po")) - {
            po_path(language, room) for room in sources
        }:
            stale.unlink()
        for room, source in sources.items():
            kept = load(language, room)
            fresh = Catalog(locale=language, charset="utf-8", header_comment="", fuzzy=False)
            for message in source:
                if not message.id:
                    continue
                old = kept.get(message.id)
                fresh.add(
                    message.id,
                    unicodedata.normalize("NFC", old.string)
                    if old and isinstance(old.string, str)
                    else (old.string if old else ""),
                    auto_comments=message.auto_comments,
                )
            _write(language, room, fresh)


def _write(language: str, room: str, catalogue: Catalog) -> None:
    out = io.BytesIO()
    write_po(out, catalogue, no_location=True, sort_output=True, omit_header=True, width=100)
    path = po_path(language, room)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out.getvalue())


def faults(language: str) -> list[str]:
    """What is wrong with a language's files, a line each; empty where all is well."""
    found: list[str] = []
    meanings: dict[object, object] = {}
    sources = extracted()
    for room, source in sources.items():
        catalogue = load(language, room)
        wanted = {_key(m) for m in source if m.id}
        found += [f"{room}: stale: {m.id!r}" for m in catalogue if m.id and _key(m) not in wanted]
        for message in source:
            if message.id:
                found += _message_faults(room, message, catalogue.get(message.id), meanings)
    for path in sorted(LOCALE.joinpath(language).glob("*.po")):
        if path.stem not in sources:
            found.append(f"{path.name}: belongs to no room")
        if path.read_text("utf-8") != unicodedata.normalize("NFC", path.read_text("utf-8")):
            found.append(f"{path.name}: not in NFC")
    return found


def _key(message: Message) -> object:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def _message_faults(
    room: str, source: Message, message: Message | None, meanings: dict[object, object]
) -> list[str]:
    if message is None or not message.string or not all(_strings(message)):
        return [f"{room}: missing: {source.id!r}"]
    if meanings.setdefault(_key(source), message.string) != message.string:
        return [f"{room}: another room translates it differently: {source.id!r}"]
    wanted = _fields(source.id if isinstance(source.id, str) else source.id[-1])
    return [
        f"{room}: fields {sorted(wanted)} expected: {text!r}"
        for text in _strings(message)
        if _fields(text) != wanted
    ]


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)[^{}]*\}|%\((\w+)\)", text.replace("{{", "")))  # type: ignore[arg-type]


def compile_catalogues() -> None:
    """Merge each language's files into the one that is loaded at run time."""
    for language in LANGUAGES:
        whole = Catalog(locale=language, charset="utf-8")
        for path in sorted(LOCALE.joinpath(language).glob("*.po")):
            for message in read_po(io.BytesIO(path.read_bytes()), locale=language):
                if message.id and message.string:
                    whole.add(message.id, message.string)
        out = io.BytesIO()
        write_mo(out, whole)
        target = LOCALE / language / "LC_MESSAGES" / "stemkit.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_file() or target.read_bytes() != out.getvalue():
            target.write_bytes(out.getvalue())


def unseen() -> list[str]:
    """Sentences within f-strings: whether they are extracted hangs on Python's version."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = (
            part
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.JoinedStr)
            for part in ast.walk(node)
        )
        found += [
            f"{path.relative_to(ROOT)}:{part.lineno}: in an f-string: {ast.unparse(part)}"
            for part in inside
            if isinstance(part, ast.Call)
            and isinstance(part.func, ast.Name)
            and part.func.id in ("N_", "ntr")
        ]
    return found


def main(argv: list[str]) -> int:
    if argv == ["update"]:
        update()
        compile_catalogues()
    elif argv == ["compile"]:
        compile_catalogues()
    elif argv != ["check"]:
        print("usage: words.py update|check|compile", file=sys.stderr)
        return 2
    rows = unseen()
    rows += [f"{language}/{row}" for language in LANGUAGES for row in faults(language)]
    print("\n".join(rows) or "translations: complete")
    return 1 if rows and argv == ["check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
