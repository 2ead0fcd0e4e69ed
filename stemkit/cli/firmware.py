"""`stemkit firmware`: the images that are kept on this computer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import command as kit
from stemkit.cli import complete
from stemkit.cli.amounts import size_told
from stemkit.cli.output import Output
from stemkit.errors import Exit, StemkitError
from stemkit.words import N_, ntr, tr

if TYPE_CHECKING:
    from stemkit.actions.firmware.kept import Fetched
    from stemkit.model.firmware import Firmware
    from stemkit.storage.firmware_store import FirmwareStore


_EXAMPLE = "stemkit firmware fetch esp32 pico microbit-v2"


@kit.command(
    "list", help=N_("Show the firmware that is on this computer."), example="stemkit firmware list"
)
def _list_images(out: Output) -> None:
    from stemkit.storage.firmware_bundled import bundled

    images = _store().all()
    here = {image.title for image in images}
    carried = [b for b in bundled() if f"{b.name}@{b.version}" not in here]
    if out.as_json:
        rows = [{**_fields(image), "state": "stored"} for image in images]
        rows += [{"name": b.name, "version": b.version, "state": "bundled"} for b in carried]
        _answer(out, "list", rows)
        return
    if images:
        _show_table(out, images)
    for extra in carried:
        out.hint(
            tr(N_("Comes with stemkit: {name}"), name=f"{extra.name}@{extra.version}"),
        )
    if not images:
        out.hint(tr(N_("Nothing is stored yet. Get some: {command}"), command=_EXAMPLE))


@kit.command(
    "fetch",
    help=N_(
        "Fetch firmware into the store.\n\n"
        "NAME is a model (esp32, pico, microbit-v2), a board's name on micropython.org (with "
        "@VERSION for that version), a file name there, or an address."
    ),
    example=_EXAMPLE,
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option(
    "--from", "mirror", metavar="PLACE", help=N_("Fetch from a mirror: an address or a folder.")
)
@click.option("--key", metavar="NUMBER", help=N_("Trust the mirror's key if it has this number."))
@click.option(
    "--site",
    metavar="URL",
    envvar="STEMKIT_FIRMWARE_SITE",
    help=N_("Use a copy of micropython.org."),
)
@click.option(
    "--force", is_flag=True, help=N_("Fetch again, even if the file is another one than before.")
)
def _fetch(out: Output, names: tuple[str, ...], **options: Any) -> Exit:
    from stemkit.actions.firmware.fetch import Fetcher, Source
    from stemkit.cli.progress import shown
    from stemkit.storage.catalogue import boards
    from stemkit.storage.firmware_sources import OFFICIAL_SITE

    site, force = options.pop("site") or OFFICIAL_SITE, options.pop("force")
    with shown(out, names) as sink:
        fetcher = Fetcher(_store(), boards(), Source(site, **options), force, sink)
        results = fetcher.fetch_all(names)
    return _answer_each(out, "fetch", results)


def _answer_each(out: Output, verb: str, results: tuple[Fetched, ...]) -> Exit:
    if len(results) == 1 and results[0].error is not None:
        raise results[0].error
    rows = []
    for result in results:
        row: dict[str, Any] = {"wanted": result.wanted}
        if result.image is not None:
            status = {"fetch": "fetched", "add": "added"}[verb] if result.is_new else "present"
            row |= {"status": status, **_fields(result.image)}
            out.say(_line(result.image))
        if result.error is not None:
            row |= {"status": "failed", "error": _error(result.error)}
            out.hint(f"{result.wanted}: {result.error.told()} {result.error.remedy_told()}")
        rows.append(row)
    _answer(out, verb, rows)
    return Exit.ANSWER_IS_NO if any(result.error for result in results) else Exit.DONE


def _error(error: StemkitError) -> dict[str, Any]:
    return {"code": error.code, "message": error.told(), "remedy": error.remedy_told()}


@kit.command(
    "add",
    help=N_("Put firmware files, or all those in a folder, into the store."),
    example="stemkit firmware add ESP32_GENERIC-20241129-v1.24.1.bin",
)
@click.argument(
    "files", metavar="FILE|FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--name", metavar="NAME", help=N_("Keep it in the store under this name."))
@click.option("--force", is_flag=True, help=N_("Replace what is stored under this name."))
def _add(out: Output, files: tuple[Path, ...], name: str | None, force: bool) -> Exit:
    from stemkit.actions.firmware.add import add_files

    return _answer_each(out, "add", add_files(_store(), files, name=name, force=force))


@kit.command(
    "check",
    help=N_("Check that stored firmware is not damaged."),
    example="stemkit firmware check",
)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete.firmware)
def _check(out: Output, names: tuple[str, ...]) -> Exit:
    from stemkit.actions.firmware import care as firmware_care

    results = firmware_care.check(_store(), names)
    bad = [image for image, health in results if health != "ok"]
    for image, health in results:
        out.say(f"{_health_words(health):<10} {image.title}")
    rows = [{**_fields(image), "state": str(health)} for image, health in results]
    _answer(out, "check", rows, ok=not bad)
    for image in bad:
        line = N_("To repair it: {command}")
        out.hint(tr(line, command=f"stemkit firmware fetch {image.title} --force"))
    return Exit.ANSWER_IS_NO if bad else Exit.DONE


def _health_words(health: str) -> str:
    words = {"ok": N_("undamaged"), "damaged": N_("DAMAGED"), "missing": N_("MISSING")}
    return tr(words[health])


@kit.command(
    "remove",
    help=N_("Delete firmware from the store."),
    example="stemkit firmware remove ESP32_GENERIC@1.24.1",
)
@click.argument(
    "names", metavar="NAME...", nargs=-1, required=True, shell_complete=complete.firmware
)
def _remove(out: Output, names: tuple[str, ...]) -> None:
    from stemkit.actions.firmware import care as firmware_care

    images = [firmware_care.remove(_store(), name) for name in names]
    for image in images:
        out.say(tr(N_("Removed: {name}"), name=image.title))
    _answer(out, "remove", [_fields(image) for image in images])


@kit.command(
    "mirror",
    help=N_(
        "Copy stored firmware to a folder for others, with a signed index.\n\nServe the folder with"
        " any web server, or carry it on a USB stick."
    ),
    example="stemkit firmware mirror /media/usb/firmware",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete.firmware)
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=N_("Sign with the key in this file; it is made if it is not there."),
)
def _mirror(out: Output, folder: Path, names: tuple[str, ...], key_file: Path | None) -> None:
    from stemkit.actions.firmware.mirror import make_mirror
    from stemkit.storage import places

    made = make_mirror(_store(), folder, key_file or places.keys() / "mirror.pem", names)
    n = len(made.images)
    out.say(
        ntr("{n} firmware image in {folder}", "{n} firmware images in {folder}", n, folder=folder)
    )
    out.say(tr(N_("Number of the key, for those who fetch: {number}"), number=made.fingerprint))
    rows = [_fields(image) for image in made.images]
    _answer(out, "mirror", rows, key=made.fingerprint)


def _store() -> FirmwareStore:
    from stemkit.storage import places
    from stemkit.storage.firmware_store import FirmwareStore

    return FirmwareStore(places.firmware_store())


def _fields(image: Firmware) -> dict[str, Any]:
    from stemkit.formats.firmware_lock import firmware_fields

    return firmware_fields(image)


def _answer(out: Output, verb: str, rows: list[dict[str, Any]], **more: object) -> None:
    if out.as_json:
        out.answer(f"firmware.{verb}", {**more, "images": rows})


def _line(image: Firmware) -> str:
    return f"{image.title}  {', '.join(image.chips)}  sha256 {image.sha256[:16]}"


def _show_table(out: Output, images: tuple[Firmware, ...]) -> None:
    from stemkit.cli.table import print_table

    titles = (N_("Name"), N_("Version"), N_("Chip"), N_("Size"), N_("Trust"))
    rows = [
        (image.name, image.version, ", ".join(image.chips), size_told(image.size), _trust(image))
        for image in images
    ]
    print_table(
        out, titles, rows, whole=(*titles[:2], titles[3]), spare=(titles[2], titles[4]), headed=True
    )


def _trust(image: Firmware) -> str:
    words = {
        "signed": N_("signed mirror"),
        "first-use": N_("first download"),
        "local": N_("your file"),
        "bundled": N_("comes with stemkit"),
    }
    return tr(words[image.trust])


command = kit.Group(
    "firmware",
    help=N_("Keep firmware on this computer, to flash without a network."),
    example=_EXAMPLE,
    commands=[_list_images, _fetch, _add, _check, _remove, _mirror],
)
