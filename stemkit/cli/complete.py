"""What a shell offers when Tab is pressed: the names of boards, lessons, recordings, models.

Nothing is opened or asked here: a board's program is not disturbed by a Tab. A name that cannot
be had is not offered; completion never fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from stemkit.errors import StemkitError
from stemkit.words import current_language

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

Names = Iterable[tuple[str, str]]
"""A word to offer, and what it stands for."""
Offer = Callable[["click.Context", "click.Parameter", str], "list[CompletionItem]"]


def _offered(names: Callable[[], Names]) -> Offer:
    def offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        given = ctx.params.get(param.name or "")
        taken = set(given) if isinstance(given, tuple) else set()
        try:
            found = [row for row in names() if row[0] not in taken]
        except (StemkitError, OSError):
            return []
        return [
            CompletionItem(word, help=meaning or None)
            for word, meaning in found
            if word.casefold().startswith(incomplete.casefold())
        ]

    return offer


def _boards() -> Names:
    from stemkit.actions.boards.listing import list_boards
    from stemkit.storage import places
    from stemkit.storage.roster import Roster

    for board in list_boards():
        if board.likely:
            yield board.name, board.model or board.chip or board.bridge
    for entry in Roster(places.kit()).all():
        yield str(entry.number), entry.name


def _virtual() -> Names:
    from stemkit.storage import places
    from stemkit.virtual import running

    return [(board.name, board.model) for board in running(places.running_boards())]


def _models() -> Names:
    from stemkit.storage import catalogue

    language = current_language()
    return [(model.id, model.name.told(language)) for model in catalogue.boards().values()]


def _lessons() -> Names:
    from stemkit.actions.library.lessons import known_lessons

    return [(lesson.id, lesson.version) for lesson in known_lessons()]


def _own_keys() -> Names:
    from stemkit.storage import keyring

    # The certificates are not read for it: a Tab must not wait for the library that can.
    return [(name, "") for name in keyring.own().names()]


def _trusted_keys() -> Names:
    from stemkit.storage import keyring

    return [(name, "") for name in (*keyring.trusted().names(), *keyring.authorities().names())]


def _recordings() -> Names:
    from stemkit.storage import places
    from stemkit.storage.recordings.folder import all_recordings

    return [(folder.name, "") for folder in all_recordings(places.recordings())]


def _firmware() -> Names:
    from stemkit.storage import places
    from stemkit.storage.firmware_store import FirmwareStore

    return [(image.title, "") for image in FirmwareStore(places.firmware_store()).all()]


boards = _offered(_boards)
virtual_boards = _offered(_virtual)
models = _offered(_models)
lessons = _offered(_lessons)
own_keys = _offered(_own_keys)
trusted_keys = _offered(_trusted_keys)
recordings = _offered(_recordings)
firmware = _offered(_firmware)
