"""`stemkit project`: a club's project, from an empty folder to a file that a judge can trust."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli.amounts import size_told
from stemkit.cli.command import Group
from stemkit.cli.command import command as make
from stemkit.cli.output import Output, print_line
from stemkit.cli.project_contest import contest_option
from stemkit.cli.project_show import command as show
from stemkit.cli.project_sign import command as sign
from stemkit.cli.wrapping import fitted
from stemkit.errors import Exit
from stemkit.words import N_, current_language, tr, typed

if TYPE_CHECKING:
    from stemkit.actions.projects.check import ProjectReport
    from stemkit.actions.projects.pack import Packed
    from stemkit.model.verdict import Verdict
    from stemkit.model.visible import Visible

command = Group(
    "project",
    help=N_("Competition packages: make a project, check it, pack, sign, verify and show it."),
    example="stemkit project new pendulum\nstemkit project pack pendulum",
)

# What is asked for where it is not given as an option.
_QUESTIONS = {
    "title": N_("What is the project called?"),
    "question": N_("Which question does it answer?"),
    "team": N_("Code names of the team, with commas between them (no real names needed)"),
    "club": N_("Which club or school?"),
    "board": N_("Which kind of board (for example esp32, pico, microbit-v2)?"),
    "contest": N_("For which contest (see “stemkit project contests”; may stay empty)?"),
}
FOLDER = click.Path(file_okay=False, path_type=Path)


@make(
    "new",
    help=N_(
        "Make the folder of a project, with everything that a contest may ask for.\n\n"
        "What is not given as an option is asked for."
    ),
    example="stemkit project new pendulum --title Pendulum --board pico --team fox,owl",
)
@click.argument("folder", type=FOLDER, metavar="FOLDER")
@click.option("--title", metavar="TEXT", help=N_("Title of the project."))
@click.option("--question", metavar="TEXT", help=N_("The question that it answers."))
@click.option("--team", metavar="A,B", help=N_("Code names of the team, with commas between them."))
@click.option("--club", metavar="NAME", help=N_("Club or school."))
@click.option(
    "--model", "--board", "board", metavar="MODEL", help=N_("The kind of board, for example esp32.")
)
@click.option(
    "--contest",
    metavar="CONTEST",
    help=N_("The contest that it is for (see “stemkit project contests”)."),
)
@click.option(
    "--licence",
    default="CC-BY-4.0",
    show_default=True,
    metavar="SPDX",
    help=N_("Terms of use for others."),
)
def _new(out: Output, folder: Path, licence: str, **answers: str | None) -> None:
    from stemkit.actions.projects.new import must_be_free, new_project
    from stemkit.model.project import Person, Project

    must_be_free(folder)
    said = {key: value if value is not None else _asked(key) for key, value in answers.items()}
    team = [code.strip() for code in said["team"].split(",")]
    project = Project(
        title=said["title"] or folder.name,
        question=said["question"],
        club=said["club"],
        board=said["board"],
        contest=said["contest"],
        language=current_language(),
        date=date.today().isoformat(),
        licence=licence,
        people=tuple(Person(code) for code in team if code),
    )
    made = new_project(folder, project)
    if out.as_json:
        out.answer("project.new", {"folder": str(made)})
    out.say(tr(N_("The project is in {folder}."), folder=made))
    told = N_("Fill it in; what is missing: stemkit project check {folder}")
    out.hint(tr(told, folder=typed(made)))


def _asked(key: str) -> str:
    """The person's answer, asked for until it can be used; "" where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    question = tr(_QUESTIONS[key])
    # A question ends with its own mark, “?:” would be two.
    end = " " if question.endswith("?") else ": "
    known = _known(key)
    while True:
        told = click.prompt(question, default="", show_default=False, prompt_suffix=end, err=True)
        answer = str(told).strip()
        if not answer or not known or answer in known or answer.endswith(".toml"):
            return answer
        # Asked again at once: a slip at the fifth question must not cost the first four answers.
        text = tr(N_("Choose one of these, or leave it empty: {names}"), names=", ".join(known))
        print_line(fitted(text, sys.stderr), sys.stderr)


def _known(key: str) -> list[str]:
    """The answers that a question takes; none where it takes any."""
    if key == "board":
        from stemkit.storage import catalogue

        return list(catalogue.boards())
    if key == "contest":
        from stemkit.actions.projects.contests import contest_files

        return list(contest_files())
    return []


