"""Which of the offered lessons are wanted, and what each means for those that are here."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.actions.lessons.share_errors import LessonNotOfferedError
from stemkit.actions.library.errors import NoSuchLessonError
from stemkit.actions.library.lessons import LessonName
from stemkit.formats.bundle import STUDENT
from stemkit.model.lesson_share import Offer
from stemkit.model.version import precedence
from stemkit.storage.lesson_book import LessonBook
from stemkit.storage.lesson_store import Kept, LessonStore
from stemkit.storage.lesson_tree import part_of

_MOST_NAMED: Final = 30


class Status(enum.StrEnum):
    """What an offered lesson is, or has become, to this computer."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NEWER_HERE = "newer-here"
    """A newer version is here; an older one is taken only where its version was named."""
    CONFLICT = "conflict"
    """The same version is here with other contents, and from somebody else."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Choice:
    """An offer that is wanted; `exactly` where its version was named."""

    offer: Offer
    exactly: bool


def chosen(
    offers: Sequence[Offer], wanted: Sequence[str], teacher: bool, place: str
) -> list[Choice]:
    """The newest version of each lesson that a person named, or of all; teachers' parts on request.

    Raises LessonNotOfferedError.
    """
    kinds = [offer for offer in offers if teacher or offer.kind == STUDENT]
    if not wanted:
        return [Choice(offer, False) for offer in _newest(kinds)]
    found: dict[tuple[str, str, str], Choice] = {}
    for text in wanted:
        name = _name(text, kinds, place)
        fitting = [offer for offer in kinds if name.means(offer.lesson, offer.version)]
        if len({offer.lesson for offer in fitting}) != 1:
            raise _not_offered(text, kinds, place)
        for offer in _newest(fitting):
            key = (offer.lesson, offer.version, offer.kind)
            found[key] = Choice(offer, bool(name.version))
    return list(found.values())


class Judge:
    """Compares offers with what the store holds now."""

    def __init__(self, store: LessonStore, book: LessonBook, key: str, *, force: bool) -> None:
        self._store, self._book, self._key, self._force = store, book, key, force
        self._kept: dict[tuple[str, str], list[Kept]] = {}
        for kept in store.all():
            self._kept.setdefault((kept.lesson, kept.kind), []).append(kept)

    def status(self, choice: Choice) -> Status:
        """What taking this offer would do."""
        offer = choice.offer
        here = self._kept.get((offer.lesson, offer.kind), [])
        if not here:
            return Status.ADDED
        same = next((kept for kept in here if kept.version == offer.version), None)
        if same is not None:
            return self._against(same, offer)
        newer = precedence(here[0].version) > precedence(offer.version)
        return Status.NEWER_HERE if newer and not choice.exactly else Status.UPDATED

    def _against(self, kept: Kept, offer: Offer) -> Status:
        if kept.identity != offer.manifest.sha256:
            # The maker may correct a lesson without a new version; a stranger may not replace it.
            own = self._book.origin(kept.identity) == self._key
            return Status.UPDATED if own or self._force else Status.CONFLICT
        signatures = {path: part_of(p7s) for path, p7s in self._store.signatures(kept).items()}
        same = signatures == dict(offer.signatures) and self._store.is_sound(kept)
        return Status.UNCHANGED if same else Status.UPDATED


def _newest(offers: Sequence[Offer]) -> list[Offer]:
    best: dict[tuple[str, str], Offer] = {}
    for offer in offers:
        key = (offer.lesson, offer.kind)
        if key not in best or precedence(offer.version) > precedence(best[key].version):
            best[key] = offer
    return list(best.values())


def _name(text: str, offers: Sequence[Offer], place: str) -> LessonName:
    try:
        return LessonName.of(text)
    except NoSuchLessonError as error:
        raise _not_offered(text, offers, place) from error


def _not_offered(text: str, offers: Sequence[Offer], place: str) -> LessonNotOfferedError:
    there = sorted({offer.lesson for offer in offers})
    more = " …" if len(there) > _MOST_NAMED else ""
    return LessonNotOfferedError(
        place=place, name=text, there=", ".join(there[:_MOST_NAMED]) + more
    )
