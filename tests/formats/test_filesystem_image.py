"""littlefs images: read back by littlefs itself and mounted by MicroPython."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from littlefs import LittleFS, UserContext

from stemkit.formats import filesystem_image
from stemkit.formats.errors import BoardFileNameError, BoardFullError, FilesystemDamagedError
from stemkit.formats.filesystem_image import FilesystemImage, Geometry

ESP = Geometry(4096, 512, 32)
PICO = Geometry(4096, 352, 256)
SMALL = Geometry(4096, 24, 32)

FILES = {
    "main.py": b"print('hello')\n",
    "stem.json": b"{}",
    "lib/stem/__init__.py": b"",
    "lib/stem/kit.py": b"x = 1\n" * 2000,
    "lib/other.py": b"y = 2\n" * 20,
    "du-lieu/số đo.csv": b"t,temp\n" * 9000,
}


def _with_stale_rest(image: FilesystemImage, rest: bytes) -> bytes:
    """The flash of a board that held `rest` and got the image's used blocks."""
    flash = bytearray(rest)
    for address, data in image.pieces(0):
        flash[address : address + len(data)] = data
    return bytes(flash)


def _read_by_littlefs(data: bytes, geometry: Geometry) -> dict[str, bytes]:
    system = LittleFS(
        context=UserContext(buffer=bytearray(data)),
        block_size=geometry.block_bytes,
        block_count=geometry.block_count,
        mount=False,
    )
    system.mount()
    return {
        f"{folder}/{name}".lstrip("/"): system.open(f"{folder}/{name}", "rb").read()
        for folder, _, names in system.walk("/")
        for name in names
    }


@pytest.mark.parametrize("geometry", [ESP, PICO], ids=["esp", "pico"])
def test_littlefs_reads_what_was_built(geometry: Geometry) -> None:
    image = filesystem_image.build(FILES, geometry)
    assert len(image.data) == geometry.size
    assert _read_by_littlefs(image.data, geometry) == FILES
    assert filesystem_image.read(image.data, geometry) == FILES
    assert filesystem_image.build(dict(reversed(FILES.items())), geometry) == image


def test_only_used_blocks_are_sent() -> None:
    image = filesystem_image.build(FILES, ESP)
    content = sum(map(len, FILES.values()))
    sent = sum(len(data) for _, data in image.pieces(0x200000))
    assert {0, 1} <= set(image.used_blocks)
    assert content < sent < content + 14 * 4096
    for address, data in image.pieces(0x200000):
        assert (address - 0x200000) % 4096 == 0
        assert len(data) % 4096 == 0


names = st.from_regex(r"[a-z]{1,3}(\.py)?", fullmatch=True)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
trees = st.dictionaries(paths, st.binary(max_size=9000), max_size=8)


@settings(max_examples=60, deadline=None)
@given(trees, trees, st.integers(0, 2**32))
def test_what_the_board_held_before_does_not_matter(files, before, seed: int) -> None:
    old = _built(before) or filesystem_image.build({}, SMALL)
    # A board's flash after long use: old images and files at places of all kinds.
    noise = random.Random(seed)
    blocks = [old.data[n * 4096 : (n + 1) * 4096] for n in range(SMALL.block_count)]
    stale = b"".join(noise.choice([noise.randbytes(4096), *blocks]) for _ in blocks)
    image = _built(files)
    if image is not None:
        for rest in (old.data, stale):
            found = _read_by_littlefs(_with_stale_rest(image, rest), SMALL)
            assert found == dict(files)


def _built(files) -> FilesystemImage | None:
    try:
        return filesystem_image.build(files, SMALL)
    except (BoardFileNameError, BoardFullError):
        return None


@pytest.mark.parametrize(
    "path", ["", "/main.py", "a//b", "../x", "a/..", ".", "x" * 300, "a\nb", "main.py/x"]
)
def test_impossible_names_are_refused(path: str) -> None:
    with pytest.raises(BoardFileNameError):
        filesystem_image.build({"main.py": b"", path: b""}, ESP)


def test_too_much_is_refused() -> None:
    with pytest.raises(BoardFullError):
        filesystem_image.build({"big.bin": bytes(100_000)}, SMALL)
    with pytest.raises(BoardFullError):
        filesystem_image.build({f"{n}.py": bytes(4000) for n in range(30)}, SMALL)


@pytest.mark.parametrize("data", [b"", b"\xff" * SMALL.size, bytes(SMALL.size)])
def test_what_is_no_file_system_is_told(data: bytes) -> None:
    with pytest.raises(FilesystemDamagedError):
        filesystem_image.read(data, SMALL)


MOUNT = """
import vfs
class Flash:
    def __init__(self):
        self.f = open({path!r}, "r+b")
        self.n = self.f.seek(0, 2) // 4096
    def readblocks(self, n, buf, off=0):
        self.f.seek(n * 4096 + off); self.f.readinto(buf)
    def writeblocks(self, n, buf, off=None):
        self.f.seek(n * 4096 + (off or 0)); self.f.write(buf)
    def ioctl(self, op, arg):
        if op == 4: return self.n
        if op == 5: return 4096
        if op == 6:
            self.f.seek(arg * 4096); self.f.write(b"\\xff" * 4096)
            return 0
fs = vfs.VfsLfs2(Flash(), {options})
vfs.mount(fs, "/x")
import os
def walk(d):
    for e in sorted(os.ilistdir(d)):
        p = d + "/" + e[0]
        if e[1] == 0x4000: walk(p)
        else:
            with open(p, "rb") as f: b = f.read()
            print(p[3:], len(b), sum(b))
walk("/x")
with open("/x/new.txt", "w") as f: f.write("written on the board" * 500)
with open("/x/new.txt") as f: print("new", len(f.read()))
"""


@pytest.mark.parametrize(
    ("geometry", "options"),
    [(ESP, ""), (PICO, "progsize=256"), (ESP, "readsize=16, progsize=16, lookahead=16")],
    ids=["esp", "pico", "smaller-cache"],
)
def test_micropython_mounts_and_writes_it(tmp_path: Path, geometry: Geometry, options: str) -> None:
    image = filesystem_image.build(FILES, geometry)
    old = filesystem_image.build({f"old{n}.py": bytes(5000) for n in range(40)}, geometry)
    path = tmp_path / "flash.bin"
    path.write_bytes(_with_stale_rest(image, old.data))
    script = tmp_path / "mount.py"
    script.write_text(MOUNT.format(path=str(path), options=options))
    run = "import sys, micropython_run as m; sys.exit(m.run_main(['micropython', sys.argv[1]]))"
    words = [sys.executable, "-c", run, str(script)]
    answer = subprocess.run(words, capture_output=True, timeout=60, check=True)
    expected = {f"{p} {len(d)} {sum(d)}" for p, d in FILES.items()} | {"new 10000"}
    assert set(answer.stdout.decode().splitlines()) == expected
