"""`stemkit lesson`: lessons, checked before they travel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.amounts import size_told
from stemkit.cli.bundle import bundle_fields, signer_words, warn
from stemkit.cli.command import Group
from stemkit.cli.command import command as make
from stemkit.cli.lesson_handout import command as _handout
from stemkit.cli.lesson_image import command as _image
from stemkit.cli.lesson_questions import command as _questions
from stemkit.cli.lesson_results import command as _results
from stemkit.cli.lesson_row import lesson_row
from stemkit.cli.lesson_share import export_command, serve_command, sync_command
from stemkit.cli.lesson_store import add_command, list_command, remove_command
from stemkit.cli.lesson_vendor import command as _vendor
from stemkit.cli.output import Output
from stemkit.errors import Exit
from stemkit.model.lesson_names import BUNDLE_ENDING
from stemkit.words import N_, current_language, day, ntr, number, tr, typed

if TYPE_CHECKING:
    from stemkit.actions.lessons.check import BoardRun, LessonReport
    from stemkit.model.lesson import Lesson
    from stemkit.signing.signer import Signer

command = Group(
    "lesson",
    help=N_("Lessons: list, make, check, print, hand out and get them."),
    example="stemkit lesson list",
)


@make("show", help=N_("Show what a lesson teaches and needs."), example="stemkit lesson show 01")
@click.argument("lesson", metavar="LESSON", shell_complete=complete.lessons)
def _show(out: Output, lesson: str) -> None:
    from stemkit.actions.library.lessons import kept_bundle, lesson_folder, read_lesson

    if Path(lesson).suffix == BUNDLE_ENDING and Path(lesson).is_file():
        _show_bundle(out, Path(lesson))
        return
    folder = lesson_folder(lesson)
    found, kept = read_lesson(folder), kept_bundle(lesson)
    if out.as_json:
        row = {**lesson_row(found), "folder": str(folder), **bundle_fields(kept)}
        out.answer("lesson.show", row)
    for line in _told(found):
        out.say(line)
    for signer in kept.signers if kept else ():
        _say_row(out, tr(N_("Signed by")), signer_words(signer))
    _say_row(out, tr(N_("Folder")), str(folder))
    out.hint(tr(N_("Put it onto a board: stemkit deploy {lesson}"), lesson=typed(lesson)))


def _show_bundle(out: Output, path: Path) -> None:
    from stemkit.actions.library.bundles import open_bundle_file

    opened = open_bundle_file(path)
    found = opened.lesson()
    if out.as_json:
        fields = {"kind": opened.bundle.kind, **bundle_fields(opened)}
        rest = lesson_row(found) if found else {"id": opened.bundle.lesson}
        out.answer("lesson.show", {**rest, "file": str(path), **fields})
    head = [tr(N_("Teacher's part of {lesson} {version}"), lesson=opened.bundle.lesson,
               version=opened.bundle.version)]  # fmt: skip
    for line in _told(found) if found else head:
        out.say(line)
    for signer in opened.signers:
        _say_row(out, tr(N_("Signed by")), signer_words(signer))
    _say_row(out, tr(N_("File")), str(path))
    warn(out, opened)


def _say_row(out: Output, name: str, value: str) -> None:
    out.say(f"  {name}: {value}")


@make(
    "new",
    help=N_("Make the folder of a new lesson, which passes “stemkit lesson check” as it is."),
    example="stemkit lesson new 14-magnets",
)
@click.argument("name")
@click.option(
    "--to",
    "--into",
    "into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help=N_("Folder to make it in (default: this folder)."),
)
def _new(out: Output, name: str, into: Path) -> None:
    from stemkit.actions.lessons.new import new_lesson

    folder = new_lesson(name, into)
    if out.as_json:
        out.answer("lesson.new", {"folder": str(folder)})
    out.say(tr(N_("The lesson is in {folder}."), folder=folder))
    out.hint(tr(N_("Fill it in, then: stemkit lesson check {folder}"), folder=typed(folder)))


@make(
    "check",
    help=N_(
        "Check that a lesson is complete and runs on every kind of board that it names.\n\n"
        "First lesson.toml, both languages, links, pictures, size and code are checked; then the "
        "program runs on virtual boards, faster than real time, as check.toml asks."
    ),
    example="stemkit lesson check 01-first-light\nstemkit lesson check . --board pico",
)
@click.argument(
    "lessons", nargs=-1, required=True, metavar="LESSON...", shell_complete=complete.lessons
)
@click.option(
    "--model",
    "--board",
    "boards",
    multiple=True,
    metavar="MODEL",
    help=N_("Only this kind of board; can be given more than once."),
    shell_complete=complete.models,
)
@click.option("--no-run", is_flag=True, help=N_("Check the files only; do not run the program."))
def _check(out: Output, lessons: tuple[str, ...], boards: tuple[str, ...], no_run: bool) -> Exit:
    from stemkit.actions.lessons.check import check_lesson
    from stemkit.actions.library.lessons import lesson_folder

    reports = []
    for lesson in lessons:
        folder = lesson_folder(lesson)
        report = check_lesson(folder, boards, run=not no_run, ran=lambda run: _say_run(out, run))
        _say_report(out, report)
        reports.append(report)
    if out.as_json:
        out.answer("lesson.check", {"lessons": [_report_row(report) for report in reports]})
    if len(reports) == 1 and reports[0].ok:
        told = (
            _NOT_RUN if no_run else N_("One file of it, to hand out: stemkit lesson build {lesson}")
        )
        out.hint(tr(told, lesson=typed(lessons[0])))
    return Exit.DONE if all(report.ok for report in reports) else Exit.ANSWER_IS_NO


_NOT_RUN = N_("Its program was not run. To run it too: stemkit lesson check {lesson}")


@make(
    "build",
    help=N_(
        "Pack a lesson into one file to pass on, and the teacher's part into another.\n\n"
        "The lesson is checked first. The same lesson and key give the same bytes on every "
        "computer. The signature shows others whom it is from: “stemkit key new” makes your key."
    ),
    example="stemkit lesson build 01-first-light --into usb",
)
@click.argument("lesson", metavar="LESSON", shell_complete=complete.lessons)
@click.option(
    "--to",
    "--into",
    "into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help=N_("Folder to write to (default: this folder)."),
)
@click.option("--no-run", is_flag=True, help=N_("Check the files only; do not run the program."))
@click.option("--force", is_flag=True, help=N_("Replace a bundle that is already there."))
@click.option(
    "--key",
    metavar="NAME",
    help=N_("Sign with this key (default: the only one you have)."),
    shell_complete=complete.own_keys,
)
@click.option("--unsigned", is_flag=True, help=N_("Do not sign."))
def _build(
    out: Output, lesson: str, into: Path, no_run: bool, force: bool, key: str | None, unsigned: bool
) -> Exit:
    from stemkit.actions.lessons.build import build_lesson
    from stemkit.actions.lessons.check import check_lesson
    from stemkit.actions.library.lessons import lesson_folder

    folder = lesson_folder(lesson)
    signer = None if unsigned else _signer(out, key)
    report = check_lesson(folder, run=not no_run, ran=lambda run: _say_run(out, run))
    _say_report(out, report)
    built = build_lesson(folder, into, signer, force=force) if report.ok else []
    for one in built:
        out.say(f"{one.path}  {size_told(one.size)}  {one.identity[:16]}{_signed(one.signer)}")
    if built and signer is None and not unsigned:
        out.hint(tr(N_("They are not signed. To sign: {command}"),
                    command='stemkit key new "…"'))  # fmt: skip
    if built:
        out.hint(tr(N_("Onto a stick, for others: stemkit lesson export STICK {file}"),
                    file=typed(built[0].path)))  # fmt: skip
    if out.as_json:
        rows = [{"path": str(b.path), "kind": b.kind, "bytes": b.size, "identity": b.identity,
                 "signer": b.signer or None} for b in built]  # fmt: skip
        out.answer("lesson.build", {"check": _report_row(report), "bundles": rows})
    return Exit.DONE if report.ok else Exit.ANSWER_IS_NO


for _command in (
    list_command,
    _show,
    _new,
    _check,
    _vendor,
    _build,
    _image,
    add_command,
    remove_command,
    sync_command,
    export_command,
    serve_command,
    _handout,
    _questions,
    _results,
):
    command.add_command(_command)


def _signer(out: Output, key: str | None) -> Signer | None:
    """The key that was named, else the only one there is; None where there is none."""
    from stemkit.actions.keys.own import default_key, signer
    from stemkit.cli.passphrase import ask

    name = key or default_key()
    found = signer(name, ask) if name else None
    if found and found.holder().not_after < datetime.now(UTC):
        date = day(found.holder().not_after)
        out.hint(tr(N_("The key {name} expired on {date}: everybody who gets this is warned."),
                    name=name, date=date))  # fmt: skip
    return found


def _signed(name: str) -> str:
    return "  " + tr(N_("signed by {name}"), name=name) if name else ""


def _told(lesson: Lesson) -> list[str]:
    language = current_language()
    rows = {
        tr(N_("Age")): f"{lesson.age[0]}–{lesson.age[1]}",
        tr(N_("Time")): ntr("{n} minute", "{n} minutes", lesson.minutes),
        tr(N_("Boards")): ", ".join(lesson.needs.boards),
        tr(N_("Measures")): ", ".join(lesson.needs.measures),
        tr(N_("Parts")): ", ".join(lesson.needs.parts),
        tr(N_("Sends")): ", ".join(
            f"{channel.name.told(language)} ({channel.label}{' ' * bool(channel.unit)}"
            f"{channel.unit})"
            for channel in lesson.channels
        ),
        tr(N_("Licence")): lesson.licence,
    }
    head = f"{lesson.title.told(language)} ({lesson.id} {lesson.version})"
    told = [f"  {name}: {value}" for name, value in rows.items() if value]
    return [head, lesson.summary.told(language), *told]


def _say_run(out: Output, run: BoardRun) -> None:
    mark = "✗" if run.problems else "✓"
    minutes = number(run.run_s / 60)
    facts = tr(
        N_("{minutes} min in {seconds} s, {readings} readings, {memory} % of the memory")
        if run.memory_percent
        else N_("{minutes} min in {seconds} s, {readings} readings"),
        minutes=minutes,
        seconds=number(run.seconds),
        readings=run.readings,
        memory=f"{run.memory_percent:.0f}",
    )
    out.say(f"  {mark} {run.board:<12} {facts}")
    for problem in run.problems:
        out.say("      " + problem.replace("\n", "\n      "))


def _say_report(out: Output, report: LessonReport) -> None:
    for finding in report.findings:
        out.say(f"  {'✗' if finding.is_error else '!'} {finding.told()}")
    if report.ok:
        out.say(tr(N_("{lesson} {version} is ready."), lesson=report.name,
                   version=report.version))  # fmt: skip
    else:
        out.say(tr(N_("{lesson} is not ready yet."), lesson=report.name))


def _report_row(report: LessonReport) -> dict[str, Any]:
    return {
        "lesson": report.name,
        "version": report.version,
        "ok": report.ok,
        "findings": [
            {
                "path": finding.mistake.path,
                "line": finding.mistake.line,
                "error": finding.is_error,
                "message": finding.told(),
            }
            for finding in report.findings
        ],
        "boards": [
            {
                "model": run.board,
                "ok": not run.problems,
                "run_s": run.run_s,
                "seconds": run.seconds,
                "readings": run.readings,
                "memory_percent": run.memory_percent,
                "problems": list(run.problems),
            }
            for run in report.runs
        ],
    }
