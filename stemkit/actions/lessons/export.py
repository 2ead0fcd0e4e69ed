"""`lesson export`: a tree of lessons with a signed index, for a stick, a site, the next PC."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from stemkit.actions.keys.own import Ask, never
from stemkit.actions.lessons.build import lesson_bundles
from stemkit.actions.lessons.share_errors import (
    ClockBehindError,
    ForeignTreeError,
    NothingToShareError,
)
from stemkit.actions.lessons.signing import IndexSigner, index_signer
from stemkit.actions.lessons.trust import EARLIEST
from stemkit.actions.library.bundles import open_bundle
from stemkit.actions.library.lessons import find_lesson, known_lessons
from stemkit.errors import DiskFullError
from stemkit.events import Noted, Sink, silent
from stemkit.formats.bundle import STUDENT, TEACHER, Bundle, pack_bundle, read_manifest
from stemkit.formats.key_names import spoken
from stemkit.formats.lesson_index import (
    LONGEST_MAKER,
    MOST_LESSON_BYTES,
    LessonIndexError,
    dump_index,
    dump_pages,
    parse_index,
    parse_pages,
    with_signature,
)
from stemkit.model.lesson_names import BUNDLE_ENDING
from stemkit.model.lesson_share import LessonIndex, Offer, Part
from stemkit.signing import keys
from stemkit.signing.errors import KeyUnusableError, SignatureWrongError
from stemkit.signing.signer import Signer
from stemkit.storage import atomic, places
from stemkit.storage.lesson_book import LessonBook
from stemkit.storage.lesson_errors import LessonPartMissingError
from stemkit.storage.lesson_store import LessonStore
from stemkit.storage.lesson_tree import LessonTree, object_path, part_of
from stemkit.words import N_, day, tr

# Others may be fetching by the list of a moment ago.
_GRACE_S: Final = 24 * 3600.0
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Export:
    """What is wanted of a tree."""

    lessons: tuple[str, ...] = ()
    """Paths or names; empty: the newest of every lesson that is on this computer."""
    key: str | None = None
    """Own key to sign with; None: the one that signed the tree before, else the only one."""
    days: int = 365
    """How long the index is good."""
    teacher: bool = False
    """The teachers' parts too."""
    only: bool = False
    """What is in the tree and was not named is no longer offered."""
    prune_after_s: float | None = None
    """Delete files that no lesson of the tree needs any more and that are older than this; None:
    none, for somebody may be fetching by the index of a moment ago."""
    force: bool = False
    """Take over a tree of another key, or one that is damaged."""
    ask: Ask = field(default=never, repr=False)


@dataclass(frozen=True, slots=True)
class Exported:
    """A tree that was written."""

    folder: Path
    serial: int
    expires: datetime
    fingerprint: str
    maker: str
    offers: tuple[Offer, ...]
    bytes_written: int
    removed: int

    @property
    def number(self) -> str:
        """The signer's number, as people compare it."""
        return spoken(self.fingerprint)


@dataclass(frozen=True, slots=True)
class _There:
    """What a tree says of itself; nothing where it is new."""

    index: LessonIndex | None = None
    fingerprint: str = ""
    offers: tuple[Offer, ...] = ()


def export(
    folder: Path,
    wish: Export,
    store: LessonStore,
    book: LessonBook,
    now: datetime,
    sink: Sink = silent,
) -> Exported:
    """Write or update the tree in `folder`; its index comes last, at once.

    Raises what `open_bundle` and `index_signer` do, NoSuchLessonError, NothingToShareError,
    ForeignTreeError, LessonIndexError, SignatureWrongError, ClockBehindError, or what the disk
    says: then the tree offers what it offered before.
    """
    tree = LessonTree(folder)
    there = _there(tree, wish)
    signer = index_signer(wish.key, there.fingerprint, wish.ask)
    if there.index and there.fingerprint != signer.fingerprint and not wish.force:
        raise ForeignTreeError(folder=folder, found=spoken(there.fingerprint))
    _must_be_now(now, there.index)
    bundles = list(_bundles(wish, store, signer.holder, sink))
    if not bundles:
        raise NothingToShareError
    last = there.index.serial if there.index else 0
    with book.signing(signer.fingerprint, last) as serial, _nothing_on_a_full_disk(tree):
        new, written = _put_all(tree, bundles)
        offers = _together(() if wish.only else there.offers, new, sink)
        index, pages = _index(offers, signer, serial, now, wish.days)
        written += sum(_put(tree, page)[1] for page in pages)
        body = dump_index(index)
        tree.publish(with_signature(body, signer.sign(body)))
    removed = 0
    if wish.prune_after_s is not None:
        removed = tree.prune(_named(tree, index, offers), wish.prune_after_s)
    return Exported(
        folder, serial, index.expires, signer.fingerprint, index.maker, offers, written, removed
    )


def export_here(folder: Path, wish: Export, sink: Sink = silent) -> Exported:
    """`export` from this computer's store, now."""
    place = places.lesson_store()
    return export(folder, wish, LessonStore(place), LessonBook(place), datetime.now(UTC), sink)


def export_shared(lessons: tuple[str, ...], teacher: bool, ask: Ask = never) -> Exported:
    """The tree that this computer hands out in its own network: these lessons and no others."""
    wish = Export(lessons, teacher=teacher, only=True, prune_after_s=_GRACE_S, force=True,
                  ask=ask)  # fmt: skip
    return export_here(places.lesson_tree(), wish)


