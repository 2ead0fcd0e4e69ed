"""`lesson sync`: take lessons from a tree, only what is missing, going on where it broke off."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from stemkit.actions.lessons.choice import Choice, Judge, Status, chosen
from stemkit.actions.lessons.fetch import Fetching
from stemkit.actions.lessons.share_errors import NoPlaceKnownError
from stemkit.actions.lessons.trust import Believed, Terms, believe
from stemkit.actions.library.bundles import OpenBundle, open_bundle
from stemkit.errors import InputFileError, MachineError, RefusedError, StemkitError
from stemkit.events import (
    BoardFailed,
    BoardFinished,
    BoardStarted,
    Sink,
    StepAdvanced,
    StepStarted,
    silent,
)
from stemkit.formats.archive import Limits
from stemkit.formats.archive_errors import ArchiveUnsafeError, Reason
from stemkit.formats.archive_names import collision, unsafe_name
from stemkit.formats.bundle import STUDENT, BundleTamperedError, pack_bundle, read_manifest
from stemkit.formats.lesson_index import parse_pages
from stemkit.model.lesson_share import Offer, Part
from stemkit.model.version import precedence
from stemkit.storage import places
from stemkit.storage.lesson_book import KnownPlace, LessonBook
from stemkit.storage.lesson_errors import LessonVersionDiffersError
from stemkit.storage.lesson_source import LessonSource, open_source
from stemkit.storage.lesson_store import LessonStore
from stemkit.words import N_

_OUTCOMES: Final = {Status.ADDED: N_("new"), Status.UPDATED: N_("updated")}
_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a place."""

    lessons: tuple[str, ...] = ()
    """Names as people write them; empty: all that is there."""
    teacher: bool = False
    """The teachers' parts too."""
    force: bool = False
    """Also over a lesson of the same version that came from elsewhere."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What became of one lesson."""

    offer: Offer
    status: Status
    opened: OpenBundle | None = None
    error: StemkitError | None = None


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did."""

    place: str
    believed: Believed
    lessons: tuple[Synced, ...]
    bytes_fetched: int
    """Objects only: neither the index nor what HTTP adds."""
    seconds: float

    @property
    def error(self) -> StemkitError | None:
        """The first error of a lesson, one of safety before others; None where all went well."""
        errors = [one.error for one in self.lessons if one.error]
        return min(errors, key=lambda error: -error.exit_code, default=None)


def sync(
    place: str | None, wish: Wish, number: str = "", allow_expired: bool = False,
    sink: Sink = silent,
) -> SyncResult:  # fmt: skip
    """Sync this computer's store; without `place` from the only place that is known.

    Raises NoPlaceKnownError, and what `Syncing.run` does.
    """
    store, book = LessonStore(places.lesson_store()), LessonBook(places.lesson_store())
    if place is None:
        known = list(book.places())
        if len(known) != 1:
            raise NoPlaceKnownError(places=", ".join(known) or "–")
        place = known[0]
    terms = Terms(datetime.now(UTC), number, allow_expired)
    return Syncing(open_source(place), store, book, terms, wish, sink).run()


@dataclass(frozen=True, slots=True)
class Syncing:
    """One sync from one source into one store."""

    source: LessonSource
    store: LessonStore
    book: LessonBook
    terms: Terms
    wish: Wish = field(default_factory=Wish)
    sink: Sink = silent

    def run(self) -> SyncResult:
        """Check the index, then bring and check lesson after lesson.

        A lesson that is refused does not stop the others. Raises what `believe` does,
        LessonNotOfferedError, DiskFullError, LessonStoreBusyError, or what the source says: what
        was whole by then is kept, and the next run goes on.
        """
        start_s = time.monotonic()
        data = self.source.index()
        with self.store.changing():
            believed = believe(data, self.source.place, self.book.places(), self.terms)
            with Fetching(self.source, self.store) as fetching:
                offers = self._offers(believed, fetching)
                self._remember(believed, offers)
                choices = chosen(offers, self.wish.lessons, self.wish.teacher, self.source.place)
                lessons = self._bring(choices, believed, fetching)
            self.store.forget_incoming()
        seconds = time.monotonic() - start_s
        return SyncResult(self.source.place, believed, lessons, fetching.came, seconds)

    def _offers(self, believed: Believed, fetching: Fetching) -> tuple[Offer, ...]:
        """What the index's pages say; pages of the last sync are not fetched again."""
        index, place = believed.index, self.source.place
        pages = self.store.pages(place)
        kept = {part: pages.read(part) for part in index.pages}
        fetching.begin(part for part, page in kept.items() if page is None)
        try:
            found = tuple(page or fetching.take(part) for part, page in kept.items())
            offers = parse_pages(found, index, place)
        except (InputFileError, RefusedError):
            self.store.forget_incoming(index.pages)
            raise
        pages.keep(found)
        return offers

    def _remember(self, believed: Believed, offers: Sequence[Offer]) -> None:
        newest: dict[str, str] = {}
        for offer in offers:
            if offer.kind == STUDENT:
                known = newest.setdefault(offer.lesson, offer.version)
                newest[offer.lesson] = max(known, offer.version, key=precedence)
        index = believed.index
        known_place = KnownPlace(
            key=believed.fingerprint,
            serial=index.serial,
            made=index.made.strftime(_STAMP),
            maker=index.maker,
            synced=self.terms.now.strftime(_STAMP),
            offers=newest,
        )
        self.book.remember(self.source.place, known_place)

    def _bring(
        self, choices: Sequence[Choice], believed: Believed, fetching: Fetching
    ) -> tuple[Synced, ...]:
        judge = Judge(self.store, self.book, believed.fingerprint, force=self.wish.force)
        errands = [_Errand(choice.offer, judge.status(choice)) for choice in choices]
        coming = [errand for errand in errands if errand.comes]
        fetching.begin(fetching.missing(p for errand in coming for p in errand.head()))
        for errand in coming:
            errand.read_head(fetching)
        missing = [fetching.missing(errand.files.values()) for errand in coming]
        fetching.must_fit(part for parts in missing for part in parts)
        for errand, parts in zip(coming, missing, strict=True):
            errand.begin(parts, fetching, self.sink)
        for errand in coming:
            self._finish(errand, believed, fetching)
        return tuple(errand.synced() for errand in errands)

    def _finish(self, errand: _Errand, believed: Believed, fetching: Fetching) -> None:
        """Put a lesson together as soon as all of it has come, and keep it."""
        if errand.error is None:
            try:
                errand.opened = opened = errand.assembled(fetching)
                self.store.install(opened.bundle)
                self.book.note_origin(opened.bundle.identity, believed.fingerprint)
            except MachineError:
                raise
            except StemkitError as error:
                errand.error = error
        errand.tell_end(self.sink)


