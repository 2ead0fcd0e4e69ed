"""Trees that lie: each is refused with its reason, and nothing of it is left behind."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from stemkit.actions.lessons.share_errors import (
    LessonIndexExpiredError,
    LessonIndexOldError,
    LessonSignerChangedError,
)
from stemkit.errors import Exit, StemkitError
from stemkit.formats.archive_errors import ArchiveUnsafeError
from stemkit.formats.bundle import BundleTamperedError
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
from stemkit.signing import keys
from stemkit.signing.errors import SignatureUnreadableError, SignatureWrongError
from stemkit.storage.lesson_errors import LessonPartDiffersError, LessonPartMissingError
from stemkit.storage.lesson_tree import LessonTree, object_path, part_of
from tests.lessons_store.club import NOW, Person

PRIVATE = keys.new_private_key()
PUBLIC = keys.to_der(keys.public_key(PRIVATE))


@dataclass
class Forger:
    """Makes trees whose signature fits, whatever they say."""

    tree: LessonTree

    def manifest(self, files: dict[str, bytes], **told: object) -> Part:
        body = {
            "schema": "stemkit.bundle/1", "kind": "lesson", "id": "20-magnets", "version": "1.0.0",
            "files": {
                path: {"bytes": len(data), "sha256": part_of(data).sha256}
                for path, data in files.items()
            },
            **told,
        }  # fmt: skip
        for data in files.values():
            self.tree.put(data)
        return self.tree.put(json.dumps(body).encode())

    def offer(self, files: dict[str, bytes], **told: object) -> Offer:
        manifest = self.manifest(files, **told)
        return Offer("20-magnets", "1.0.0", "lesson", manifest, sum(map(len, files.values())))

    def publish(self, *pages: bytes, **changes: object) -> None:
        """Sign an index of these pages."""
        count = sum(page.count(b'"lesson",') + page.count(b'"teacher",') for page in pages)
        index = LessonIndex(
            serial=1, made=NOW, expires=NOW + timedelta(days=30), maker="", key=PUBLIC,
            lessons=count, pages=tuple(map(self.tree.put, pages)),
        )  # fmt: skip
        self.sign(dump_index(replace(index, **changes)))

    def sign(self, body: bytes) -> None:
        self.tree.publish(with_signature(body, keys.sign(PRIVATE, body)))


@pytest.fixture
def forger(tmp_path: Path) -> Forger:
    return Forger(LessonTree(tmp_path / "forged"))


def refused(club: Person, forger: Forger, error: type[StemkitError] | tuple) -> StemkitError:
    """The error of a sync; nothing may have come of it."""
    errors = error if isinstance(error, tuple) else (error,)
    outside = sorted(club.home.parent.rglob("*"))
    try:
        result = club.sync(forger.tree.folder)
    except StemkitError as found:
        raised: StemkitError | None = found
    else:
        raised = result.error
    assert isinstance(raised, errors), raised
    assert raised.told()
    assert raised.remedy_told()
    assert club.names() == []
    assert club.litter() == []
    new = {path for path in club.home.parent.rglob("*") if club.home not in path.parents}
    assert new - set(outside) <= {club.home}
    return raised


def test_a_forged_tree_is_taken_where_nothing_is_wrong(
    club: Person, forger: Forger, lessons: list[Path]
) -> None:
    files = {
        path.relative_to(lessons[0]).as_posix(): path.read_bytes()
        for path in lessons[0].rglob("*")
        if path.is_file()
    }
    forger.publish(*dump_pages([forger.offer(files)]))
    assert club.sync(forger.tree.folder).error is None
    assert club.names() == ["20-magnets@1.0.0"]


# --- the index


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"schema":"stemkit.lesson-index/1"}',
        b'{"schema":"stemkit.lesson-index/1","signature":""}',
        b'{"schema":"stemkit.lesson-index/1","signature":"AAAAAAAAAAAA"}',
        b'{"schema":"stemkit.firmware-index/1","images":[]}',
        b"[" * 30000 + b',"signature":"AAAAAAAAAAAA"}',
        gzip.compress(b"{}", mtime=0),
    ],
)
def test_what_is_no_index(club: Person, forger: Forger, data: bytes) -> None:
    forger.tree.publish(data)
    refused(club, forger, LessonIndexError)


def test_a_bomb_of_an_index(club: Person, forger: Forger) -> None:
    forger.tree.publish(b" " * (1 << 20))
    refused(club, forger, LessonIndexUnsafeError)
    forger.tree.publish(zlib.compress(b" " * (64 << 20)))
    refused(club, forger, (LessonIndexError, LessonIndexUnsafeError))


def test_every_changed_byte_of_an_index_is_seen(club: Person, tree: Path) -> None:
    data = (tree / "index.json").read_bytes()
    forger = Forger(LessonTree(tree))
    for at in range(0, len(data) - 1, 7):
        changed = bytearray(data)
        changed[at] ^= 1
        (tree / "index.json").write_bytes(changed)
        try:
            club.sync(tree)
        except StemkitError as error:
            assert error.exit_code in (Exit.BAD_INPUT_FILE, Exit.REFUSED)
        else:
            pytest.fail(f"{at}: {bytes(changed)!r}")
    assert club.names() == []
    for end in range(0, len(data) - 2, 31):
        (tree / "index.json").write_bytes(data[:end])
        refused(club, forger, LessonIndexError)


@pytest.mark.parametrize(
    "changes",
    [
        {"serial": 0},
        {"serial": -1},
        {"serial": 2**60},
        {"serial": True},
        {"serial": "1"},
        {"serial": 1.5},
        {"made": "yesterday"},
        {"expires": None},
        {"expires": "9999-99-99T00:00:00Z"},
        {"maker": "\u001b[2J"},
        {"maker": "x" * 81},
        {"key": ""},
        {"key": "!!"},
        {"lessons": 3000},
        {"lessons": 7},
        {"pages": {}},
        {"pages": [["../../etc/passwd", 3]]},
        {"pages": [["A" * 43, -1]]},
        {"pages": [["A" * 43, 1 << 40]]},
        {"pages": [["A" * 43]]},
        {"schema": "stemkit.lesson-index/2"},
    ],
)
def test_a_signed_index_with_impossible_fields(
    club: Person, forger: Forger, changes: dict[str, object]
) -> None:
    forger.publish(*dump_pages([forger.offer({"a": b"a"})]))
    body = json.loads(forger.tree.index_path.read_bytes())
    del body["signature"]
    forger.sign(json.dumps({**body, **changes}, separators=(",", ":")).encode())
    refused(
        club,
        forger,
        (LessonIndexError, LessonIndexUnsafeError, SignatureWrongError, StemkitError),
    )


def test_another_key_in_the_index_and_another_signature(
    club: Person, forger: Forger, tree: Path, lessons: list[Path],
    person: Callable[[str], Person],
) -> None:  # fmt: skip
    forger.publish(*dump_pages([forger.offer({"a": b"a"})]), key=b"no key")
    assert refused(club, forger, StemkitError).code == "key-unusable"
    other = keys.to_der(keys.public_key(keys.new_private_key()))
    forger.publish(*dump_pages([forger.offer({"a": b"a"})]), key=other)
    refused(club, forger, SignatureWrongError)


def test_a_signature_taken_from_another_index(club: Person, forger: Forger) -> None:
    page = dump_pages([forger.offer({"a": b"a"})])
    forger.publish(*page)
    signature = parse_index(forger.tree.index_path.read_bytes(), "x")[2]
    forger.publish(*page, serial=9)
    body = parse_index(forger.tree.index_path.read_bytes(), "x")[1]
    forger.tree.publish(with_signature(body, signature))
    refused(club, forger, SignatureWrongError)


def test_rollback_expiry_and_signer_have_codes_of_their_own() -> None:
    errors = (LessonIndexOldError, LessonIndexExpiredError, LessonSignerChangedError)
    assert {error.code for error in errors} == {
        "lesson-index-older", "lesson-index-expired", "lesson-signer-changed",
    }  # fmt: skip
    assert {error.exit_code for error in errors} == {Exit.REFUSED}


# --- its pages


def page(*rows: object) -> bytes:
    return json.dumps({"schema": "stemkit.lesson-page/1", "lessons": rows}).encode()


def row(lesson: object = "20-magnets", version: object = "1.0.0", **more: object) -> list[object]:
    rest = {"kind": "lesson", "size": 1, "manifest": ["A" * 43, 1], "signatures": {}, **more}
    return [lesson, version, rest["kind"], rest["size"], rest["manifest"], rest["signatures"]]


@pytest.mark.parametrize(
    "rows",
    [
        [row("../../../etc")],
        [row("/20-magnets")],
        [row("C:\\20-magnets")],
        [row("20-magnets/..")],
        [row("20-MAGNETS")],
        [row("20-con\u0000")],
        [row("20-" + "a" * 80)],
        [row("con")],
        [row(20)],
        [row("")],
        [row(version="../1")],
        [row(version="1")],
        [row(version="1.0.0/../..")],
        [row(version="1.0.0-" + "a" * 80)],
        [row(), row()],
        [row(version="1.0.0-A"), row(version="1.0.0-a")],
        [row(signatures={"../../x.p7s": ["A" * 43, 1]})],
        [row(signatures={f"{n}-x.p7s": ["A" * 43, 1] for n in range(17)})],
    ],
)
def test_names_that_climb_or_collide(club: Person, forger: Forger, rows: list) -> None:
    forger.publish(page(*rows))
    refused(club, forger, LessonIndexUnsafeError)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"{}",
        page("x"),
        page([1, 2, 3]),
        page(row(kind="x")),
        page(row(size=-1)),
        page(row(size=1 << 50)),
        page(row(manifest="x")),
        page(row(manifest=["A" * 43, 1 << 30])),
        page(row(signatures=[])),
        page(row(signatures={"1-x.p7s": ["A" * 43, 1 << 30]})),
    ],
)
def test_pages_that_are_none(club: Person, forger: Forger, data: bytes) -> None:
    forger.publish(data)
    refused(club, forger, LessonIndexError)


def test_a_hundred_thousand_lessons(club: Person, forger: Forger) -> None:
    rows = [row(f"{n % 100:02d}-lesson-{n}") for n in range(100_000)]
    chunks = [page(*rows[at : at + 500]) for at in range(0, 2500, 500)]
    forger.publish(*chunks, lessons=2000)
    refused(club, forger, LessonIndexUnsafeError)
    forger.publish(page(*rows), lessons=2000)
    refused(club, forger, (LessonIndexError, LessonIndexUnsafeError))
    forger.publish(page(row()), pages=tuple(Part("0" * 64, 1) for _ in range(600)))
    refused(club, forger, LessonIndexUnsafeError)


def test_a_page_that_is_missing_or_another(club: Person, forger: Forger) -> None:
    forger.publish(page(row()))
    part = parse_index(forger.tree.index_path.read_bytes(), "x")[0].pages[0]
    path = forger.tree.folder / object_path(part.sha256)
    path.write_bytes(page(row("21-other")))
    refused(club, forger, LessonPartDiffersError)
    path.unlink()
    refused(club, forger, LessonPartMissingError)


# --- its manifests and files


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "/etc/passwd",
        "board/../../evil.py",
        "C:/evil.py",
        "board\\evil.py",
        "board//evil.py",
        "board/./evil.py",
        "board/con.txt",
        "board/evil.py ",
        "board/a\u001b[2J.py",
        "a" * 300,
        "/".join("a" * 30),
        "board/a\u0301.py",
    ],
)
def test_files_that_climb(club: Person, forger: Forger, name: str) -> None:
    forger.publish(*dump_pages([forger.offer({name: b"x", "lesson.toml": b"x"})]))
    refused(club, forger, ArchiveUnsafeError)


def test_files_that_collide(club: Person, forger: Forger) -> None:
    for files in ({"a": b"1", "A": b"2"}, {"a": b"1", "a/b": b"2"}, {"ß": b"1", "SS": b"2"}):
        forger.publish(*dump_pages([forger.offer(files)]))
        refused(club, forger, ArchiveUnsafeError)


def test_a_manifest_that_says_something_else(club: Person, forger: Forger) -> None:
    files = {"lesson.toml": b"x"}
    good = forger.offer(files)
    offers = [
        forger.offer(files, id="21-tides"),
        forger.offer(files, version="2.0.0"),
        forger.offer(files, kind="teacher"),
        forger.offer(files, schema="x"),
        forger.offer(files, id="../../x"),
        replace(good, size=good.size + 1),
        replace(good, size=0),
        replace(good, manifest=forger.tree.put(b"{}")),
        replace(good, manifest=forger.tree.put(b"[" * 100_000)),
        good,  # its lesson.toml is none
        forger.offer({"a": b"x"}),  # it has no lesson.toml
        forger.offer({f"f{n}": b"" for n in range(2001)}),
    ]
    for offer in offers:
        forger.publish(*dump_pages([offer]))
        error = refused(club, forger, StemkitError)
        assert error.exit_code in (Exit.BAD_INPUT_FILE, Exit.REFUSED), offer
        assert error.code in ("bundle-tampered", "data-file"), offer


def test_a_manifest_of_another_lesson_inside(
    club: Person, forger: Forger, lessons: list[Path]
) -> None:
    toml = (lessons[1] / "lesson.toml").read_bytes()
    forger.publish(*dump_pages([forger.offer({"lesson.toml": toml})]))
    refused(club, forger, BundleTamperedError)


def test_a_file_that_differs_or_is_missing(club: Person, forger: Forger) -> None:
    files = {"lesson.toml": b"x" * 100, "board/main.py": b"y" * 100}
    forger.publish(*dump_pages([forger.offer(files)]))
    path = forger.tree.folder / object_path(part_of(files["board/main.py"]).sha256)
    for data in (b"z" * 100, b"", b"y" * 99, b"y" * 101, gzip.compress(b"y" * 100)):
        path.write_bytes(data)
        refused(club, forger, LessonPartDiffersError)
    path.unlink()
    refused(club, forger, LessonPartMissingError)


def test_a_signature_that_is_none(club: Person, forger: Forger, lessons: list[Path]) -> None:
    files = {"lesson.toml": (lessons[0] / "lesson.toml").read_bytes()}
    for p7s in (b"", b"x" * 100, base64.b64decode("MIIB")):
        offer = forger.offer(files)
        signed = replace(offer, signatures={"signatures/10-a.p7s": forger.tree.put(p7s)})
        forger.publish(*dump_pages([signed]))
        refused(club, forger, (SignatureUnreadableError, SignatureWrongError))


def test_one_bad_lesson_does_not_stop_the_others(club: Person, tree: Path) -> None:
    index = parse_index((tree / "index.json").read_bytes(), "x")[0]
    pages = [(tree / object_path(part.sha256)).read_bytes() for part in index.pages]
    offers = {offer.lesson: offer for offer in parse_pages(pages, index, "x")}
    path = tree / object_path(offers["20-magnets"].manifest.sha256)
    path.write_bytes(path.read_bytes().replace(b"magnets", b"magnetz"))
    result = club.sync(tree)
    assert [str(one.status) for one in result.lessons] == ["failed", "added"]
    assert isinstance(result.error, LessonPartDiffersError)
    assert club.names() == ["21-tides@1.0.0"]
    assert club.litter() == []


def test_reading_stops_at_the_size_that_was_told(club: Person, forger: Forger) -> None:
    forger.publish(*dump_pages([forger.offer({"lesson.toml": b"x" * 100})]))
    path = forger.tree.folder / object_path(part_of(b"x" * 100).sha256)
    with path.open("wb") as file:
        file.seek(1 << 40)  # a file of a terabyte, without a block on the disk
        file.write(b"x")
    refused(club, forger, LessonPartDiffersError)
