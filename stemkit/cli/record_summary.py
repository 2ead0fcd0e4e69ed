"""How `stemkit record show` tells a recording."""

from __future__ import annotations

import math
from typing import Any

from stemkit.actions.recordings import ChannelSummary, Summary
from stemkit.actions.telling import told
from stemkit.analysis.statistics import sparkline
from stemkit.cli.output import Output
from stemkit.formats.recording import event_of
from stemkit.model.reading import Gap, Happening, Kind
from stemkit.words import N_, ntr, tr

_MOST_HAPPENINGS = 30


def json_summary(found: Summary) -> dict[str, Any]:
    """The summary as scripts get it."""
    meta = found.meta
    return {
        "name": meta.name,
        "folder": str(found.folder.path),
        "started": meta.started,
        "ended": meta.ended or None,
        "seconds": meta.totals.seconds,
        "state": str(meta.state),
        "lines": meta.totals.lines,
        "rows": meta.totals.rows,
        "lost": meta.totals.lost,
        "damaged": meta.totals.damaged,
        "boards": [board.name for board in meta.boards],
        "channels": [_json_channel(channel) for channel in found.channels],
        "events": [event_of(item) for item in found.happenings],
    }


def say_summary(out: Output, found: Summary) -> None:
    """The summary for people."""
    from stemkit.cli.record import STATES, duration

    meta, totals = found.meta, found.meta.totals
    out.say(f"{meta.name}  ({tr(STATES[str(meta.state)])})")
    begun = meta.started[:19].replace("T", " ")
    out.say(tr(N_("Begun {when}, lasts {long}."), when=begun, long=duration(totals.seconds)))
    out.say(ntr("{n} reading of {boards}.", "{n} readings of {boards}.", totals.rows,
                boards=", ".join(board.name for board in meta.boards)))  # fmt: skip
    if totals.lost or totals.damaged:
        text = N_("Lost {lost} of {all} lines; {damaged} damaged.")
        every = totals.lines + totals.lost
        out.say(tr(text, lost=totals.lost, all=every, damaged=totals.damaged))
    for channel in found.channels:
        _say_channel(out, channel)
    _say_happenings(out, found.happenings)


def _say_channel(out: Output, channel: ChannelSummary) -> None:
    numbers = channel.statistics
    unit = f" {channel.unit}" if channel.unit else ""
    out.say("")
    out.say(f"{channel.board}  {channel.label}  {sparkline(channel.shape)}")
    out.say(
        "  "
        + tr(
            N_("mean {mean}{unit}, standard deviation {sd}, from {low} to {high}, {n} values"),
            mean=f"{numbers.mean:.5g}",
            sd=f"{numbers.sd:.3g}",
            low=f"{numbers.low:.5g}",
            high=f"{numbers.high:.5g}",
            n=numbers.n,
            unit=unit,
        )
    )


def _say_happenings(out: Output, happenings: list[Gap | Happening]) -> None:
    lines = [(item.t_s, told(item)) for item in happenings if not _is_form(item)]
    shown = [(t_s, text) for t_s, text in lines if text]
    if shown:
        out.say("")
    for t_s, text in shown[:_MOST_HAPPENINGS]:
        out.say(f"{t_s:10.2f} s  {text}")
    if len(shown) > _MOST_HAPPENINGS:
        more = len(shown) - _MOST_HAPPENINGS
        out.say(ntr("... and {n} more", "... and {n} more", more))


def _is_form(item: Gap | Happening) -> bool:
    return isinstance(item, Happening) and item.kind is Kind.FORM


def _json_channel(channel: ChannelSummary) -> dict[str, Any]:
    numbers = channel.statistics
    return {
        "board": channel.board,
        "label": channel.label,
        "unit": channel.unit,
        "n": numbers.n,
        "mean": _finite(numbers.mean),
        "sd": _finite(numbers.sd),
        "min": _finite(numbers.low),
        "max": _finite(numbers.high),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
