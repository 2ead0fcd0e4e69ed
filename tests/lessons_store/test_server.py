"""The server of a lab: one tree and nothing else, for many computers at once, and for slow ones."""

from __future__ import annotations

import http.client
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stemkit.storage import lesson_server
from stemkit.storage.lesson_tree import LessonTree, object_path, part_of
from tests.lessons_store.club import Person, make_lesson
from tests.lessons_store.lab import serving_tree

DATA = bytes(range(256)) * 8
NAME = f"/{object_path(part_of(DATA).sha256)}"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    tree = LessonTree(tmp_path / "tree")
    tree.put(DATA)
    tree.publish(b'{"index":1}')
    (tmp_path / "secret.txt").write_text("secret")
    (tree.folder / "secret.txt").write_text("secret")
    with serving_tree(tree.folder) as url:
        yield int(url.rpartition(":")[2])


def ask(
    port: int, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        line.request(method, path, headers=sent)
        answer = line.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        line.close()


def test_the_index_and_objects_are_handed_out(port: int) -> None:
    status, headers, body = ask(port, "/index.json")
    assert (status, body) == (200, b'{"index":1}')
    assert headers["cache-control"] == "no-cache"
    status, headers, body = ask(port, NAME)
    assert (status, body) == (200, DATA)
    assert "immutable" in headers["cache-control"]
    assert headers["accept-ranges"] == "bytes"
    status, headers, body = ask(port, NAME, "HEAD")
    assert (status, headers["content-length"], body) == (200, "2048", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/", "", "/objects", "/objects/", f"{NAME[:10]}", f"{NAME}/", f"{NAME}x",
        "/secret.txt", "/../secret.txt", "/objects/../../secret.txt", "/%2e%2e/secret.txt",
        "/objects/..%2f..%2fsecret.txt", "//etc/passwd", "/etc/passwd", "/index.json/",
        "/index.json%00", "/INDEX.JSON", f"/objects/00{NAME[11:]}", "/objects/ab/" + "g" * 64,
        "/objects/ab/" + "a" * 64, "\\secret.txt", "/C:/secret.txt", "/.busy",
        "http://127.0.0.1/secret.txt",
    ],
)  # fmt: skip
def test_nothing_else_is(port: int, path: str) -> None:
    status, _, body = ask(port, path)
    assert (status, body) == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "X"])
def test_nothing_can_be_done_but_read(port: int, method: str) -> None:
    assert ask(port, "/index.json", method)[0] == 501


@pytest.mark.parametrize(
    ("wanted", "status", "expected"),
    [
        ("bytes=0-", 206, DATA),
        ("bytes=2000-", 206, DATA[2000:]),
        ("bytes=10-19", 206, DATA[10:20]),
        ("bytes=2047-9999", 206, DATA[2047:]),
        ("bytes=-48", 206, DATA[-48:]),
        ("bytes=-9999", 206, DATA),
        ("bytes=2048-", 416, b""),
        ("bytes=-0", 416, b""),
        ("bytes=20-10", 200, DATA),
        ("bytes=-", 200, DATA),
        ("bytes=0-1,4-5", 200, DATA),
        ("bytes=x-", 200, DATA),
        ("lines=0-1", 200, DATA),
        ("bytes=" + "9" * 30 + "-", 200, DATA),
    ],
)
def test_pieces(port: int, wanted: str, status: int, expected: bytes) -> None:
    found, headers, body = ask(port, NAME, Range=wanted)
    assert (found, body) == (status, expected)
    if status == 206:
        first, last = headers["content-range"].partition("/")[0].removeprefix("bytes ").split("-")
        assert DATA[int(first) : int(last) + 1] == body


def test_a_piece_of_another_object_is_not_sent(port: int) -> None:
    tag = ask(port, NAME)[1]["etag"]
    assert ask(port, NAME, Range="bytes=5-", If_Range=tag)[0] == 206
    assert ask(port, NAME, Range="bytes=5-", If_Range='"other"')[2] == DATA


