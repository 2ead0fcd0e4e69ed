"""`stemkit lesson sync, export, serve`: lessons from one computer to another."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.bundle import signer_words
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, day, ntr, number, tr

if TYPE_CHECKING:
    from stemkit.actions.lessons.export import Exported
    from stemkit.actions.lessons.serve import Serving
    from stemkit.actions.lessons.sync import Synced, SyncResult
    from stemkit.actions.lessons.trust import Believed


@make(
    "sync",
    help=N_(
        "Get lessons from another computer, a web server or a USB stick.\n\n"
        "Only what is missing is fetched, every file is checked, and a sync that broke off goes on "
        "where it stopped. Without an address or a folder, lessons come from where the last ones "
        "came. The key that signed there at the first sync must have signed there every time."
    ),
    example="stemkit lesson sync http://192.168.1.10:8765\nstemkit lesson sync E:/ 03 04",
)
@click.argument("place", required=False, metavar="[URL|FOLDER]")
@click.argument("lessons", nargs=-1, metavar="[LESSON]...", shell_complete=complete.lessons)
@click.option("--key", "number", metavar="NUMBER", default="",
              help=N_("Accept lessons only if the key with this number signed them."))  # fmt: skip
@click.option("--teacher", is_flag=True, help=N_("Include the teachers' parts."))
@click.option("--allow-expired", is_flag=True, help=N_("Accept a list that has expired."))
@click.option(
    "--force",
    is_flag=True,
    help=N_("Replace a lesson of the same version that came from elsewhere."),
)
def sync_command(out: Output, place: str | None, lessons: tuple[str, ...], **options: Any) -> None:
    """Fetch, check, keep, and show what came."""
    from stemkit.actions.lessons.sync import Wish, sync
    from stemkit.cli import progress

    wish = Wish(lessons, options["teacher"], options["force"])
    with progress.shown(out) as sink:
        result = sync(place, wish, options["number"], options["allow_expired"], sink)
    _show_sync(out, result)
    if result.error is not None:
        raise result.error


@make(
    "export",
    help=N_(
        "Write lessons and their signed list into a folder, for others to sync from.\n\n"
        "The folder works on a USB stick, on any web server and on a network drive. LESSON is a "
        ".stem file, a lesson's folder or its name; without it, all lessons on this computer are "
        "written. Lessons that are already in the folder stay there."
    ),
    example="stemkit lesson export E:/lessons 03-soil-moisture",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("lessons", nargs=-1, metavar="[LESSON]...", shell_complete=complete.lessons)
@click.option("--key", metavar="NAME", shell_complete=complete.own_keys,
              help=N_("Sign with this key of yours (default: the only one you have)."))  # fmt: skip
@click.option("--expires", "days", metavar="DAYS", type=click.IntRange(1, 3650), default=365,
              help=N_("How many days the list stays valid."), show_default=True)  # fmt: skip
@click.option("--teacher", is_flag=True, help=N_("Include the teachers' parts."))
@click.option("--only", is_flag=True, help=N_("From now on offer only these lessons."))
@click.option("--prune", is_flag=True, help=N_("Delete files that no lesson needs any more."))
@click.option(
    "--force", is_flag=True, help=N_("Take over a folder that was signed with another key.")
)
def export_command(
    out: Output, folder: Path, lessons: tuple[str, ...], prune: bool, **options: Any
) -> None:
    """Write the tree and tell the number of its key."""
    from stemkit.actions.lessons.export import Export, export_here
    from stemkit.cli import progress
    from stemkit.cli.passphrase import ask

    wish = Export(lessons, prune_after_s=0.0 if prune else None, ask=ask, **options)
    with progress.shown(out) as sink:
        made = export_here(folder, wish, sink)
    _show_export(out, made)


@make(
    "serve",
    help=N_(
        "Hand lessons out to the other computers of this network, until Ctrl-C.\n\n"
        "LESSON is as for “stemkit lesson export”. With --folder a folder or stick that was "
        "exported before is handed out as it is."
    ),
    example="stemkit lesson serve\nstemkit lesson serve 03 04 --port 8000",
)
@click.argument("lessons", nargs=-1, metavar="[LESSON]...", shell_complete=complete.lessons)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    metavar="PORT",
    help=N_("Network port to listen on; 0: any that is free."),
)
@click.option(
    "--host",
    default="",
    metavar="ADDRESS",
    help=N_("Listen on this address only (default: on all of this computer's)."),
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help=N_("Hand out this folder, which “stemkit lesson export” wrote."),
)
@click.option("--teacher", is_flag=True, help=N_("Include the teachers' parts."))
def serve_command(
    out: Output, lessons: tuple[str, ...], port: int, host: str, folder: Path | None, teacher: bool
) -> None:
    """Make the tree, listen, tell the address, and go on until Ctrl-C."""
    from stemkit.actions.lessons.export import export_shared
    from stemkit.actions.lessons.serve import open_server
    from stemkit.cli.passphrase import ask

    tree = folder or export_shared(lessons, teacher, ask).folder

    def arrived(computer: str) -> None:
        out.hint(tr(N_("{computer} takes lessons."), computer=computer))

    serving = open_server(tree, host, port, arrived)
    _show_serving(out, serving)
    tally = serving.run()
    if out.as_json:
        out.json_line({"bytes": tally.bytes_sent, "computers": len(tally.computers)})
    size = number(tally.bytes_sent / 1e6)
    out.say(ntr("{n} computer took lessons, {size} MB.", "{n} computers took lessons, {size} MB.",
                len(tally.computers), size=size))  # fmt: skip


def _show_sync(out: Output, result: SyncResult) -> None:
    if out.as_json:
        out.answer("lesson.sync", _sync_fields(result))
        return
    for one in result.lessons:
        out.say(tr(_STATUS[one.status], name=one.offer.name))
        if one.error is not None:
            out.say(f"  {one.error.told()}")
    if not result.lessons:
        out.say(tr(N_("{place} has no lessons."), place=result.place))
    # Last, where they are still seen after two hundred lessons.
    _show_signers(out, result)
    _show_trust(out, result.believed, result.place)
    size = f"{result.bytes_fetched / 1000:.0f}"
    out.hint(tr(N_("{size} kB fetched in {seconds} s."), size=size,
                seconds=number(result.seconds)))  # fmt: skip


def _show_signers(out: Output, result: SyncResult) -> None:
    """Who signed what is new, each with how many lessons."""
    new = [one.opened for one in result.lessons if one.opened and one.status != "failed"]
    counts = Counter(
        ", ".join(map(signer_words, bundle.signers)) or tr(N_("nobody")) for bundle in new
    )
    for name, n in counts.items():
        out.say(ntr("{n} lesson signed by {name}", "{n} lessons signed by {name}", n, name=name))


_STATUS = {
    "added": N_("New: {name}"),
    "updated": N_("Updated: {name}"),
    "unchanged": N_("Already here: {name}"),
    "newer-here": N_("Left alone, a newer one is here: {name}"),
    "failed": N_("NOT TAKEN: {name}"),
}


def _show_trust(out: Output, believed: Believed, place: str) -> None:
    if believed.first_use:
        text = N_(
            "First time from {place}. Its key has the number {number}. From now on only this key "
            "is trusted there: ask its owner whether the number is right."
        )
        out.hint(tr(text, place=place, number=believed.number))
    if believed.clock == "behind":
        text = N_(
            "This computer's date ({today}) is wrong: set it. With a wrong date nobody can tell "
            "whether the list of lessons is still valid."
        )
        out.hint(tr(text, today=_today()))
    if believed.clock == "differs":
        text = N_(
            "The list of lessons was made on {made}, and this computer's date is {today}: one of"
            " the two clocks is wrong."
        )
        out.hint(tr(text, made=day(believed.index.made), today=_today()))


def _sync_fields(result: SyncResult) -> dict[str, Any]:
    believed = result.believed
    return {
        "place": result.place,
        "serial": believed.index.serial,
        "expires": believed.index.expires.isoformat(),
        "signer": {
            "name": believed.index.maker,
            "fingerprint": believed.fingerprint,
            "number": believed.number,
            "first_use": believed.first_use,
        },
        "clock": str(believed.clock),
        "bytes_fetched": result.bytes_fetched,
        "seconds": round(result.seconds, 3),
        "lessons": [_synced_row(one) for one in result.lessons],
    }


def _synced_row(one: Synced) -> dict[str, Any]:
    error = one.error
    return {
        "id": one.offer.lesson,
        "version": one.offer.version,
        "kind": one.offer.kind,
        "identity": one.offer.manifest.sha256,
        "status": str(one.status),
        "signed": one.opened.standing if one.opened else None,
        "error": error
        and {"code": error.code, "message": error.told(), "remedy": error.remedy_told()},
    }


def _show_export(out: Output, made: Exported) -> None:
    if out.as_json:
        out.answer("lesson.export", _export_fields(made))
    n = len(made.offers)
    out.say(ntr("{n} lesson in {folder}", "{n} lessons in {folder}", n, folder=made.folder))
    out.say(tr(N_("Number of the key, for those who sync: {number}"), number=made.number))
    text = N_("The list has the number {serial} and is good until {expires}.")
    out.hint(tr(text, serial=made.serial, expires=day(made.expires)))


def _export_fields(made: Exported) -> dict[str, Any]:
    return {
        "folder": str(made.folder),
        "serial": made.serial,
        "expires": made.expires.isoformat(),
        "signer": {
            "name": made.maker,
            "fingerprint": made.fingerprint,
            "number": made.number,
        },
        "bytes_written": made.bytes_written,
        "removed": made.removed,
        "lessons": [
            {
                "id": offer.lesson,
                "version": offer.version,
                "kind": offer.kind,
                "identity": offer.manifest.sha256,
                "bytes": offer.size,
            }
            for offer in made.offers
        ],
    }


def _show_serving(out: Output, serving: Serving) -> None:
    if out.as_json:
        body = {
            "urls": list(serving.urls),
            "port": serving.server.port,
            "serial": serving.index.serial,
            "lessons": serving.index.lessons,
            "number": serving.number,
        }
        out.answer("lesson.serve", body)
        return
    out.say(tr(N_("On the other computers type:")))
    for url in serving.urls[:-1] or serving.urls:
        out.say(f"  stemkit lesson sync {url}")
    out.say(tr(N_("Number of the key, for those who sync: {number}"), number=serving.number))
    out.hint(
        tr(N_("If they cannot reach it: allow Python in this computer's firewall. Ctrl-C ends."))
    )


def _today() -> str:
    from datetime import date

    return day(date.today())
