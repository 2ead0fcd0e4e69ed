"""`lesson check`, before anything runs: manifest, both languages, links, pictures, size, code."""

from __future__ import annotations

import ast
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from stemkit.actions.lessons.findings import Findings, line_in
from stemkit.actions.library.errors import LessonFileMissingError
from stemkit.actions.programs.board_files import lesson_files
from stemkit.formats.lesson_text import LessonText, Target, read_text
from stemkit.model.board import BoardModel
from stemkit.model.lesson import Lesson, LessonCheck
from stemkit.model.lesson_names import CHECK, MANIFEST
from stemkit.model.sensor import SensorModel
from stemkit.words import LANGUAGES, N_

TEACHER: Final = "teacher"
WARN_BYTES: Final = 500_000
MOST_BYTES: Final = 2_000_000
MOST_PICTURE_BYTES: Final = 100_000
_PICTURES: Final = (".svg", ".webp", ".png", ".jpg", ".jpeg")
# What a drawing could bring along besides lines: code, or something from elsewhere.
_ACTIVE_SVG: Final = (b"<script", b"<foreignobject", b"javascript:", b'href="http', b"<!entity")
# Bytes that files of these kinds begin with (WebP: RIFF....WEBP).
_MAGIC: Final = {
    ".png": b"\x89PNG\r\n\x1a\n",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".webp": b"RIFF",
}


def check_files(
    folder: Path,
    lesson: Lesson,
    models: Mapping[str, BoardModel],
    sensors: Mapping[str, SensorModel],
    found: Findings,
) -> None:
    """Everything that can be seen without a board."""
    _names(folder, lesson, found)
    _needs(folder, lesson, models, sensors, found)
    _texts(folder, found)
    _size(folder, found)
    _programs(folder, lesson, models, found)


def check_labels(folder: Path, lesson: Lesson, check: LessonCheck, found: Findings) -> None:
    """The manifest and `check.toml` must speak of the same channels and boards."""
    told = {channel.label for channel in lesson.channels}
    demanded = {seen.label for seen in check.channels}
    path = folder / CHECK
    for number, seen in enumerate(check.channels):
        if seen.label not in told:
            line = line_in(path, "channel", number, "label")
            found.wrong(path, line, N_("lesson.toml has no channel “{label}”."), label=seen.label)
    for label in sorted(told - demanded):
        found.wrong(path, 1, N_("Nothing is demanded of the channel “{label}”."), label=label)
    if check.scenario and not (folder / check.scenario).is_file():
        line = line_in(path, "scenario")
        found.wrong(path, line, N_("There is no file {name} here."), name=check.scenario)
    demands = [("channel", number, seen.boards) for number, seen in enumerate(check.channels)]
    demands += [("response", number, one.boards) for number, one in enumerate(check.responses)]
    for kind, number, boards in demands:
        for board in boards:
            if board not in lesson.needs.boards:
                message = N_("“{board}” is not among the boards that the lesson names.")
                line = line_in(path, kind, number, "boards", boards.index(board))
                found.wrong(path, line, message, board=board)


