"""`stemkit lesson list, add, remove`: the lessons that are on this computer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, current_language, tr, typed

if TYPE_CHECKING:
    from stemkit.actions.lessons.install import Added
    from stemkit.actions.lessons.listing import Listed
    from stemkit.storage.lesson_store import Kept


@make(
    "list",
    help=N_(
        "List the lessons on this computer: those that came with stemkit and those in the store."
    ),
    example="stemkit lesson list",
)
def list_command(out: Output) -> None:
    """Show every lesson once, with its versions, and where a newer one is offered."""
    from stemkit.actions.lessons.listing import listed
    from stemkit.cli.lesson_row import lesson_row

    lessons = listed()
    if out.as_json:
        rows = [{**lesson_row(one.lesson), **_where(one)} for one in lessons]
        out.answer("lesson.list", {"lessons": rows})
        return
    widths = [max(map(len, column)) for column in zip(*map(_cells, lessons), strict=True)]
    for one in lessons:
        told = zip(_cells(one), widths, strict=True)
        out.say("  ".join(f"{cell:<{width}}" for cell, width in told).rstrip())
    updates = [one for one in lessons if one.update]
    for one in updates:
        text = N_("{name}: version {version} is at {place}. Get it: stemkit lesson sync {place}")
        out.hint(tr(text, name=one.lesson.id, version=one.update, place=typed(one.update_place)))
    if lessons:
        first = lessons[0].lesson.id
        out.hint(tr(N_("To read about one: stemkit lesson show {lesson}"), lesson=first))
        text = N_("To put it onto a board and run it: stemkit deploy {lesson} --run")
        out.hint(tr(text, lesson=first))


@make(
    "add",
    help=N_(
        "Put lessons into the store: a .stem file, a folder of them, or a lesson's own folder.\n\n"
        "Everything is checked before the first is kept; a changed file is refused."
    ),
    example="stemkit lesson add 20-magnets-1.0.0.stem",
)
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE|FOLDER")
@click.option(
    "--force", is_flag=True, help=N_("Replace a lesson that is here in the same version.")
)
def add_command(out: Output, path: Path, force: bool) -> None:
    """Check, keep, and tell who signed."""
    from stemkit.actions.lessons.install import add_lessons
    from stemkit.storage import places
    from stemkit.storage.lesson_store import LessonStore

    added = add_lessons(LessonStore(places.lesson_store()), path, force=force)
    for one in added:
        out.say(tr(_ADDED[one.status], name=_name(one.kept)))
        warning = one.opened.warning()
        if warning:
            out.hint(warning)
    if out.as_json:
        out.answer("lesson.add", {"lessons": [_added_row(one) for one in added]})


@make(
    "remove",
    help=N_("Remove lessons from the store: all versions, or only ID@VERSION."),
    example="stemkit lesson remove 20-magnets@1.0.0",
)
@click.argument(
    "lessons",
    nargs=-1,
    required=True,
    metavar="LESSON[@VERSION]...",
    shell_complete=complete.lessons,
)
def remove_command(out: Output, lessons: tuple[str, ...]) -> None:
    """Forget them."""
    from stemkit.actions.lessons.install import remove_lessons
    from stemkit.storage import places
    from stemkit.storage.lesson_store import LessonStore

    store = LessonStore(places.lesson_store())
    gone = [kept for lesson in lessons for kept in remove_lessons(store, lesson)]
    for kept in gone:
        out.say(tr(N_("Removed: {name}"), name=_name(kept)))
    if out.as_json:
        out.answer("lesson.remove", {"lessons": [kept_row(kept) for kept in gone]})


_ADDED = {
    "added": N_("Added: {name}"),
    "replaced": N_("Replaced: {name}"),
    "unchanged": N_("Already here: {name}"),
}


def kept_row(kept: Kept) -> dict[str, Any]:
    """A lesson in the store, for `--json`."""
    return {
        "id": kept.lesson,
        "version": kept.version,
        "kind": kept.kind,
        "identity": kept.identity,
        "folder": str(kept.folder),
    }


def _added_row(added: Added) -> dict[str, Any]:
    from stemkit.actions.library.bundles import bundle_row

    return {"status": added.status, **kept_row(added.kept), **bundle_row(added.opened)}


def _name(kept: Kept) -> str:
    if kept.kind == "lesson":
        return kept.name
    return tr(N_("{name} (teacher's part)"), name=kept.name)


def _cells(one: Listed) -> tuple[str, str, str, str]:
    lesson = one.lesson
    # A place only for what did not come with stemkit: titles need the room.
    place = tr(N_("(in the store)")) if one.in_store else ""
    return lesson.id, lesson.version, lesson.title.told(current_language()), place


def _where(one: Listed) -> dict[str, Any]:
    return {
        "place": "store" if one.in_store else "stemkit",
        "folder": str(one.folder),
        "versions": list(one.versions),
        "teacher": one.has_teacher,
        "update": one.update or None,
        "update_place": one.update_place or None,
    }
