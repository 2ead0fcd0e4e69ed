"""How `stemkit record show` tells a recording."""

from __future__ import annotations

import math
from typing import Any

from stemkit.actions.readings.recordings import ChannelSummary, Summary
from stemkit.actions.telling import told
from stemkit.analysis.errors import FitError
from stemkit.analysis.fits import Fit, Parameter
from stemkit.analysis.statistics import sparkline
from stemkit.cli.amounts import moment_told
from stemkit.cli.output import Output
from stemkit.formats.recording import event_of
from stemkit.model.reading import Gap, Happening, Kind
from stemkit.words import N_, ntr, number, tr

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
        "lesson": meta.lesson,
        "firmware": {board.name: board.firmware for board in meta.boards if board.firmware},
        "lines": meta.totals.lines,
        "rows": meta.totals.rows,
        "lost": meta.totals.lost,
        "damaged": meta.totals.damaged,
        "boards": [board.name for board in meta.boards],
        "channels": [json_channel(channel) for channel in found.channels],
        "events": [event_of(item) for item in found.happenings],
    }


def say_summary(out: Output, found: Summary) -> None:
    """The summary for people."""
    from stemkit.cli.record_row import STATES, duration

    meta, totals = found.meta, found.meta.totals
    out.say(f"{meta.name}  ({tr(STATES[str(meta.state)])})")
    begun = moment_told(meta.started, "%H:%M:%S")
    out.say(tr(N_("Started {when}, lasts {long}."), when=begun, long=duration(totals.seconds)))
    out.say(ntr("{n} reading of {boards}.", "{n} readings of {boards}.", totals.rows,
                boards=", ".join(board.name for board in meta.boards)))  # fmt: skip
    if meta.lesson:
        out.say(tr(N_("Lesson: {lesson}"), lesson=meta.lesson))
    for firmware in dict.fromkeys(board.firmware for board in meta.boards if board.firmware):
        names = ", ".join(board.name for board in meta.boards if board.firmware == firmware)
        out.say(tr(N_("Firmware of {boards}: {firmware}"), boards=names, firmware=firmware))
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
    out.say(f"{channel.board}  {channel.label}  {sparkline(channel.shape)}".rstrip())
    if not numbers.n:
        out.say("  " + tr(N_("no values")))
        return
    if numbers.n == 1:
        text = N_("a single value: {value}{unit}")
        out.say("  " + tr(text, value=number(numbers.mean, ".5g"), unit=unit))
        return
    out.say(
        "  "
        + tr(
            N_("mean {mean}{unit}, standard deviation {sd}, from {low} to {high}, {n} values"),
            mean=number(numbers.mean, ".5g"),
            sd=number(numbers.sd, ".3g"),
            low=number(numbers.low, ".5g"),
            high=number(numbers.high, ".5g"),
            n=numbers.n,
            unit=unit,
        )
    )
    if channel.fit is not None:
        _say_fit(out, channel.fit)


def _say_fit(out: Output, found: Fit | FitError) -> None:
    if isinstance(found, FitError):
        out.say("  " + found.told())
        return
    out.say(f"  {found.formula}    R² = {number(found.r2, '.4f')}")
    for parameter in found.parameters:
        out.say(f"  {parameter_told(parameter)}")


def parameter_told(parameter: Parameter) -> str:
    """`T = 1.4201 ± 0.0008 s`: as many digits as the error has to say."""
    value, error = parameter.value, parameter.error
    if not (math.isfinite(error) and error > 0):
        return f"{parameter.name} = {number(value, '.6g')} {parameter.unit}".rstrip()
    form = f".{max(0, 1 - math.floor(math.log10(error)))}f"
    told = f"{number(value, form)} ± {number(error, form)}"
    return f"{parameter.name} = {told} {parameter.unit}".rstrip()


def _json_fit(found: Fit | FitError | None) -> dict[str, Any] | None:
    if found is None:
        return None
    if isinstance(found, FitError):
        return {"error": found.code, "message": found.told()}
    return {
        "kind": found.kind,
        "formula": found.formula,
        "parameters": {
            p.name: {"value": _finite(p.value), "error": _finite(p.error), "unit": p.unit}
            for p in found.parameters
        },
        "r2": _finite(found.r2),
        "rms": _finite(found.rms),
        "n": found.n,
        "start_s": found.start_s,
    }


def _say_happenings(out: Output, happenings: list[Gap | Happening]) -> None:
    lines = [(item.t_s, told(item)) for item in happenings if not _is_form(item)]
    shown = [(t_s, text) for t_s, text in lines if text]
    if shown:
        out.say("")
    for t_s, text in shown[:_MOST_HAPPENINGS]:
        out.say(f"{number(t_s, '10.2f')} s  {text}")
    if len(shown) > _MOST_HAPPENINGS:
        more = len(shown) - _MOST_HAPPENINGS
        out.say(ntr("... and {n} more", "... and {n} more", more))


def _is_form(item: Gap | Happening) -> bool:
    return isinstance(item, Happening) and item.kind is Kind.FORM


def json_channel(channel: ChannelSummary) -> dict[str, Any]:
    """A channel's numbers as scripts get them."""
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
        "fit": _json_fit(channel.fit),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
