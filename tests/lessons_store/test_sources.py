"""One contract for both kinds of place, and what only lines do: drop, fall silent, lie."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stemkit.errors import StemkitError
from stemkit.formats.lesson_index import LessonIndexError, LessonIndexUnsafeError
from stemkit.model.lesson_share import Part
from stemkit.storage.errors import UnsafeAddressError
from stemkit.storage.lesson_errors import (
    LessonPartDiffersError,
    LessonPartMissingError,
    LessonSourceRefusedError,
    LessonSourceUnreachableError,
    LessonSyncBrokenError,
)
from stemkit.storage.lesson_http import HttpSource
from stemkit.storage.lesson_server import LessonServer
from stemkit.storage.lesson_source import FolderSource, LessonSource, open_source
from stemkit.storage.lesson_tree import LessonTree, object_path, part_of
from tests.lessons_store.club import HASTY, QUICK, Person, files_of
from tests.lessons_store.lab import serving_tree
from tests.misbehaving_server import Site, serving

DATA = bytes(range(256)) * 400
PART = part_of(DATA)
NAME = f"/{object_path(PART.sha256)}"


@pytest.fixture
def small_tree(tmp_path: Path) -> LessonTree:
    tree = LessonTree(tmp_path / "tree")
    tree.put(DATA)
    tree.publish(b'{"x":1}')
    return tree


@pytest.fixture(params=["folder", "own server", "another server"])
def source(request: pytest.FixtureRequest, small_tree: LessonTree) -> Iterator[LessonSource]:
    with ExitStack() as stack:
        if request.param == "folder":
            yield FolderSource(small_tree.folder)
        elif request.param == "own server":
            yield HttpSource(stack.enter_context(serving_tree(small_tree.folder)), QUICK)
        else:
            site = Site(files_of(small_tree.folder))
            yield HttpSource(stack.enter_context(serving(site)), QUICK)


class Counted(list[int]):
    """How many bytes came, piece by piece."""

    def __call__(self, size: int) -> None:
        self.append(size)


# --- the contract


def test_the_index_comes_as_it_is(source: LessonSource) -> None:
    assert source.index() == b'{"x":1}'


def test_an_object_arrives_whole(source: LessonSource, tmp_path: Path) -> None:
    path, came = tmp_path / "new" / "object", Counted()
    source.fetch(PART, path, came)
    assert path.read_bytes() == DATA
    assert sum(came) == len(DATA)
    source.fetch(PART, path, came)
    assert sum(came) == len(DATA)


@pytest.mark.parametrize("there", [b"", DATA[:1], DATA[:70000], DATA[:-1]])
def test_a_beginning_is_gone_on_with(source: LessonSource, tmp_path: Path, there: bytes) -> None:
    path = tmp_path / "object"
    path.write_bytes(there)
    came = Counted()
    source.fetch(PART, path, came)
    assert path.read_bytes() == DATA
    if isinstance(source, HttpSource):
        assert sum(came) == len(DATA) - len(there)


@pytest.mark.parametrize("there", [b"x" * 1000, b"x" * len(DATA), DATA + b"x", b"x" * 200_000])
def test_what_is_no_beginning_is_thrown_away(
    source: LessonSource, tmp_path: Path, there: bytes
) -> None:
    path = tmp_path / "object"
    path.write_bytes(there)
    source.fetch(PART, path, Counted())
    assert path.read_bytes() == DATA


def test_an_empty_object_comes(
    source: LessonSource, small_tree: LessonTree, tmp_path: Path
) -> None:
    empty = part_of(b"")
    if isinstance(source, FolderSource):
        small_tree.put(b"")
    source.fetch(empty, tmp_path / "object", Counted())
    assert (tmp_path / "object").read_bytes() == b""


def test_an_object_that_is_not_there_is_told(source: LessonSource, tmp_path: Path) -> None:
    with pytest.raises(LessonPartMissingError) as error:
        source.fetch(Part("0" * 64, 5), tmp_path / "object", Counted())
    assert source.place in error.value.told()


@pytest.mark.parametrize(
    "wrong", [DATA[::-1], DATA[:-1], DATA + b"x", b"", DATA[:-1] + b"\0", b"<html>"]
)
def test_other_bytes_are_refused_and_not_kept(tmp_path: Path, wrong: bytes) -> None:
    tree = LessonTree(tmp_path / "tree")
    path = tree.folder / object_path(PART.sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(wrong)
    site = Site(files_of(tree.folder))
    with serving(site) as other, serving_tree(tree.folder) as own:
        for source in (
            FolderSource(tree.folder), HttpSource(own, QUICK), HttpSource(other, QUICK),
        ):  # fmt: skip
            target = tmp_path / "object"
            # A server that ends too early cannot be told from a line that drops.
            with pytest.raises((LessonPartDiffersError, LessonSyncBrokenError)) as error:
                source.fetch(PART, target, Counted())
            if len(wrong) >= len(DATA):
                assert isinstance(error.value, LessonPartDiffersError)
                assert not target.exists()


# --- places that are none


def test_a_folder_without_an_index(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(LessonIndexError):
            FolderSource(place).index()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such devices")
def test_a_link_to_a_device_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / object_path(PART.sha256)
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/zero")
    with pytest.raises(LessonPartMissingError):
        FolderSource(tmp_path).fetch(PART, tmp_path / "object", Counted())


def test_a_closed_port_and_an_unknown_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for place in (f"http://127.0.0.1:{port}", "http://no-such-host.invalid"):
        with pytest.raises(LessonSourceUnreachableError) as error:
            HttpSource(place, QUICK).index()
        assert "(" in error.value.told()


def test_a_forbidden_network_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEMKIT_OFFLINE", "1")
    with pytest.raises(LessonSourceUnreachableError) as error:
        open_source("http://127.0.0.1:1")
    assert "STEMKIT_OFFLINE" in error.value.told()


@pytest.mark.parametrize("place", ["http://", "http://[", "http://a b/", "http://\x00/"])
def test_an_impossible_address(place: str) -> None:
    with pytest.raises((UnsafeAddressError, LessonSourceUnreachableError)):
        HttpSource(place, QUICK).index()


# --- lines that misbehave


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site({NAME: DATA, "/index.json": b"{}"})
    with serving(site):
        yield site


@pytest.mark.parametrize("at", [0, 1, 1000, 70000, len(DATA) - 1])
def test_a_dropped_object_goes_on_where_it_stopped(site: Site, tmp_path: Path, at: int) -> None:
    site.faults.append(("drop", at))
    came = Counted()
    HttpSource(site.url, QUICK).fetch(PART, tmp_path / "object", came)
    assert (tmp_path / "object").read_bytes() == DATA
    assert sum(came) == len(DATA)
    assert len(site.requests) == 2


def test_a_server_without_ranges_starts_over(site: Site, tmp_path: Path) -> None:
    site.ranges = False
    site.faults.extend([("drop", 90000), ("drop", 20000)])
    HttpSource(site.url, QUICK).fetch(PART, tmp_path / "object", Counted())
    assert (tmp_path / "object").read_bytes() == DATA


@pytest.mark.parametrize("fault", [("wrong-range", 0), ("status", 416)])
def test_a_range_that_is_not_what_was_asked_for(site: Site, tmp_path: Path, fault) -> None:
    site.faults.extend([("drop", 50000), fault])
    HttpSource(site.url, QUICK).fetch(PART, tmp_path / "object", Counted())
    assert (tmp_path / "object").read_bytes() == DATA


def test_a_line_that_stays_down_is_told_and_what_came_is_kept(site: Site, tmp_path: Path) -> None:
    site.faults.extend([("drop", 60000), *[("nothing", 0)] * 9])
    with pytest.raises(LessonSyncBrokenError):
        HttpSource(site.url, QUICK).fetch(PART, tmp_path / "object", Counted())
    kept = (tmp_path / "object").read_bytes()
    assert kept
    assert DATA.startswith(kept)
    site.faults.clear()
    came = Counted()
    HttpSource(site.url, QUICK).fetch(PART, tmp_path / "object", came)
    assert sum(came) == len(DATA) - len(kept)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (("endless", 0), LessonPartDiffersError),
        (("length", 1 << 30), LessonPartDiffersError),
        (("stall", 100), LessonSyncBrokenError),
        (("drip", 1), LessonSyncBrokenError),
        (("nothing", 0), LessonSyncBrokenError),
        (("status", 403), LessonSourceRefusedError),
        (("status", 500), LessonSourceRefusedError),
        (("status", 416), LessonSyncBrokenError),
        (("status", 404), LessonPartMissingError),
        (("redirect", "file:///etc/passwd"), UnsafeAddressError),
        (("redirect", "ftp://127.0.0.1/x"), UnsafeAddressError),
        (("page", "<html>Login</html>"), LessonSyncBrokenError),
    ],
)
def test_a_server_that_keeps_misbehaving_is_told_in_time(
    site: Site, tmp_path: Path, fault, error: type[StemkitError]
) -> None:
    site.faults.extend([fault] * 200)
    limits = HASTY if fault[0] in ("stall", "drip") else QUICK
    with pytest.raises(error) as raised:
        HttpSource(site.url, limits).fetch(PART, tmp_path / "object", Counted())
    assert raised.value.told()
    if error is LessonPartDiffersError:
        assert not (tmp_path / "object").exists()


def test_a_redirect_in_circles_ends(site: Site, tmp_path: Path) -> None:
    site.faults.extend([("redirect", f"{site.url}{NAME}")] * 50)
    with pytest.raises(UnsafeAddressError):
        HttpSource(site.url, QUICK).fetch(PART, tmp_path / "object", Counted())


def test_a_redirect_within_the_web_is_followed(site: Site, tmp_path: Path) -> None:
    site.files["/there"] = DATA
    site.faults.append(("redirect", "/there"))
    HttpSource(site.url, QUICK).fetch(PART, tmp_path / "object", Counted())
    assert (tmp_path / "object").read_bytes() == DATA


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (("endless", 0), None),
        (("nothing", 0), LessonSyncBrokenError),
        (("stall", 1), LessonSyncBrokenError),
        (("status", 500), LessonSourceRefusedError),
        (("status", 404), LessonIndexError),
        (("redirect", "file:///etc/passwd"), UnsafeAddressError),
    ],
)
def test_an_index_that_does_not_come(
    site: Site, club: Person, fault, error: type[StemkitError] | None
) -> None:
    site.files["/index.json"] = b"x" * 50000
    site.faults.extend([fault] * 200)
    limits = HASTY if fault[0] == "stall" else QUICK
    with pytest.raises(error or LessonIndexUnsafeError):
        club.sync(HttpSource(site.url, limits))
    assert club.litter() == []


def test_a_page_that_asks_for_a_login_is_told(site: Site, club: Person) -> None:
    site.faults.append(("page", "<html>Login</html>"))
    with pytest.raises(LessonIndexError) as error:
        club.sync(site.url)
    assert "login" in error.value.told()


def test_the_server_gives_back_its_port(small_tree: LessonTree) -> None:
    first = LessonServer(small_tree.folder, "127.0.0.1", 0)
    port = first.port
    first.close()
    second = LessonServer(small_tree.folder, "127.0.0.1", port)
    second.close()
