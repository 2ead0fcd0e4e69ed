"""The index and its pages: what is written is read, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.formats.lesson_index import (
    LessonIndexError,
    LessonIndexUnsafeError,
    dump_index,
    dump_pages,
    parse_index,
    parse_pages,
    with_signature,
)
from stemkit.model.lesson_share import LessonIndex, Offer, Part
from stemkit.model.version import precedence
from stemkit.storage.lesson_tree import part_of

hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
times = st.integers(0, 4_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
words = st.text("ab09", min_size=1, max_size=6)
ids = st.builds(lambda number, word: f"{number:02d}-{word}", st.integers(0, 99), words)
endings = st.sampled_from(["", "-a", "-rc.1", "-rc.10", "-rc.b", "-0", "-9a"])
numbers = st.integers(0, 12)
versions = st.builds("{}.{}.{}{}".format, numbers, numbers, numbers, endings)
makers = st.text(max_size=80).filter(lambda text: (text + "x").isprintable())


def parts(most: int) -> st.SearchStrategy[Part]:
    return st.builds(Part, hashes, st.integers(0, most))


signatures = st.dictionaries(
    st.integers(0, 999).map(lambda n: f"signatures/{n}-co-hoa.p7s"), parts(65536), max_size=3
)
offers = st.builds(
    Offer,
    lesson=ids,
    version=versions,
    kind=st.sampled_from(["lesson", "teacher"]),
    manifest=parts(500_000),
    size=st.integers(0, 64 << 20),
    signatures=signatures,
)
many = st.lists(offers, max_size=20, unique_by=lambda o: (o.lesson, o.kind, o.version.casefold()))
indexes = st.builds(
    LessonIndex,
    serial=st.integers(1, 2**53),
    made=times,
    expires=times,
    maker=makers,
    key=st.binary(min_size=6, max_size=300),
    lessons=st.integers(0, 2000),
    pages=st.lists(parts(65536), max_size=12).map(tuple),
)


@given(indexes, st.binary(min_size=8, max_size=72))
def test_an_index_is_read_as_it_was_written(index: LessonIndex, signature: bytes) -> None:
    body = dump_index(index)
    assert parse_index(with_signature(body, signature), "x") == (index, body, signature)


@settings(max_examples=40)
@given(many)
def test_offers_are_read_as_they_were_written(given_offers: list[Offer]) -> None:
    pages = dump_pages(given_offers)
    read = parse_pages(pages, index_of(pages, len(given_offers)), "x")
    assert sorted(read, key=by_name) == sorted(given_offers, key=by_name)
    assert dump_pages(reversed(given_offers)) == pages


@settings(max_examples=40)
@given(many, offers)
def test_a_changed_lesson_changes_one_page(given_offers: list[Offer], change: Offer) -> None:
    if not given_offers:
        return
    first = given_offers[0]
    changed = Offer(first.lesson, first.version, first.kind, change.manifest, change.size)
    before, after = dump_pages(given_offers), dump_pages([changed, *given_offers[1:]])
    assert len(before) == len(after)
    assert len(set(after) - set(before)) <= 1


@given(indexes, st.data())
def test_no_changed_index_is_read_as_another_with_the_same_signed_bytes(
    index: LessonIndex, data: st.DataObject
) -> None:
    body = dump_index(index)
    whole = bytearray(with_signature(body, b"signature"))
    at = data.draw(st.integers(0, len(whole) - 2))
    whole[at] ^= data.draw(st.integers(1, 255))
    try:
        _, signed, signature = parse_index(bytes(whole), "x")
    except (LessonIndexError, LessonIndexUnsafeError):
        return
    assert (signed, signature) != (body, b"signature")


@given(st.binary(max_size=400))
def test_junk_is_no_index_and_no_page(data: bytes) -> None:
    with pytest.raises((LessonIndexError, LessonIndexUnsafeError)):
        parse_index(data, "x")
    with pytest.raises((LessonIndexError, LessonIndexUnsafeError)):
        parse_pages([data], index_of([data], 1), "x")


@given(indexes, st.data())
def test_a_cut_index_is_no_index(index: LessonIndex, data: st.DataObject) -> None:
    whole = with_signature(dump_index(index), b"signature")
    cut = whole[: data.draw(st.integers(0, len(whole) - 2))]
    with pytest.raises((LessonIndexError, LessonIndexUnsafeError)):
        parse_index(cut, "x")


def by_name(offer: Offer) -> tuple[str, str, str]:
    return offer.lesson, offer.kind, offer.version


def index_of(pages: object, lessons: int) -> LessonIndex:
    made = datetime(2026, 11, 22, tzinfo=UTC)
    found = tuple(part_of(page) for page in pages)  # type: ignore[attr-defined]
    return LessonIndex(1, made, made + timedelta(days=1), "", b"key", lessons, found)


def test_versions_sort_as_semver_says() -> None:
    # The example of semver.org 2.0.0, section 11.4.
    right = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
             "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0"]  # fmt: skip
    wrong = right[3:] + right[:3]
    assert sorted(wrong, key=precedence) == right


@given(versions, versions)
def test_any_two_versions_can_be_compared(one: str, other: str) -> None:
    assert (precedence(one) < precedence(other)) + (precedence(other) < precedence(one)) <= 1
    if precedence(one) == precedence(other):
        assert one == other
