"""Lessons from a trainer's tree into a club's store: whole, checked, only what is missing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stemkit.actions.lessons.build import lesson_bundles
from stemkit.actions.lessons.share_errors import (
    LessonIndexExpiredError,
    LessonIndexOldError,
    LessonNotOfferedError,
    LessonSignerChangedError,
    LessonSignerDiffersError,
)
from stemkit.actions.lessons.trust import Clock
from stemkit.formats.bundle import pack_bundle
from stemkit.storage.lesson_errors import LessonVersionDiffersError
from tests.lessons_store.club import NOW, Person, make_lesson


def test_lessons_come_as_they_were_made(club: Person, tree: Path, lessons: list[Path]) -> None:
    result = club.sync(tree)
    assert [str(one.status) for one in result.lessons] == ["added", "added"]
    assert club.names() == ["20-magnets@1.0.0", "21-tides@1.0.0"]
    for kept, folder in zip(club.store.all(), lessons, strict=True):
        made = lesson_bundles(folder)[f"{kept.lesson}-1.0.0.stem"]
        assert pack_bundle(*club.store.parts(kept)) == made
        assert (kept.folder / "board/main.py").read_bytes() == (
            folder / "board/main.py"
        ).read_bytes()
        assert not (kept.folder / "teacher").exists()
    assert club.litter() == []


def test_a_second_sync_fetches_nothing(club: Person, tree: Path) -> None:
    club.sync(tree)
    again = club.sync(tree)
    assert [str(one.status) for one in again.lessons] == ["unchanged", "unchanged"]
    assert again.bytes_fetched == 0


def test_a_changed_line_moves_that_file_and_the_lists(
    club: Person, trainer: Person, tree: Path, lessons: list[Path]
) -> None:
    club.sync(tree)
    text = lessons[0] / "vi/lesson.md"
    text.write_text(text.read_text("utf-8") + "Thêm một dòng.\n", "utf-8")
    (lessons[0] / "lesson.toml").write_bytes(
        (lessons[0] / "lesson.toml").read_bytes().replace(b"1.0.0", b"1.0.1")
    )
    trainer.export(tree, lessons[0])
    result = club.sync(tree)
    assert [str(one.status) for one in result.lessons] == ["updated", "unchanged"]
    moved = text.stat().st_size + (lessons[0] / "lesson.toml").stat().st_size
    assert moved < result.bytes_fetched <= moved + 3000
    assert club.names() == ["20-magnets@1.0.1", "20-magnets@1.0.0", "21-tides@1.0.0"]


def test_named_lessons_alone_are_taken(club: Person, tree: Path) -> None:
    club.sync(tree, "21")
    assert club.names() == ["21-tides@1.0.0"]
    for name in ("22", "21-magnets", "21@2.0.0", "../etc", ""):
        with pytest.raises(LessonNotOfferedError):
            club.sync(tree, name)


def test_a_teachers_part_is_handed_out_and_taken_on_request_alone(
    club: Person, trainer: Person, lessons: list[Path], tmp_path: Path
) -> None:
    trainer.export(tmp_path / "all", *lessons, teacher=True)
    club.sync(tmp_path / "all")
    assert {kept.kind for kept in club.store.all()} == {"lesson"}
    club.sync(tmp_path / "all", teacher=True)
    teachers = [kept for kept in club.store.all() if kept.kind == "teacher"]
    assert len(teachers) == 2
    assert (teachers[0].folder / "teacher/vi.md").read_text("utf-8") == "Đáp án.\n"


def test_a_damaged_lesson_is_repaired(club: Person, tree: Path) -> None:
    club.sync(tree)
    program = club.store.all()[0].folder / "board/main.py"
    right = program.read_bytes()
    program.write_bytes(b"print('mine')\n")
    result = club.sync(tree)
    assert [str(one.status) for one in result.lessons] == ["updated", "unchanged"]
    assert program.read_bytes() == right
    assert result.bytes_fetched == len(right)


def test_an_older_version_never_replaces_a_newer_one(
    club: Person, person: Callable[[str], Person], tree: Path, lessons: list[Path], tmp_path: Path
) -> None:
    newer = make_lesson(tmp_path / "new", "20-magnets", "1.10.0")
    other = person("other")
    other.export(tmp_path / "other", newer)
    club.sync(tmp_path / "other")
    result = club.sync(tree, "20")
    assert [str(one.status) for one in result.lessons] == ["newer-here"]
    assert [str(one.status) for one in club.sync(tree, "20@1.0.0").lessons] == ["updated"]
    assert club.names() == ["20-magnets@1.10.0", "20-magnets@1.0.0"]


def test_somebody_elses_lesson_of_the_same_version_is_not_replaced(
    club: Person, person: Callable[[str], Person], tree: Path, tmp_path: Path
) -> None:
    club.sync(tree)
    same = make_lesson(tmp_path / "same", "20-magnets", en__lesson_md="# Other\n")
    person("other").export(tmp_path / "other", same)
    result = club.sync(tmp_path / "other")
    assert [str(one.status) for one in result.lessons] == ["failed"]
    assert isinstance(result.error, LessonVersionDiffersError)
    assert [str(one.status) for one in club.sync(tmp_path / "other", force=True).lessons] == [
        "updated"
    ]


def test_the_maker_may_correct_a_version(
    club: Person, trainer: Person, tree: Path, lessons: list[Path]
) -> None:
    club.sync(tree)
    (lessons[0] / "en/lesson.md").write_text("# Better\n")
    trainer.export(tree, lessons[0])
    assert [str(one.status) for one in club.sync(tree).lessons] == ["updated", "unchanged"]
    kept = club.store.find("20-magnets")
    assert kept is not None
    assert (kept.folder / "en/lesson.md").read_text() == "# Better\n"


# --- whom to believe


def test_the_first_signer_is_told_and_pinned(
    club: Person, person: Callable[[str], Person], tree: Path, lessons: list[Path]
) -> None:
    first = club.sync(tree)
    assert first.believed.first_use
    assert not club.sync(tree).believed.first_use
    shutil.rmtree(tree)
    stranger = person("stranger").export(tree, *lessons)
    with pytest.raises(LessonSignerChangedError) as refused:
        club.sync(tree)
    assert stranger.number in refused.value.told()
    assert first.believed.number in refused.value.told()
    club.sync(tree, number=stranger.number)
    assert not club.sync(tree).believed.first_use


def test_a_named_key_is_demanded_from_the_first(club: Person, trainer: Person, tree: Path) -> None:
    wrong = "12345 " * 8
    with pytest.raises(LessonSignerDiffersError):
        club.sync(tree, number=wrong)
    assert club.names() == []
    assert club.book.places() == {}
    fingerprint = club.sync(tree, number=trainer.export(tree).number).believed.fingerprint
    assert club.sync(tree, number=fingerprint).believed.first_use is False


def test_a_known_signer_is_known_at_another_place(club: Person, tree: Path, tmp_path: Path) -> None:
    club.sync(tree)
    shutil.copytree(tree, tmp_path / "stick")
    assert not club.sync(tmp_path / "stick").believed.first_use


def test_an_old_index_put_back_is_refused(
    club: Person, trainer: Person, tree: Path, lessons: list[Path]
) -> None:
    old = (tree / "index.json").read_bytes()
    trainer.export(tree, lessons[0])
    club.sync(tree)
    (tree / "index.json").write_bytes(old)
    with pytest.raises(LessonIndexOldError) as refused:
        club.sync(tree)
    assert (refused.value.fields["serial"], refused.value.fields["known"]) == (1, 2)
    assert club.names()


def test_a_serial_grows_also_where_the_folder_was_emptied(
    trainer: Person, tree: Path, lessons: list[Path], tmp_path: Path
) -> None:
    shutil.rmtree(tree)
    assert trainer.export(tree, *lessons).serial == 2
    assert trainer.export(tmp_path / "another", *lessons).serial == 3


# --- time


def test_an_expired_index_brings_nothing_and_takes_nothing(club: Person, tree: Path) -> None:
    club.sync(tree, "20")
    club.now = NOW + timedelta(days=366)
    with pytest.raises(LessonIndexExpiredError) as refused:
        club.sync(tree)
    assert "2027-11-23" in refused.value.remedy_told()
    assert club.names() == ["20-magnets@1.0.0"]
    assert club.store.check(club.store.all()[0])
    club.sync(tree, allow_expired=True)
    assert len(club.names()) == 2


def test_a_dead_clock_battery_does_not_stop_a_club(club: Person, tree: Path) -> None:
    club.now = datetime(2009, 1, 1, tzinfo=UTC)
    result = club.sync(tree)
    assert result.believed.clock is Clock.BEHIND
    assert len(club.names()) == 2


def test_a_dead_clock_does_not_revive_what_was_seen_to_be_over(
    club: Person, trainer: Person, tree: Path, lessons: list[Path], tmp_path: Path
) -> None:
    trainer.export(tmp_path / "short", lessons[0], days=2)
    trainer.now = NOW + timedelta(days=30)
    trainer.export(tree, lessons[1])
    club.now = NOW + timedelta(days=31)
    club.sync(tree)
    club.now = datetime(2009, 1, 1, tzinfo=UTC)
    with pytest.raises(LessonIndexExpiredError):
        club.sync(tmp_path / "short")


def test_two_clocks_that_differ_are_told(club: Person, tree: Path) -> None:
    club.now = NOW - timedelta(days=90)
    assert club.sync(tree).believed.clock is Clock.DIFFERS


def test_what_a_place_offers_is_remembered(
    club: Person, trainer: Person, tree: Path, lessons: list[Path], tmp_path: Path
) -> None:
    club.sync(tree)
    trainer.export(tree, make_lesson(tmp_path / "new", "20-magnets", "2.0.0"))
    club.sync(tree, "21")
    known = club.book.places()[str(tree)]
    assert known.offers == {"20-magnets": "2.0.0", "21-tides": "1.0.0"}
    assert json.loads((club.home / "lessons/sources.json").read_text("utf-8"))