@pytest.mark.parametrize(
    "junk",
    [b"\n\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET /" + b"a" * 70_000, b"\xff" * 500,
     b"GET /index.json HTTP/9.9\r\n\r\n", b"GET /index.json HTTP/1.1\r\n" + b"A: b\r\n" * 300],
)  # fmt: skip
def test_junk_does_not_stop_it(port: int, junk: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(junk)
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536):
            pass
    assert ask(port, "/index.json")[0] == 200


def test_who_says_nothing_is_let_go(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson_server._Handler, "timeout", 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(b"GET /index.json HTTP/1.1\r\n")
        assert line.recv(100) == b""


def test_one_computer_cannot_take_all_lines(port: int) -> None:
    lines = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(30)]
    try:
        time.sleep(0.2)
        refused = [line for line in lines if _is_closed(line)]
        assert len(refused) == 14
    finally:
        for line in lines:
            line.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            assert ask(port, "/index.json")[0] == 200
            break
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    else:
        pytest.fail("no line became free")


def _is_closed(line: socket.socket) -> bool:
    line.settimeout(0.05)
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_twenty_computers_at_once_with_a_megabyte_each(
    tmp_path: Path, trainer: Person, monkeypatch: pytest.MonkeyPatch, person
) -> None:
    """Each on an address of its own, as in a lab (127.0.0.0/8 is this machine's)."""
    noise = random.Random(3)
    folders = [
        make_lesson(tmp_path / "work", f"4{n}-large", vi__a_bin=noise.randbytes(90_000),
                    en__b_bin=noise.randbytes(90_000), en__c_bin=noise.randbytes(70_000))
        for n in range(4)
    ]  # fmt: skip
    trainer.export(tmp_path / "tree", *folders)
    objects = [path for path in (tmp_path / "tree/objects").rglob("*") if path.is_file()]
    wanted = {path.name: path.read_bytes() for path in objects}
    assert sum(map(len, wanted.values())) > 1_000_000

    def computer(number: int, port: int) -> int:
        line = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=30, source_address=(f"127.0.1.{number + 1}", 0)
        )
        got = 0
        for name, data in wanted.items():
            line.request("GET", f"/{object_path(name)}")
            body = line.getresponse().read()
            assert body == data
            got += len(body)
        line.close()
        return got

    with serving_tree(tmp_path / "tree") as url:
        port = int(url.rpartition(":")[2])
        with ThreadPoolExecutor(20) as pool:
            got = list(pool.map(lambda number: computer(number, port), range(20)))
    assert got == [sum(map(len, wanted.values()))] * 20


def test_an_export_while_others_sync_never_shows_half_a_tree(
    tmp_path: Path, trainer: Person, club: Person, tree: Path, lessons: list[Path]
) -> None:
    stop = threading.Event()
    errors: list[Exception] = []
    texts = [lessons[0] / "vi/lesson.md", lessons[0] / "en/lesson.md"]

    with serving_tree(tree) as url:

        def look() -> None:
            from stemkit.formats.lesson_index import parse_index, parse_pages
            from stemkit.storage.lesson_http import HttpSource

            while not stop.is_set():
                try:
                    source = HttpSource(url)
                    index, _, _ = parse_index(source.index(), url)
                    pages = []
                    for number, part in enumerate(index.pages):
                        path = tmp_path / f"page{number}"
                        source.fetch(part, path, lambda size: None)
                        pages.append(path.read_bytes())
                    parse_pages(pages, index, url)
                except Exception as error:  # noqa: BLE001
                    errors.append(error)
                    return

        looking = threading.Thread(target=look)
        looking.start()
        for number in range(10):
            for text in texts:
                text.write_text(f"# {number}\n")
            trainer.export(tree, lessons[0])
        stop.set()
        looking.join()
        assert errors == []
        assert club.sync(url).error is None
    assert club.book.places()[url].serial == 11


def test_addresses_are_those_of_this_machine() -> None:
    for address in lesson_server.addresses():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
        assert not address.startswith("127.")
