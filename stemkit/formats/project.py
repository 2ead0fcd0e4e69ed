"""`project.toml` -> `Project`, and a new one written."""

from __future__ import annotations

import json
import re
from datetime import date

from stemkit.formats.archive_names import unsafe_name
from stemkit.formats.toml_file import Table, TomlFile
from stemkit.model.project import Part, Person, ProgramRun, Project
from stemkit.words import N_

_LONGEST_RUN_S = 600.0
_SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")


def parse_project(data: bytes, path: str) -> Project:
    """Read `project.toml`; raises `DataFileError` with every mistake and its line."""
    file = TomlFile(data, path)
    root = file.root
    people = [_person(table, "member") for table in root.tables("member")]
    people += [_person(table, "supervisor") for table in root.tables("supervisor")]
    found = Project(
        title=_line(root, "title", None),
        question=_line(root, "question", ""),
        language=root.word("language", ["vi", "en"], "vi"),
        club=_line(root, "club", ""),
        board=root.string("board", "") if root.content.get("board") else _empty(root, "board"),
        contest=root.string("contest", "")
        if root.content.get("contest")
        else _empty(root, "contest"),
        date=_day(root),
        licence=_licence(root),
        keywords=root.strings("keywords"),
        people=tuple(people),
        parts=tuple(_part(table) for table in root.tables("part")),
        program=_program(root.table("program", optional=True)),
    )
    file.finish()
    return found


def new_project_toml(project: Project) -> str:
    """`project.toml` of a new project, with every key, also those that are still empty."""
    vi = project.language == "vi"
    rows = [
        _remark(vi, "Mô tả dự án. Chỉ những gì gõ ở đây mới vào gói dự thi.",
                "About the project. Only what is typed here goes into the package."),
        f"title = {_quoted(project.title)}",
        _remark(vi, "Câu hỏi mà phép đo trả lời.", "The question that the measurement answers."),
        f"question = {_quoted(project.question)}",
        f"language = {_quoted(project.language)}",
        f"club = {_quoted(project.club)}",
        _remark(vi, "Loại bo mạch (xem: stemkit sim start --help).",
                "The kind of board (see: stemkit sim start --help)."),
        f"board = {_quoted(project.board)}",
        _remark(vi, "Cuộc thi (xem: stemkit project contests).",
                "The contest (see: stemkit project contests)."),
        f"contest = {_quoted(project.contest)}",
        _remark(vi, "Ngày ghi trong gói.", "The day that stands in the package."),
        f"date = {project.date}",
        _remark(vi, "Người khác được dùng bài của nhóm theo điều kiện nào (mã SPDX).",
                "On which terms others may use the work (an SPDX identifier)."),
        f"licence = {_quoted(project.licence)}",
        f"keywords = [{', '.join(map(_quoted, project.keywords))}]",
        "",
        "[program]",
        _remark(vi, "Kịch bản cho bo mạch ảo, ví dụ \"program/scenario.toml\".",
                "Scenario for the virtual board, for example \"program/scenario.toml\"."),
        f"scenario = {_quoted(project.program.scenario)}",
        f"seconds = {project.program.seconds:g}",
    ]  # fmt: skip
    for person in project.people:
        rows += ["", f"[[{person.role}]]", f"code = {_quoted(person.code)}",
                 f"name = {_quoted(person.name)}"]  # fmt: skip
    for part in project.parts:
        rows += ["", "[[part]]", f"name = {_quoted(part.name)}", f"count = {part.count}",
                 f"source = {_quoted(part.source)}"]  # fmt: skip
    return "\n".join(rows) + "\n"


def _empty(table: Table, key: str) -> str:
    # A key that is still to be filled in is no mistake.
    table.take(key, optional=True)
    return ""


def _line(table: Table, key: str, default: str | None) -> str:
    if default is not None and table.content.get(key) == "":
        return _empty(table, key)
    text = table.string(key, default)
    if not text.isprintable():
        table.wrong(key, N_("“{key}” must be one line of plain text."), key=key)
        return " ".join(text.split())
    return text


def _day(root: Table) -> str:
    value = root.take("date", optional=True)
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = None
    if type(value) is not date:
        root.wrong("date", N_("“{key}” must be a day, such as 2026-03-02."), key="date")
        return ""
    return value.isoformat()


def _licence(root: Table) -> str:
    text = _line(root, "licence", "")
    if text and not _SPDX.fullmatch(text):
        root.wrong(
            "licence",
            N_("“{key}” must be an SPDX identifier, such as CC-BY-4.0."),
            key="licence",
        )
    return text


def _person(table: Table, role: str) -> Person:
    person = Person(_line(table, "code", ""), _line(table, "name", ""), role)
    if not person.shown:
        table.wrong("code", N_("A person needs a “code” or a “name”."))
    return person


def _part(table: Table) -> Part:
    return Part(
        _line(table, "name", None),
        table.integer("count", 1, low=1, high=10_000),
        _line(table, "source", ""),
    )


def _program(table: Table) -> ProgramRun:
    default = ProgramRun()
    return ProgramRun(
        folder=_path(table, "folder", default.folder),
        scenario=_path(table, "scenario", ""),
        seconds=table.number("seconds", default.seconds, low=1.0, high=_LONGEST_RUN_S),
    )


def _path(table: Table, key: str, default: str) -> str:
    path = _line(table, key, default)
    if path and unsafe_name(path) is not None:
        table.wrong(key, N_("“{key}” must be a path inside the project."), key=key)
        return default
    return path


def _remark(vi: bool, vietnamese: str, english: str) -> str:
    return f"# {vietnamese if vi else english}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