@make(
    "pack",
    help=N_(
        "Make one file of a project, which others can check and sign.\n\n"
        "Only what is on the disk goes into it, so the same folder gives the same package on every "
        "computer. What a camera wrote into photos (place, owner) is left out; anything else that "
        "could tell who somebody is, is listed."
    ),
    example="stemkit project pack pendulum --to usb/pendulum.zip",
)
@click.argument("folder", type=FOLDER, metavar="[FOLDER]", default=Path())
@click.option("--to", type=click.Path(path_type=Path), metavar="FILE", help=N_(
    "File to write to (default: beside the project's folder)."
))  # fmt: skip
@click.option("--force", is_flag=True, help=N_("Replace a package that is already there."))
@click.option(
    "--keep-photo-data", is_flag=True, help=N_("Leave in photos where they were taken and by whom.")
)
def _pack(out: Output, folder: Path, to: Path | None, force: bool, keep_photo_data: bool) -> None:
    from stemkit.actions.projects.pack import PackWanted, pack
    from stemkit.cli.progress import shown

    with shown(out) as events:
        packed = pack(folder, PackWanted(to, force, keep_photo_data), events)
    if out.as_json:
        out.answer("project.pack", _packed_row(packed))
    out.say(f"{packed.path}  {size_told(packed.size)}  {packed.identity[:16]}")
    for path, why in packed.left_out:
        out.hint(tr(N_("Left out: {path} ({why})"), path=path, why=tr(why)))
    for visible in packed.visible:
        out.hint(_visible_told(visible))
    out.hint(tr(N_("Sign it: stemkit project sign {path}"), path=typed(packed.path)))


@make(
    "check",
    help=N_("List everything that a project still needs, and what to do about it."),
    example="stemkit project check pendulum --contest wro-future-engineers",
)
@click.argument("folder", type=FOLDER, metavar="[FOLDER]", default=Path())
@contest_option
def _check(out: Output, folder: Path, profile: str) -> Exit:
    from stemkit.actions.projects.check import check_project

    report = check_project(folder, profile)
    if out.as_json:
        out.answer("project.check", _report_row(report))
    for line in _report_told(report):
        out.say(line)
    if report.ok:
        out.hint(tr(N_("One file of it for the judges: {command}"),
                    command=f"stemkit project pack {typed(folder)}"))  # fmt: skip
    return Exit.DONE if report.ok else Exit.ANSWER_IS_NO


@make(
    "contests",
    help=N_(
        "List the contests whose rules are known, each with its year and the source of its rules."
    ),
    example="stemkit project contests",
)
def _contests(out: Output) -> None:
    from stemkit.actions.projects.contests import all_contests

    contests = all_contests()
    if out.as_json:
        rows = [{"id": c.id, "year": c.year, "title": {"vi": c.title.vi, "en": c.title.en},
                 "source": c.source, "rules": len(c.rules),
                 "verified": sum(rule.verified for rule in c.rules)} for c in contests]  # fmt: skip
        out.answer("project.contests", {"contests": rows})
    for contest in contests:
        out.say(f"{contest.id:<24} {contest.year}  {contest.title.told(current_language())}")
        out.say(f"{'':<30} {contest.source}")


@make(
    "verify",
    help=N_(
        "Check whether a package can be trusted: eight questions, each answered yes, no or "
        "unknown.\n\nNothing in the file is trusted, nothing is written, no network is used. Its "
        "program runs on a virtual board, shut off from this computer."
    ),
    example="stemkit project verify pendulum.zip",
)
@click.argument("package", type=click.Path(path_type=Path), metavar="FILE")
@contest_option
@click.option("--no-run", is_flag=True, help=N_("Do not run the package's program."))
@click.option("--run-anyway", is_flag=True, help=N_("Run it even where this system cannot shut it off."))  # fmt: skip  # noqa: E501
def _verify(out: Output, package: Path, profile: str, no_run: bool, run_anyway: bool) -> Exit:
    from stemkit.actions.projects.verify import VerifyWanted, verify
    from stemkit.cli.progress import shown

    with shown(out) as events:
        verdict = verify(package, VerifyWanted(profile, not no_run, run_anyway), events)
    if out.as_json:
        out.answer("project.verify", _verdict_row(verdict, package))
    for line in verdict_lines(verdict):
        out.say(line)
    if verdict.check("safe").answer.value is False:
        return Exit.REFUSED
    return Exit.DONE if verdict.ok else Exit.ANSWER_IS_NO