def _there(tree: LessonTree, wish: Export) -> _There:
    """What the tree is now; with `force` a damaged one is nothing."""
    data = tree.read_index()
    if data is None:
        return _There()
    place = str(tree.folder)
    try:
        index, signed, signature = parse_index(data, place)
        pem = keys.to_pem(index.key)
        keys.verify(pem, signed, signature, place)
        pages = [_page(tree, part) for part in index.pages]
        return _There(index, keys.fingerprint(pem, place), parse_pages(pages, index, place))
    except (LessonIndexError, SignatureWrongError, KeyUnusableError, LessonPartMissingError):
        if not wish.force:
            raise
        return _There()


def _page(tree: LessonTree, part: Part) -> bytes:
    data = tree.read(part)
    if data is None:
        raise LessonPartMissingError(place=tree.folder, file=object_path(part.sha256))
    return data


def _must_be_now(now: datetime, before: LessonIndex | None) -> None:
    """Refuse to sign with a clock that is certainly behind."""
    since = max(EARLIEST, before.made - _DAY) if before else EARLIEST
    if now < since:
        raise ClockBehindError(today=day(now), since=day(since))


def _bundles(
    wish: Export, store: LessonStore, holder: Signer | None, sink: Sink
) -> Iterator[Bundle]:
    """The bundles that are wanted, each checked as one that came in a file."""
    names = wish.lessons or tuple(dict.fromkeys(known.id for known in known_lessons()))
    for name in names:
        for file, data in _found(name, store, holder):
            # What was just made of a folder here needs no warning.
            opened = open_bundle(data, file, sink if file == Path(name).name else silent)
            if opened.bundle.kind == STUDENT or wish.teacher:
                yield opened.bundle


def _found(name: str, store: LessonStore, holder: Signer | None) -> Iterator[tuple[str, bytes]]:
    """Name and contents of the bundles of what a person calls a lesson; folders are signed."""
    path = Path(name)
    if path.suffix == BUNDLE_ENDING and path.is_file():
        with atomic.told(path), path.open("rb") as file:
            yield path.name, file.read(MOST_LESSON_BYTES + 1)
        return
    if path.is_dir():
        yield from lesson_bundles(path, holder).items()
        return
    known = find_lesson(name)
    if known.shipped is not None:
        yield from lesson_bundles(known.shipped, holder).items()
        return
    for kind in (STUDENT, TEACHER):
        kept = store.find(known.id, known.version, kind)
        if kept is not None:
            yield kept.name, pack_bundle(*store.parts(kept))


@contextlib.contextmanager
def _nothing_on_a_full_disk(tree: LessonTree) -> Iterator[None]:
    """Leave the room to what does fit: other lessons, or fewer of them."""
    try:
        yield
    except DiskFullError as error:
        tree.take_back()
        raise DiskFullError(path=tree.folder) from error


def _put_all(tree: LessonTree, bundles: Iterable[Bundle]) -> tuple[list[Offer], int]:
    offers, written = [], 0
    for bundle in bundles:
        manifest, size = _put(tree, bundle.manifest)
        written += size
        signatures = {}
        for path, p7s in bundle.signatures().items():
            signatures[path], size = _put(tree, p7s)
            written += size
        files = bundle.files()
        written += sum(_put(tree, data)[1] for data in files.values())
        total = sum(map(len, files.values()))
        offers.append(
            Offer(bundle.lesson, bundle.version, bundle.kind, manifest, total, signatures)
        )
    return offers, written


def _put(tree: LessonTree, data: bytes) -> tuple[Part, int]:
    """The object, and how many bytes were new."""
    part = part_of(data)
    if tree.read(part) is not None:
        return part, 0
    return tree.put(data), len(data)


def _together(old: Sequence[Offer], new: Sequence[Offer], sink: Sink) -> tuple[Offer, ...]:
    """One version of each lesson: the new offers, and the old ones of other lessons."""
    offers = {(offer.lesson, offer.kind): offer for offer in old}
    for offer in new:
        before = offers.get((offer.lesson, offer.kind))
        if before and before.version == offer.version and before.manifest != offer.manifest:
            text = N_(
                "{name} was handed out with other contents before: raise “version” in lesson.toml,"
                " so that everybody can tell which one they have."
            )
            sink(Noted(offer.lesson, tr(text, name=offer.name)))
        offers[(offer.lesson, offer.kind)] = offer
    return tuple(offers[key] for key in sorted(offers))


def _index(
    offers: Sequence[Offer], signer: IndexSigner, serial: int, now: datetime, days: int
) -> tuple[LessonIndex, tuple[bytes, ...]]:
    pages = dump_pages(offers)
    made = now.replace(microsecond=0)
    index = LessonIndex(
        serial=serial,
        made=made,
        expires=made + timedelta(days=days),
        maker=signer.name[:LONGEST_MAKER],
        key=signer.public,
        lessons=len(offers),
        pages=tuple(map(part_of, pages)),
    )
    return index, pages


def _named(tree: LessonTree, index: LessonIndex, offers: Sequence[Offer]) -> set[str]:
    """Hashes of all that the index leads to."""
    named = {page.sha256 for page in index.pages}
    for offer in offers:
        named |= {part.sha256 for part in (offer.manifest, *offer.signatures.values())}
        manifest = read_manifest(_page(tree, offer.manifest), offer.name)
        named |= {sha256 for _, sha256 in manifest.files.values()}
    return named