@dataclass(slots=True)
class _Errand:
    """One lesson on its way."""

    offer: Offer
    status: Status
    manifest: bytes = b""
    files: dict[str, Part] = field(default_factory=dict)
    opened: OpenBundle | None = None
    error: StemkitError | None = None
    begun_s: float = 0.0
    done: int = 0

    def __post_init__(self) -> None:
        if self.status is Status.CONFLICT:
            self.error = LessonVersionDiffersError(name=self.offer.name)

    @property
    def comes(self) -> bool:
        """Whether anything of it is to be brought."""
        return self.status in (Status.ADDED, Status.UPDATED)

    def head(self) -> list[Part]:
        """Manifest and signatures."""
        return [self.offer.manifest, *self.offer.signatures.values()]

    def read_head(self, fetching: Fetching) -> None:
        """Learn which files belong to it."""
        try:
            self.manifest = fetching.take(self.offer.manifest)
            self.files = _files(self.manifest, self.offer)
        except MachineError:
            raise
        except StemkitError as error:
            self.error = error

    def begin(self, missing: Sequence[Part], fetching: Fetching, sink: Sink) -> None:
        """Let its files come."""
        name, self.begun_s = self.offer.name, time.monotonic()
        sink(BoardStarted(name))
        sink(StepStarted(name, N_("Fetching"), sum(part.size for part in missing)))

        def arrived(size: int) -> None:
            self.done += size
            sink(StepAdvanced(name, self.done))

        fetching.begin(missing, arrived)

    def assembled(self, fetching: Fetching) -> OpenBundle:
        """The bundle, checked as one that came in a file."""
        signatures = {path: fetching.take(p) for path, p in self.offer.signatures.items()}
        files = {path: fetching.take(part) for path, part in self.files.items()}
        name = self.offer.name
        # An unsigned one needs no warning here: the index's signer vouches for it.
        opened = open_bundle(pack_bundle(self.manifest, files, signatures), name)
        return opened

    def tell_end(self, sink: Sink) -> None:
        """Tell how it ended."""
        seconds = time.monotonic() - self.begun_s
        if self.error is not None:
            sink(BoardFailed(self.offer.name, self.error, seconds))
        else:
            sink(BoardFinished(self.offer.name, _OUTCOMES[self.status], seconds))

    def synced(self) -> Synced:
        """What became of it."""
        status = Status.FAILED if self.error else self.status
        return Synced(self.offer, status, self.opened, self.error)


def _files(manifest: bytes, offer: Offer) -> dict[str, Part]:
    """What the manifest names, judged before anything of it is fetched."""
    told = read_manifest(manifest, offer.name)
    files = {path: Part(sha256, size) for path, (size, sha256) in told.files.items()}
    reasons = [reason for path in files if (reason := unsafe_name(path))]
    reason = reasons[0] if reasons else collision(files, ())
    if reason is not None:
        raise ArchiveUnsafeError(name=offer.name, reason=reason)
    fits = (
        (told.lesson, told.version, told.kind) == (offer.lesson, offer.version, offer.kind)
        and sum(part.size for part in files.values()) == offer.size
        and len(files) <= Limits().files
    )
    if not fits:
        reason = Reason(N_("its manifest does not match the list of lessons."))
        raise BundleTamperedError(name=offer.name, reason=reason)
    return files
