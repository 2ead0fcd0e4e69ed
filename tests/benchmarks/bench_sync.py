"""Syncing lessons over poor lines, and what an update moves: python tests/benchmarks/bench_sync.py

All bytes are counted on the line, with HTTP's heads and the signed lists. "again" is what a
dropping line carries more than the same line without a drop.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from stemkit.actions.keys.own import new_key  # noqa: E402
from stemkit.actions.lessons.export import Export, export_here  # noqa: E402
from stemkit.actions.lessons.sync import Syncing  # noqa: E402
from stemkit.actions.lessons.trust import Terms  # noqa: E402
from stemkit.storage.download import Limits  # noqa: E402
from stemkit.storage.lesson_book import LessonBook  # noqa: E402
from stemkit.storage.lesson_http import HttpSource  # noqa: E402
from stemkit.storage.lesson_store import LessonStore  # noqa: E402
from tests.lessons_store.club import make_lesson  # noqa: E402
from tests.lessons_store.lab import serving_tree  # noqa: E402
from tests.lessons_store.poor_line import PoorLine  # noqa: E402

MBIT = 125_000.0
KB = 1000


@dataclass(frozen=True)
class Seen:
    """What one sync did."""

    seconds: float
    down_bytes: int
    up_bytes: int
    drops: int
    fetched_bytes: int


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    before = os.environ.get("STEMKIT_HOME", "")
    os.environ["STEMKIT_HOME"] = str(home)
    try:
        yield
    finally:
        os.environ["STEMKIT_HOME"] = before


@contextmanager
def plain_server(folder: Path) -> Iterator[str]:
    """Python's own server of files, which knows no Range."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def make_tree(home: Path, work: Path, tree: Path, count: int, picture_bytes: int) -> list[Path]:
    """`count` signed lessons, each with two texts and two pictures of noise."""
    noise = random.Random(7)
    folders = [
        make_lesson(
            work,
            f"{number % 90 + 10:02d}-lesson-{number}",
            vi__lesson_md="# Bài\n\n" + "Đo, đoán, rồi so sánh. " * 150,
            en__lesson_md="# Lesson\n\n" + "Predict, measure, compare. " * 150,
            vi__wiring_bin=noise.randbytes(picture_bytes),
            en__wiring_bin=noise.randbytes(picture_bytes),
        )
        for number in range(count)
    ]
    with at_home(home):
        new_key("Cô Hoà")
        export_here(tree, Export(tuple(map(str, folders))))
    return folders


def sync(home: Path, url: str, line: PoorLine) -> Seen:
    """One club's sync, begun again as often as it gives up."""
    source = HttpSource(url, Limits(pause_s=0.05))
    store, book = LessonStore(home / "lessons"), LessonBook(home / "lessons")
    before, start_s = (line.down_bytes, line.up_bytes, line.drops), time.monotonic()
    with at_home(home):
        result = Syncing(source, store, book, Terms(datetime.now(UTC))).run()
    assert result.error is None, result.error
    return Seen(
        time.monotonic() - start_s,
        line.down_bytes - before[0],
        line.up_bytes - before[1],
        line.drops - before[2],
        result.bytes_fetched,
    )


def drops(base: Path, count: int, rate: float, drop_bytes: int) -> None:
    tree = base / "tree"
    make_tree(base / "trainer", base / "work", tree, count, 60 * KB)
    print(f"\n{count} lessons over {rate / MBIT:g} Mbit/s, dropped every {drop_bytes // KB} kB")
    print(f"{'server':<22}{'line':<14}{'seconds':>8}{'drops':>7}{'MB down':>9}{'again':>9}")
    servers = {"stemkit lesson serve": serving_tree, "python -m http.server": plain_server}
    for name, server in servers.items():
        smooth = 0
        for kind, dropping in (("smooth", 0), ("dropping", drop_bytes)):
            with server(tree) as url:
                line = PoorLine(int(url.rpartition(":")[2]), rate, dropping)
                with line.up() as address:
                    seen = sync(base / f"club-{name}-{kind}", address, line)
            smooth = smooth or seen.down_bytes
            again = f"{(seen.down_bytes / smooth - 1) * 100:.1f} %" if dropping else ""
            print(f"{name:<22}{kind:<14}{seen.seconds:>8.1f}{seen.drops:>7}"
                  f"{seen.down_bytes / 1e6:>9.2f}{again:>9}")  # fmt: skip


def updates(base: Path, count: int) -> None:
    tree, home = base / "tree", base / "trainer"
    folders = make_tree(home, base / "work", tree, count, 8 * KB)
    print(f"\n{count} signed lessons, all on the line with HTTP's heads")
    print(f"{'sync':<34}{'seconds':>8}{'kB down':>9}{'kB up':>8}{'file kB':>9}{'beside it':>11}")

    def told(name: str, seen: Seen, file_bytes: int = 0) -> None:
        beside = f"{(seen.down_bytes - file_bytes) / KB:.1f} kB" if file_bytes else ""
        file_kb = f"{file_bytes / KB:.1f}" if file_bytes else ""
        print(f"{name:<34}{seen.seconds:>8.2f}{seen.down_bytes / KB:>9.1f}"
              f"{seen.up_bytes / KB:>8.1f}{file_kb:>9}{beside:>11}")  # fmt: skip

    with serving_tree(tree) as url:
        line = PoorLine(int(url.rpartition(":")[2]))
        with line.up() as address:
            club = base / "club"
            told("first, all lessons", sync(club, address, line))
            told("again, nothing changed", sync(club, address, line))
            text = folders[count // 2] / "vi/lesson.md"
            text.write_bytes(text.read_bytes() + "Thêm một dòng.\n".encode())
            with at_home(home):
                export_here(tree, Export((str(text.parents[1]),)))
            told("a line changed", sync(club, address, line), text.stat().st_size)
            toml = folders[0] / "lesson.toml"
            toml.write_bytes(toml.read_bytes().replace(b"1.0.0", b"1.0.1"))
            with at_home(home):
                export_here(tree, Export((str(toml.parent),)))
            told("a version raised", sync(club, address, line), toml.stat().st_size)


def delays(base: Path) -> None:
    """What a long way costs: lines at once and connections that stay open."""
    tree = base / "tree"
    make_tree(base / "trainer", base / "work", tree, 13, 8 * KB)
    print("\n13 lessons, 150 ms to the server and back")
    with serving_tree(tree) as url:
        line = PoorLine(int(url.rpartition(":")[2]), 4 * MBIT, delay_s=0.15)
        with line.up() as address:
            seen = sync(base / "club", address, line)
            again = sync(base / "club", address, line)
    print(f"first {seen.seconds:.1f} s over {line.connections} connections,"
          f" again {again.seconds:.2f} s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lessons", type=int, default=13)
    parser.add_argument("--mbit", type=float, default=1.0)
    parser.add_argument("--drop-kb", type=int, default=200)
    given = parser.parse_args()
    for part in (
        lambda base: drops(base, given.lessons, given.mbit * MBIT, given.drop_kb * KB),
        lambda base: updates(base, 200),
        delays,
    ):
        with tempfile.TemporaryDirectory() as folder:
            part(Path(folder))


if __name__ == "__main__":
    main()
