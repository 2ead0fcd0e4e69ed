"""Whether an index of lessons may be believed: its signer, its serial, its time.

The signer of a place is pinned at the first sync. A serial never falls. An index has an end, so
that nobody can keep a place at an old state for ever. The clock of an old laptop may be wrong by
years: a date before stemkit was made, or before what was already seen, proves nothing, and then
the newest time that a signed index told counts instead.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from stemkit.actions.keys import own
from stemkit.actions.lessons.share_errors import (
    LessonIndexExpiredError,
    LessonIndexOldError,
    LessonSignerChangedError,
    LessonSignerDiffersError,
)
from stemkit.formats.key_names import same_number, spoken
from stemkit.formats.lesson_index import parse_index
from stemkit.model.lesson_share import LessonIndex
from stemkit.signing import keys
from stemkit.storage.lesson_book import KnownPlace
from stemkit.words import day

EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""No right clock shows an earlier time to this program: it had not been written."""
_CLOCKS_DIFFER: Final = timedelta(days=2)


class Clock(enum.StrEnum):
    """What an index tells of this computer's clock."""

    FINE = "fine"
    BEHIND = "behind"
    """It shows a time that has certainly been."""
    DIFFERS = "differs"
    """The index was made later than it shows: its clock or its maker's is wrong."""


@dataclass(frozen=True, slots=True)
class Believed:
    """An index that passed."""

    index: LessonIndex
    fingerprint: str
    first_use: bool
    """The signer was believed because nobody was known here before: a person should compare."""
    clock: Clock

    @property
    def number(self) -> str:
        """The signer's number, as people compare it."""
        return spoken(self.fingerprint)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the person said about whom to believe, and what the clock says (UTC)."""

    now: datetime
    number: str = ""
    """Number or fingerprint of the key that must have signed; "" where none was given."""
    allow_expired: bool = False


def believe(data: bytes, place: str, known: Mapping[str, KnownPlace], terms: Terms) -> Believed:
    """Check an index from `place` against all that is known.

    Raises LessonIndexError, LessonIndexUnsafeError, KeyUnusableError, SignatureWrongError,
    LessonSignerDiffersError, LessonSignerChangedError, LessonIndexOldError,
    LessonIndexExpiredError.
    """
    index, signed, signature = parse_index(data, place)
    pem = keys.to_pem(index.key)
    fingerprint = keys.fingerprint(pem, place)
    keys.verify(pem, signed, signature, place)
    first_use = _judge_signer(fingerprint, place, known, terms)
    before = known.get(place)
    if before and before.key == fingerprint and index.serial < before.serial:
        raise LessonIndexOldError(place=place, serial=index.serial, known=before.serial)
    clock = _judge_time(index, place, known, terms)
    return Believed(index, fingerprint, first_use, clock)


def _judge_signer(
    fingerprint: str, place: str, known: Mapping[str, KnownPlace], terms: Terms
) -> bool:
    """Whether this is the first use of the key here; raises where it is the wrong one."""
    if terms.number:
        if not same_number(terms.number, fingerprint):
            raise LessonSignerDiffersError(place=place, found=spoken(fingerprint))
        return False
    if any(key.fingerprint == fingerprint for key in (*own.own_keys(), *own.trusted_keys())):
        return False
    before = known.get(place)
    if before is not None and before.key != fingerprint:
        raise LessonSignerChangedError(
            place=place, found=spoken(fingerprint), expected=spoken(before.key)
        )
    return all(other.key != fingerprint for other in known.values())


def _judge_time(
    index: LessonIndex, place: str, known: Mapping[str, KnownPlace], terms: Terms
) -> Clock:
    seen = max((_told(other.made) for other in known.values()), default=EARLIEST)
    wrong = terms.now < EARLIEST
    # A clock that is certainly wrong cannot say what is over; what was seen can.
    now = max(seen, EARLIEST) if wrong else terms.now
    if now > index.expires and not terms.allow_expired:
        raise LessonIndexExpiredError(place=place, expires=day(index.expires), today=day(terms.now))
    if wrong:
        return Clock.BEHIND
    return Clock.DIFFERS if index.made > terms.now + _CLOCKS_DIFFER else Clock.FINE


def _told(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return EARLIEST
    return found if found.tzinfo else found.replace(tzinfo=UTC)
