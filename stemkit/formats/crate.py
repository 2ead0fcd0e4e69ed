"""RO-Crate 1.2: what is in a package, told so that other programs understand it (JSON-LD).

A recording is a `CreateAction`: made with a board, a program and stemkit, by somebody, from a start
to an end, with its files as result. Nothing in here comes from the clock or from this computer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stemkit.model.project import PROJECT_FILE, Project
from stemkit.model.recording import RecordingMeta

METADATA: Final = "ro-crate-metadata.json"
PREVIEW: Final = "ro-crate-preview.html"
CONTEXT: Final = "https://w3id.org/ro/crate/1.2/context"
PROFILE: Final = "https://w3id.org/ro/crate/1.2"
_SPDX: Final = "https://spdx.org/licenses/"
_MICROPYTHON: Final = "https://micropython.org/"
_NO_DATE: Final = "1980-01-01"

# Not the system's own table: it differs from computer to computer.
_TYPES: Final = {
    "csv": "text/csv",
    "gif": "image/gif",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "md": "text/markdown",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "py": "text/x-python",
    "stl": "model/stl",
    "svg": "image/svg+xml",
    "toml": "application/toml",
    "txt": "text/plain",
    "webp": "image/webp",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FOLDERS: Final = {
    "forms": "A form of the contest",
    "logbook": "The logbook",
    "media": "A photo, film or drawing",
    "poster": "The poster",
    "program": "The program of the board",
    "report": "The report",
    "runs": "Part of a recording",
}
Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CrateFile:
    """A file of the package; `path` is below `data/`, `name` as people call it."""

    path: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CrateRun:
    """A recording of the package."""

    folder: str
    """Path below `data/`, without a `/` at its end."""
    meta: RecordingMeta


def crate_json(
    project: Project,
    files: Sequence[CrateFile],
    runs: Sequence[CrateRun],
    stemkit: str,
    boards: Mapping[str, str],
) -> bytes:
    """`ro-crate-metadata.json`. `boards`: model id -> full name; `stemkit`: the version."""
    graph = _Graph()
    root = _root(project, runs, graph)
    root["hasPart"] = [_ref(f"{run.folder}/") for run in runs] + [_ref(f.path) for f in files]
    graph.add(_software("stemkit", "stemkit", stemkit))
    board = _board(project, boards, graph)
    root["mentions"] = [_ref(_run(run, files, project, board, graph)) for run in runs]
    if not runs:
        del root["mentions"]
    for file in files:
        graph.add(_file(file, project))
    for part in project.parts:
        root.setdefault("material", []).append(f"{part.count} × {part.name}")
    # A list of one is written as that one (RO-Crate 1.2 asks for compacted JSON-LD).
    for entity in graph.entities():
        entity.update(
            {key: value[0] for key, value in entity.items() if isinstance(value, list)
             and len(value) == 1}
        )  # fmt: skip
    whole = {"@context": CONTEXT, "@graph": graph.entities()}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def published(project: Project, runs: Iterable[CrateRun]) -> str:
    """The day of the package: what the project says, else that of its newest recording."""
    newest = max((run.meta.ended or run.meta.started for run in runs), default="")[:10]
    return project.date or newest or _NO_DATE


class _Graph:
    def __init__(self) -> None:
        self._by_id: dict[str, Entity] = {}

    def add(self, entity: Entity) -> str:
        """Add an entity that is not there yet; its id."""
        self._by_id.setdefault(entity["@id"], entity)
        return str(entity["@id"])

    def entities(self) -> list[Entity]:
        """In the order in which they came."""
        return list(self._by_id.values())


def _ref(id: str) -> Entity:
    return {"@id": id}


def _root(project: Project, runs: Sequence[CrateRun], graph: _Graph) -> Entity:
    graph.add({"@id": METADATA, "@type": "CreativeWork", "about": _ref("./"),
               "conformsTo": _ref(PROFILE)})  # fmt: skip
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": project.title,
        "description": project.question or project.title,
        "datePublished": published(project, runs),
        "inLanguage": project.language,
        "license": _ref(_licence(project, graph)),
    }
    graph.add(root)
    if project.keywords:
        root["keywords"] = ", ".join(project.keywords)
    club = _club(project.club, graph)
    people = []
    for number, person in enumerate(project.people, 1):
        entity: Entity = {"@id": f"#person-{number}", "@type": "Person", "name": person.shown}
        if person.code and person.name:
            entity["alternateName"] = person.code
        if club:
            entity["affiliation"] = _ref(club)
        graph.add(entity)
        people.append((person.role, _ref(entity["@id"])))
    members = [ref for role, ref in people if role == "member"]
    guides = [ref for role, ref in people if role == "supervisor"]
    if members or club:
        root["author"] = members or [_ref(club)]
    if guides:
        root["contributor"] = guides
    if club:
        root["publisher"] = _ref(club)
    return root


def _licence(project: Project, graph: _Graph) -> str:
    if project.licence:
        return graph.add({"@id": f"{_SPDX}{project.licence.replace(' ', '%20')}",
                          "@type": "CreativeWork", "name": project.licence,
                          "description": f"SPDX {project.licence}"})  # fmt: skip
    text = "No licence was chosen: ask the authors before you use this."
    return graph.add({"@id": "#licence", "@type": "CreativeWork", "name": "-", "description": text})


def _club(name: str, graph: _Graph) -> str:
    if not name:
        return ""
    return graph.add({"@id": "#club", "@type": "Organization", "name": name})


def _board(project: Project, boards: Mapping[str, str], graph: _Graph) -> str:
    if not project.board:
        return ""
    name = boards.get(project.board, project.board)
    return graph.add({"@id": f"#board-{project.board}", "@type": "Product", "name": name,
                      "productID": project.board})  # fmt: skip


def _run(
    run: CrateRun, files: Sequence[CrateFile], project: Project, board: str, graph: _Graph
) -> str:
    """Add a recording: its folder as a dataset, and the action that made it."""
    meta, own = run.meta, f"{run.folder}/"
    within = [file.path for file in files if file.path.startswith(own)]
    graph.add({"@id": own, "@type": "Dataset", "name": meta.name,
               "description": f"stemkit recording {meta.id}", "datePublished":
               (meta.ended or meta.started)[:10], "identifier": meta.id or meta.name,
               "hasPart": [_ref(path) for path in within]})  # fmt: skip
    tools = [_ref(board)] if board else []
    for record in meta.boards:
        tools.append(_ref(graph.add(_measuring_board(record.name, record.unique_id))))
        if record.firmware_sha256:
            tools.append(_ref(graph.add(_software("firmware", "firmware", record.firmware_sha256))))
        if record.program:
            tools.append(_ref(graph.add(_software("program", record.program, "1"))))
    if meta.lesson:
        name, _, version = meta.lesson.partition("@")
        tools.append(_ref(graph.add(_software("lesson", name, version or "0"))))
    if meta.stemkit:
        tools.append(_ref(graph.add(_software("stemkit", "stemkit", meta.stemkit))))
    action: Entity = {
        "@id": f"#run-{run.folder.rpartition('/')[2]}",
        "@type": "CreateAction",
        "name": meta.name,
        "description": project.question or project.title,
        "startTime": meta.started,
        "instrument": tools,
        "result": [_ref(own)],
    }
    if meta.ended:
        action["endTime"] = meta.ended
    program = [file.path for file in files if file.path.startswith(f"{project.program.folder}/")]
    if program:
        action["object"] = [_ref(path) for path in program]
    if meta.operator:
        action["agent"] = _ref(
            graph.add({"@id": f"#operator-{_word(meta.operator)}", "@type": "Person",
                       "name": meta.operator})
        )  # fmt: skip
    return graph.add(action)


def _measuring_board(name: str, unique_id: str) -> Entity:
    entity = {"@id": f"#unit-{_word(unique_id or name)}", "@type": "Product", "name": name}
    return entity | ({"serialNumber": unique_id} if unique_id else {})


def _software(kind: str, name: str, version: str) -> Entity:
    id = f"#{kind}-{version}" if kind == "stemkit" else f"#{kind}-{_word(name)}-{_word(version)}"
    # A `SoftwareApplication` must have an address on the web, and source code must be a file here.
    entity = {"@id": id, "@type": "CreativeWork", "name": name, "version": version}
    if kind == "firmware":
        entity |= {"@type": "SoftwareApplication", "name": "MicroPython", "url": _MICROPYTHON}
    return entity


def _word(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in text)


def _file(file: CrateFile, project: Project) -> Entity:
    ending = file.path.rpartition(".")[2].lower()
    entity: Entity = {
        "@id": file.path,
        "@type": "File",
        "name": file.name,
        "contentSize": str(file.size),
        "sha256": file.sha256,
        "encodingFormat": _TYPES.get(ending, "application/octet-stream"),
        "description": _FOLDERS.get(file.path.partition("/")[0], "About the project"),
    }
    if ending == "py" and file.path.startswith(f"{project.program.folder}/"):
        entity["@type"] = ["File", "SoftwareSourceCode"]
        entity["programmingLanguage"] = "MicroPython"
    if file.path == PROJECT_FILE:
        entity["description"] = project.title
    return entity
