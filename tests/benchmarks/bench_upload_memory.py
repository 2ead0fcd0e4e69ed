"""What an upload takes of a board's memory: bench_upload_memory.py [PROGRAM]

The receiver's own sources run in a real MicroPython, fed with the very blocks that stemkit sends
for the payload of bench_deploy.py: everything asked, everything sent. The figure is the smallest
heap in which that goes without a MemoryError, less what is in use before; so it holds the gaps
between what is in use too. Not in it: the file system's buffer of the one file that is open
(littlefs: 32 to 256 bytes on these boards).

A board's words have 32 bits, those of the wheel's MicroPython 64: without PROGRAM the figures are
for 64 bits and say little about a board (half of it is too much for buffers, too little for gaps).
PROGRAM is a MicroPython of 32 bits. From MicroPython's sources, with gcc's 32-bit libraries
(Debian: gcc-multilib), in ports/unix:
    make MICROPY_FORCE_32BIT=1 MICROPY_PY_FFI=0 MICROPY_PY_BTREE=0 MICROPY_PY_SSL=0 \\
        MICROPY_SSL_MBEDTLS=0 MICROPY_VFS_LFS=0 FROZEN_MANIFEST=
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from stemkit.devices.receiver import FIRST_WORDS, load_receiver, opening
from stemkit.devices.upload_recovery import SIZES
from stemkit.formats.deployed import build_manifest, manifest_of
from stemkit.model.deployment import MANIFEST_PATH, BoardFile
from stemkit.storage.places import shipped
from stemkit.wire.upload import Cutter, frame, record

sys.path.insert(0, str(Path(__file__).parent))
from bench_deploy import make_payload

UNREAD_BYTES = 256
# Window bits, and what it is for; the targets are those of the project's issue.
TARGETS = {15: None, 13: ("ESP32", 24_000), 0: ("ESP8266", 10_000)}

START = "import sys, micropython_run as m; sys.exit(m.run_main(['micropython', *sys.argv[1:]]))"
FEED_PY = """
import gc
stream = open('stream.bin', 'rb')
readinto, read = stream.readinto, stream.read
class poll:
    def register(self, *a): pass
    def poll(self, ms): return [1]
def go():
    gc.collect()
    before = gc.mem_alloc()
    exec(open('boot.txt').read(), {})
    print('FITS', before)
"""


def from_file(text: bytes) -> bytes:
    """The receiver's source with its reads from a file."""
    for ours, other in (
        (b"sys.stdin.buffer", b"__import__('feed')"),
        (b"select.poll()", b"__import__('feed').poll()"),
        (b"micropython.kbd_intr(-1)", b"pass"),
        (b"micropython.kbd_intr(3)", b"pass"),
    ):
        text = text.replace(ours, other)
    return text


def stream_of(folder: Path, window_bits: int, room_bytes: int) -> tuple[bytes, bytes]:
    """What the prompt is given, and all that the receiver reads."""
    source = load_receiver(shipped("firmware") / "runtime" / "receiver")
    core = [from_file(part) for part in source.core]
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = [BoardFile(p.relative_to(folder).as_posix(), p.read_bytes()) for p in paths]
    manifest = BoardFile(MANIFEST_PATH, build_manifest(manifest_of(files)))
    cutter = Cutter(window_bits, first_number=-1 if window_bits else 0)
    fed = bytearray(opening(core, cutter, room_bytes))

    def code(parts: list[bytes]) -> None:
        for part in parts:
            cutter.add(record("x", from_file(part)))

    code(source.files)
    code(source.question)
    cutter.add(record("b", b"") + b"".join(record("q", file.question) for file in files))
    cutter.add(record("p", b"lib") + record("c", b"") + record("a", b""))
    code(source.left)
    cutter.add(record("b", b"") + record("r", bytes(3) + MANIFEST_PATH.encode()))
    cutter.add(record("h", b"main.py") + record("a", b""))
    code(source.store)
    for file in (*files, manifest):
        cutter.add(record("s", file.digest + file.key, size=len(file.content)) + file.content)
    code(source.place[:-1] if len(source.place) > 1 else [])
    cutter.add(record("z", b""))
    cutter.flush()
    while block := cutter.cut(room_bytes - UNREAD_BYTES):
        fed += frame(block)
    return from_file(FIRST_WORDS), bytes(fed)


def fits(work: Path, heap: int) -> int | None:
    """Bytes in use before where an upload fits in such a heap; else None."""
    program = sys.argv[1:2] or [sys.executable, "-c", START]
    words = [*program, "-X", f"heapsize={heap}", "-c", "import feed; feed.go()"]
    shutil.rmtree(work / ".stemkit", ignore_errors=True)
    environ = {**os.environ, "MICROPYPATH": f"{work}:.frozen"}
    done = subprocess.run(words, cwd=work, capture_output=True, text=True, timeout=60, env=environ)
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if last.startswith("FITS"):
        return int(last.split()[1])
    if "MemoryError" not in done.stdout + done.stderr and done.returncode >= 0:
        raise SystemExit(f"the receiver failed: {done.stdout[-600:]}{done.stderr[-600:]}")
    return None


def main() -> None:
    work = Path(tempfile.mkdtemp())
    make_payload(work / "lesson")
    (work / "feed.py").write_text(FEED_PY)
    bits = 32 if sys.argv[1:] else 64
    for size in SIZES:
        code, fed = stream_of(work / "lesson", size.window_bits, size.room_bytes)
        (work / "boot.txt").write_bytes(code)
        (work / "stream.bin").write_bytes(fed)
        low, high, before = 8_000, 160_000, 0
        while high - low > 128:
            middle = (low + high) // 2 // 32 * 32
            found = fits(work, middle)
            low, high = (middle, high) if found is None else (low, middle)
            before = found or before
        taken = high - before
        target = TARGETS.get(size.window_bits)
        told = ""
        if target and bits == 32:
            told = f"{'ok' if taken <= target[1] else 'MISSED'} (<= {target[1]}, {target[0]})"
        window = f"window {size.window_bits:2} bits, buffer {size.room_bytes}"
        print(f"{window:<32} {taken:8} bytes, words of {bits} bits   {told}")


if __name__ == "__main__":
    main()
