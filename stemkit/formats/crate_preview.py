"""`ro-crate-preview.html`: what is in a package, for a person with a browser and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from stemkit.formats.crate import CrateFile, CrateRun, published
from stemkit.model.project import Project

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1b1b;background:#fff}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd;"
    "vertical-align:top}h2{margin-top:2rem}code{font-size:.85em}"
    "figure{margin:1rem 0;text-align:center}figure img{max-width:100%}"
)
_WORDS: Final = {
    "vi": ("Câu hỏi", "Nhóm", "Giáo viên hướng dẫn", "Câu lạc bộ", "Ngày", "Bo mạch", "Bản ghi",
           "Bắt đầu", "Số đo", "Tệp", "Kích thước"),
    "en": ("Question", "Team", "Supervisor", "Club", "Date", "Board", "Recordings", "Started",
           "Readings", "Files", "Size"),
}  # fmt: skip


def crate_preview(
    project: Project,
    files: Sequence[CrateFile],
    runs: Sequence[CrateRun],
    plots: Mapping[str, Sequence[tuple[str, bytes]]] | None = None,
) -> bytes:
    """One page without scripts that needs no other file, in the project's language.

    `plots` are titles and pictures (SVG) by the folder of the recording.
    """
    words = _WORDS[project.language]
    people = ", ".join(person.shown for person in project.members)
    guides = ", ".join(person.shown for person in project.supervisors)
    facts = zip(
        words,
        (project.question, people, guides, project.club, published(project, runs), project.board),
        strict=False,
    )
    rows = [
        "<!DOCTYPE html>",
        f'<html lang="{project.language}"><head><meta charset="utf-8">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:\">",
        f"<title>{escape(project.title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(project.title)}</h1><table>",
        *(f"<tr><th>{name}</th><td>{escape(fact)}</td></tr>" for name, fact in facts if fact),
        "</table>",
    ]
    if runs:
        rows.append(f"<h2>{words[6]}</h2><table><tr><th></th><th>{words[7]}</th>"
                    f"<th>{words[8]}</th></tr>")  # fmt: skip
        rows += [
            f'<tr><td><a href="{run.folder}/data.csv">{escape(run.meta.name)}</a></td>'
            f"<td>{escape(run.meta.started)}</td><td>{run.meta.totals.rows}</td></tr>"
            for run in runs
        ]
        rows.append("</table>")
        for run in runs:
            rows += [_figure(run.meta.name, *plot) for plot in (plots or {}).get(run.folder, ())]
    rows.append(f"<h2>{words[9]}</h2><table><tr><th></th><th>{words[10]}</th><th>SHA-256</th></tr>")
    rows += [
        f'<tr><td><a href="{file.path}">{escape(file.name)}</a></td><td>{file.size}</td>'
        f"<td><code>{file.sha256[:16]}…</code></td></tr>"
        for file in files
    ]
    rows.append("</table></body></html>")
    return "\n".join(rows).encode() + b"\n"


def _figure(run: str, title: str, svg: bytes) -> str:
    words = escape(f"{run}: {title}")
    picture = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
    return f'<figure><img src="{picture}" alt="{words}"><figcaption>{words}</figcaption></figure>'
