"""The line at the top: what is watched, since when, recorded, lost; and alarms."""

from __future__ import annotations

from stemkit.screen.axes import time_label
from stemkit.screen.picture import Row, fitted
from stemkit.screen.session import Session
from stemkit.words import N_, ntr, tr


def draw_heading(session: Session, columns: int) -> Row:
    """The line in `columns` letters."""
    if session.alarms:
        return fitted([(" " + " · ".join(session.alarms.values()), "alarm")], columns)
    viewer, watching = session.viewer, session.watching
    parts: Row = [(f" {_boards(session)} ", "title"), (" ", "")]
    parts.append((f"{time_label(session.now_s(), 1)} s  ", ""))
    recorder = watching.recorder
    if recorder is not None and recorder.running:
        lines = ntr("{n} line", "{n} lines", session.recorded_lines)
        sign = "●" if session.style == "braille" else "*"
        parts.append((f"{sign} REC {recorder.folder.name} ", "record"))
        parts.append((f"({lines})  ", ""))
    if viewer.paused_s is not None:
        parts += [(tr(N_("PAUSE")), "warn"), ("  ", "")]
    if watching.feed.ended:
        parts += [(tr(N_("END")), "warn"), ("  ", "")]
    if viewer.fixed:
        parts += [(tr(N_("axis held")), "dim"), ("  ", "")]
    lost, lines_in_all = session.lost()
    if lost:
        text = N_("lost {lost} of {all}")
        parts.append((tr(text, lost=_grouped(lost), all=_grouped(lines_in_all)), "warn"))
    return fitted(parts, columns)


def _boards(session: Session) -> str:
    titles = session.titles()
    shown = [session.viewer.board] if session.viewer.board else session.boards()
    boards = [titles[name].whole if name in titles else name for name in shown]
    if len(boards) <= 3:
        return ", ".join(boards) or tr(N_("no board"))
    return ntr("{n} board", "{n} boards", len(boards))


def _grouped(n: int) -> str:
    return f"{n:,}".replace(",", " ")