@make(
    "add",
    help=N_(
        "Copy recordings into a project; the originals stay where they are.\n\n"
        "“stemkit watch --record NAME --project FOLDER” records straight into it."
    ),
    example="stemkit project add first second --project pendulum",
)
@click.argument("recordings", nargs=-1, required=True, metavar="RECORDING...")
@click.option("--project", "folder", type=FOLDER, default=Path(), metavar="FOLDER", help=N_(
    "The project's folder (default: this folder)."
))  # fmt: skip
@click.option("--force", is_flag=True, help=N_("Replace a recording that is already there."))
def _add(out: Output, recordings: tuple[str, ...], folder: Path, force: bool) -> None:
    from stemkit.actions.projects.add import add_recordings

    added = add_recordings(recordings, folder, force=force)
    if out.as_json:
        out.answer("project.add", {"recordings": [str(path) for path in added]})
    for path in added:
        out.say(str(path))


for _command in (_new, _add, _check, _contests, _pack, sign, _verify, show):
    command.add_command(_command)


def _report_told(report: ProjectReport) -> list[str]:
    contest = report.contest
    told = [report.project.title]
    if contest is not None:
        told[0] += f" – {contest.title.told(current_language())} {contest.year}"
    for one in report.to_do:
        doubt = N_("{why} (this rule was not compared with its source)")
        why = one.why if one.verified else tr(doubt, why=one.why)
        told.append(f"  {'!' if one.optional else '✗'} {one.what}: {why}")
        told += [f"      {one.do}"] * bool(one.do)
    if report.ok:
        told.append(tr(N_("Everything that must be there is there.")))
    return told


def _report_row(report: ProjectReport) -> dict[str, Any]:
    contest = report.contest
    return {
        "folder": str(report.folder),
        "ok": report.ok,
        "contest": contest and {"id": contest.id, "year": contest.year, "source": contest.source},
        "to_do": [
            {"what": one.what, "why": one.why, "do": one.do, "optional": one.optional,
             "verified": one.verified, "rule": one.rule}
            for one in report.to_do
        ],
    }  # fmt: skip


_NAMES = {
    "safe": N_("safe to open"),
    "intact": N_("unchanged"),
    "complete": N_("complete"),
    "signed": N_("signed"),
    "timestamped": N_("time confirmed"),
    "provenance": N_("measured live"),
    "data": N_("tables from lines"),
    "program": N_("program runs"),
}
_MARKS = {True: "✓", False: "✗", None: "?"}


def verdict_lines(verdict: Verdict, *, evidence: bool = True) -> list[str]:
    """The answers for people, a line each, with what they rest on."""
    told = [verdict.title] * bool(verdict.title)
    for check in verdict.checks:
        told.append(f"{_MARKS[check.answer.value]} {tr(_NAMES[check.name]):<19} {check.detail}")
        more = check.evidence if evidence else ()
        told += [f"{'':<22}{line}" for line in more if line != check.detail]
    if verdict.identity and evidence:
        told.append(tr(N_("Identity: {identity}"), identity=verdict.identity))
    return told


def _verdict_row(verdict: Verdict, package: Path) -> dict[str, Any]:
    words = {True: "yes", False: "no", None: "unknown"}
    return {
        "package": str(package),
        "ok": verdict.ok,
        "identity": verdict.identity,
        "title": verdict.title,
        "checks": [
            {"name": check.name, "ok": check.answer.value, "answer": words[check.answer.value],
             "detail": check.detail, "evidence": list(check.evidence)}
            for check in verdict.checks
        ],
    }  # fmt: skip


def _visible_told(visible: Visible) -> str:
    from stemkit.actions.projects.told import told

    return told(visible)


def _packed_row(packed: Packed) -> dict[str, Any]:
    return {
        "package": str(packed.path),
        "identity": packed.identity,
        "files": packed.files,
        "bytes": packed.size,
        "read_bytes": packed.read_bytes,
        "seconds": round(packed.seconds, 3),
        "visible": [
            {"path": v.path, "tells": str(v.tells), "detail": v.detail, "removed": v.removed}
            for v in packed.visible
        ],
        "left_out": [{"path": path, "reason": tr(why)} for path, why in packed.left_out],
    }