def lesson_paths(folder: Path) -> Iterator[Path]:
    """Every file of a lesson, in a fixed order; hidden ones and `__pycache__` are no part of it."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not any(part.startswith(".") or part == "__pycache__" for part in parts) and (
            path.is_symlink() or not path.is_dir()
        ):
            yield path


def _names(folder: Path, lesson: Lesson, found: Findings) -> None:
    if folder.resolve().name != lesson.id:
        # A copy may be called anything; but it may also be another lesson's, begun as a copy.
        message = N_("“id” is “{id}”, but the folder is called {folder}.")
        path = folder / MANIFEST
        line, name = line_in(path, "id"), folder.resolve().name
        found.better(path, line, message, id=lesson.id, folder=name)
    lower: dict[str, Path] = {}
    for path in lesson_paths(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file():
            found.wrong(path, 1, N_("This is not a plain file: it cannot go with the lesson."))
        if not name.isascii() or any(c in '<>:"|?*\\' or not c.isprintable() for c in name):
            found.wrong(path, 1, N_("Use plain letters without accents in names of files."))
        if name.lower() in lower:
            message = N_("On some computers this is the same name as {other}.")
            found.wrong(path, 1, message, other=lower[name.lower()].name)
        lower[name.lower()] = path


def _needs(
    folder: Path,
    lesson: Lesson,
    models: Mapping[str, BoardModel],
    sensors: Mapping[str, SensorModel],
    found: Findings,
) -> None:
    path = folder / MANIFEST
    _computer(folder, lesson, found)
    for number, board in enumerate(lesson.needs.boards):
        if board not in models:
            message = N_("There is no kind of board “{board}”. Choose from: {known}")
            line = line_in(path, "needs", "boards", number)
            found.wrong(path, line, message, board=board, known=", ".join(models))
    for number, part in enumerate(lesson.needs.parts):
        if part not in sensors:
            message = N_("There is no part “{part}”. Choose from: {known}")
            line = line_in(path, "needs", "parts", number)
            found.wrong(path, line, message, part=part, known=", ".join(sensors))
    measured = {quantity.id for sensor in sensors.values() for quantity in sensor.quantities}
    for number, quantity in enumerate(lesson.needs.measures):
        if quantity not in measured:
            message = N_("No sensor measures “{quantity}”. Choose from: {known}")
            line, known = line_in(path, "needs", "measures", number), ", ".join(sorted(measured))
            found.wrong(path, line, message, quantity=quantity, known=known)


def _computer(folder: Path, lesson: Lesson, found: Findings) -> None:
    """A lesson runs somewhere: on a board, or as a program of the computer that is there."""
    path = folder / MANIFEST
    if lesson.computer is None:
        if not lesson.needs.boards:
            message = N_("It names no board, and no program for a computer either.")
            found.wrong(path, line_in(path, "needs", "boards"), message)
        return
    program = folder / lesson.computer.program
    if not program.is_file():
        message = N_("There is no file {name} in the lesson.")
        found.wrong(path, line_in(path, "computer"), message, name=lesson.computer.program)


def _texts(folder: Path, found: Findings) -> None:
    for name in ("{}/lesson.md", f"{TEACHER}/{{}}.md"):
        read = {
            language: _text(folder, folder / name.format(language), found) for language in LANGUAGES
        }
        texts = {language: text for language, text in read.items() if text is not None}
        if len(texts) < len(LANGUAGES):
            continue
        vi, en = (texts[language] for language in ("vi", "en"))
        path = folder / name.format("en")
        if [h.level for h in vi.headings] != [h.level for h in en.headings]:
            line = next(
                (
                    e.line
                    for v, e in zip(vi.headings, en.headings, strict=False)
                    if v.level != e.level
                ),
                (en.headings or vi.headings)[-1].line,
            )
            message = N_("The headings are not those of the Vietnamese text ({vi} and {en}).")
            found.wrong(path, line, message, vi=len(vi.headings), en=len(en.headings))
        pictures = [sum(t.is_picture for t in text.targets) for text in (vi, en)]
        if pictures[0] != pictures[1]:
            message = N_("There are {vi} pictures in the Vietnamese text and {en} in the English.")
            found.wrong(path, 1, message, vi=pictures[0], en=pictures[1])


def _text(folder: Path, path: Path, found: Findings) -> LessonText | None:
    if not path.is_file():
        found.wrong(path, 1, N_("This text is missing: a lesson is in both languages."))
        return None
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found.wrong(path, line, N_("These bytes are not text in UTF-8."))
        return None
    for number, row in enumerate(text.split("\n"), 1):
        if not unicodedata.is_normalized("NFC", row):
            found.wrong(path, number, N_("Accents are written apart from their letters (not NFC)."))
    read = read_text(text)
    if not read.headings or read.headings[0].level != 1:
        found.wrong(path, 1, N_("The text must begin with a title (“# ...”)."))
    for line in read.html_lines:
        found.wrong(path, line, N_("HTML is not shown in handouts: write it as Markdown."))
    for target in read.targets:
        _target(folder, path, target, found)
    return read


def _target(folder: Path, text: Path, target: Target, found: Findings) -> None:
    if target.is_faraway:
        if target.is_picture:
            message = N_("A picture must be in the lesson's folder: clubs have no internet.")
            found.wrong(text, target.line, message)
        return
    name = target.path.partition("#")[0]
    if not name:
        return
    path = text.parent / name
    inside = path.resolve().is_relative_to(folder.resolve())
    if not inside or not path.is_file():
        message = N_("There is no file {name} in the lesson.")
        found.wrong(text, target.line, message, name=target.path)
    elif target.is_picture:
        _picture(text, target.line, path, found)


def _picture(text: Path, line: int, path: Path, found: Findings) -> None:
    ending = path.suffix.lower()
    if ending not in _PICTURES:
        message = N_("{name} is not a picture that every computer can show: use {kinds}.")
        found.wrong(text, line, message, name=path.name, kinds=", ".join(_PICTURES))
        return
    data = path.read_bytes()
    if len(data) > MOST_PICTURE_BYTES:
        message = N_("{name} has {size} bytes; a picture may have at most {most}.")
        found.wrong(text, line, message, name=path.name, size=len(data), most=MOST_PICTURE_BYTES)
    if ending == ".svg":
        if b"<svg" not in data or any(word in data.lower() for word in _ACTIVE_SVG):
            message = N_("{name} is not a plain drawing: it holds code or calls something else.")
            found.wrong(text, line, message, name=path.name)
    elif not data.startswith(_MAGIC[ending]):
        found.wrong(text, line, N_("{name} is not what its ending says."), name=path.name)


def _size(folder: Path, found: Findings) -> None:
    size = sum(
        path.stat().st_size
        for path in lesson_paths(folder)
        if path.is_file() and path.relative_to(folder).parts[0] != TEACHER
    )
    if size > MOST_BYTES:
        found.wrong(folder, 1, N_(
            "This file has {size} bytes; at most {most} are allowed."
        ), size=size,
                    most=MOST_BYTES)  # fmt: skip
    elif size > WARN_BYTES:
        message = N_(
            "This file has {size} bytes, which takes long over a slow line: better stay below "
            "{most}."
        )
        found.better(folder, 1, message, size=size, most=WARN_BYTES)


def _programs(
    folder: Path, lesson: Lesson, models: Mapping[str, BoardModel], found: Findings
) -> None:
    """Files for every board are there; the micro:bit V1's old MicroPython can read them."""
    manifest = folder / MANIFEST
    for program in lesson_paths(folder):
        if program.suffix == ".py" and program.is_file():
            _python(program, found)
    for board in lesson.needs.boards:
        if board not in models:
            continue
        try:
            files = lesson_files(folder, lesson, models[board])
        except LessonFileMissingError as error:
            if error.fields["path"] in [one.file for one in lesson.dependencies]:
                continue  # `check_dependencies` says how to bring it.
            message = N_("There is no file {name} in the lesson.")
            name = error.fields["path"]
            lines = [n for n, one in enumerate(lesson.deploy) if one.source == name]
            line = line_in(manifest, "deploy", lines[0], "from") if lines else 1
            found.wrong(manifest, line, message, name=name)
            continue
        if "main.py" not in files:
            line = line_in(manifest, "deploy", 0)
            found.wrong(manifest, line, N_("{board} gets no main.py."), board=board)
        if models[board].family == "microbit" and any("/" in path for path in files):
            message = N_("{board} has no folders: every file must be at the top.")
            lines = [n for n, one in enumerate(lesson.deploy) if "/" in one.target]
            line = line_in(manifest, "deploy", lines[0], "to") if lines else 1
            found.wrong(manifest, line, message, board=board)
        if board == "microbit-v1":
            for path, data in files.items():
                if path.endswith(".py"):
                    _old_python(folder, path, data, found)


def _python(path: Path, found: Findings) -> None:
    """What no Python can read, no board can; the boards tell the rest."""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        reason = getattr(error, "msg", None) or str(error) or type(error).__name__
        found.wrong(path, line, N_("Python cannot read this: {reason}"), reason=reason)


def _old_python(folder: Path, path: str, data: bytes, found: Findings) -> None:
    # MicroPython's release notes: f-strings came with 1.17, := with 1.12; the V1 has 1.9.2.
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # `_python` tells
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.NamedExpr):
            message = N_("{file}: the micro:bit V1 knows neither f-strings nor “:=”.")
            found.wrong(folder, node.lineno, message, file=path)
