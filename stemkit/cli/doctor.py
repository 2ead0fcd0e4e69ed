"""`stemkit doctor`: what is wrong, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.errors import Exit
from stemkit.words import N_, ntr, tr

if TYPE_CHECKING:
    from stemkit.actions.doctor import Finding

MARKS = {"fine": "✓", "note": "!", "problem": "✗"}


@make(
    "doctor",
    help=N_(
        "Find out why a board is not seen or does not answer, and say what to do.\n\n"
        "Boards are asked who they are: a running program is interrupted for a moment and then "
        "started again."
    ),
    example="stemkit doctor\nstemkit doctor --report",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    is_flag=False,
    flag_value=Path("stemkit-report.txt"),
    metavar="[FILE]",
    help=N_(
        "Also write a file to send to a trainer, without personal data (default: "
        "stemkit-report.txt)."
    ),
)
def command(out: Output, report: Path | None) -> Exit:
    """Examine, show, and answer 1 where there is a problem."""
    from stemkit.actions.doctor import Severity, examine

    found = []
    for finding in examine():
        found.append(finding)
        _show(out, finding)
    if report is not None:
        from stemkit.actions.doctor.report import report as told
        from stemkit.storage import atomic

        atomic.write_bytes(report, told(found).encode())
        out.hint(tr(N_("Written, without personal data: {file}. Look at it, then send it."),
                    file=report))  # fmt: skip
    problems = sum(finding.kind.severity is Severity.PROBLEM for finding in found)
    advice = any(finding.kind.severity is Severity.NOTE for finding in found)
    if out.as_json:
        rows = [_row(finding) for finding in found]
        out.answer("doctor", {"ok": problems == 0, "findings": rows})
    elif problems:
        out.say(ntr("{n} problem found.", "{n} problems found.", problems))
    elif advice:
        out.say(tr(N_("No problem found, but look at the lines with “!”.")))
    else:
        out.say(tr(N_("No problem found.")))
    return Exit.ANSWER_IS_NO if problems else Exit.DONE


def _show(out: Output, finding: Finding) -> None:
    out.say(f"{MARKS[finding.kind.severity]} {finding.told()}")
    remedy = finding.remedy_told()
    if remedy:
        out.say(f"  → {remedy}")


def _row(finding: Finding) -> dict[str, str | None]:
    return {
        "code": finding.kind.code,
        "severity": str(finding.kind.severity),
        "board": finding.board or None,
        "message": finding.told(),
        "remedy": finding.remedy_told() or None,
    }
