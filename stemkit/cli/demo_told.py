"""The demonstration's steps, in words and as JSON."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from stemkit.actions.demo.demo import Deployed, Ended, Finished, Flashed, Measured, Started, Step
from stemkit.words import N_, current_language, ntr, number, tr

if TYPE_CHECKING:
    from stemkit.model.verdict import Verdict

_NEXT = (
    ("stemkit", N_("plug a board in; this says what to do with it")),
    ("stemkit flash --all", N_("MicroPython onto all boards that are plugged in")),
    ("stemkit deploy 01-first-light --all --run", N_("the first lesson")),
)


def told(step: Step) -> list[str]:
    """Lines for people."""
    match step:
        case Started():
            return [_headed(1, _started(step))]
        case Flashed():
            return [_headed(2, _flashed(step)), *_failures(step)]
        case Deployed():
            return [_headed(3, _deployed(step)), *_failures(step)]
        case Measured():
            return [_headed(4, _measured(step)), *_period(step)]
        case Finished():
            return [_headed(5, _packed(step)), *_verdict(step.verdict)]
        case Ended():
            return _ended(step)


def _headed(number: int, text: str) -> str:
    return f"{number}/5  {text}"


def _started(step: Started) -> str:
    kinds = Counter(board.model for board in step.boards)
    names = ", ".join(f"{n} × {model}" for model, n in kinds.items())
    return tr(N_("Virtual boards, blank as from the shop: {names}"), names=names)


def _flashed(step: Flashed) -> str:
    n = len(step.result.boards) - len(step.result.failed)
    return ntr("MicroPython is on {n} board, read back and started, in {seconds} s.",
               "MicroPython is on {n} boards, read back and started, in {seconds} s.", n,
               seconds=number(step.seconds))  # fmt: skip


def _deployed(step: Deployed) -> str:
    n = len(step.result.boards) - len(step.result.failed)
    return ntr("The lesson “{lesson}” runs on {n} board, in {seconds} s.",
               "The lesson “{lesson}” runs on {n} boards, in {seconds} s.", n,
               lesson=step.lesson.told(current_language()),
               seconds=number(step.seconds))  # fmt: skip


def _failures(step: Flashed | Deployed) -> list[str]:
    return [f"     {b.name}: {b.error.told()}" for b in step.result.failed if b.error]


def _measured(step: Measured) -> str:
    text = ntr("{n} reading was recorded. The cable of {board} was pulled and put back.",
               "{n} readings were recorded. The cable of {board} was pulled and put back.",
               step.readings, board=step.pulled)  # fmt: skip
    return text


def _period(step: Measured) -> list[str]:
    if step.period_s is None:
        return []
    found, error = step.period_s.value, step.period_s.error
    places = 3 if error != error else min(6, max(1, 1 - math.floor(math.log10(error or 1e-6))))
    text = tr(
        N_("The pendulum of 60 cm takes {period} ± {error} s for one swing to and fro."),
        period=number(found, f".{places}f"),
        error=number(error, f".{places}f"),
    )
    return [f"     {text}"]


def _packed(step: Finished) -> str:
    return tr(
        N_("The recording is a project, packed, signed and verified: {file}"),
        file=step.packed.path.name,
    )


def _verdict(verdict: Verdict) -> list[str]:
    from stemkit.cli.project import verdict_lines

    return [f"     {line}" for line in verdict_lines(verdict, evidence=False)]


def _ended(step: Ended) -> list[str]:
    done = ntr("That was {seconds} s with {n} board. The files are in {folder}",
               "That was {seconds} s with {n} boards. The files are in {folder}", step.boards,
               seconds=number(step.seconds), folder=step.folder)  # fmt: skip
    width = max(len(command) for command, _ in _NEXT)
    rows = [f"  {command:<{width}}   {tr(why)}" for command, why in _NEXT]
    return ["", done, tr(N_("Next, with a real board:")), *rows]


def row(step: Step) -> dict[str, Any]:
    """A step for scripts."""
    name = type(step).__name__.lower()
    match step:
        case Started():
            boards = [{"name": b.name, "port": b.port, "model": b.model} for b in step.boards]
            return {"step": name, "boards": boards}
        case Flashed() | Deployed():
            boards = [{"name": b.name, "status": b.status} for b in step.result.boards]
            return {"step": name, "seconds": round(step.seconds, 3), "boards": boards}
        case Measured():
            period = None if step.period_s is None else round(step.period_s.value, 4)
            return {"step": name, "recording": str(step.recorded.folder.path),
                    "readings": step.readings, "pulled": step.pulled,
                    "period_s": period}  # fmt: skip
        case Finished():
            checks = [{"name": c.name, "ok": c.answer.value} for c in step.verdict.checks]
            return {"step": name, "package": str(step.packed.path), "checks": checks,
                    "ok": step.verdict.ok, "signer": step.signed.signers[0].name}  # fmt: skip
        case Ended():
            return {"step": name, "folder": str(step.folder), "seconds": round(step.seconds, 3)}
