"""A million hostile chunks through the line reader: no crash, nothing unprintable, flat memory.

python tests/benchmarks/bench_fuzz_lines.py [CHUNKS] [SEED]
"""

from __future__ import annotations

import random
import resource
import sys
import time

from stemkit.model.reading import Happening, Readings
from stemkit.wire.lines import LineReader

PARTS = [
    b"\n", b"\r\n", b"temp:", b"23.5", b",", b";", b"\t", b" ", b"{", b"}", b"[", b"]", b"(", b")",
    b'"', b":", b"=", b">", b"|", "§".encode(), b"1e999", b"nan", b"-", b".", b"\x00", b"\x1b[2J",
    b"\x1b]0;x\x07", b"\x9b", b"\xff\xfe", "\u202e".encode(), b"#: v=1 ch=", b",~", b"@", b"*",
    b"Time (seconds)", b"MPY: soft reboot\n", b"a:1,b:2\n", b"1,2\n", b'{"a":1}\n', b">v:1\n",
]  # fmt: skip


def chunk(dice: random.Random) -> bytes:
    way = dice.random()
    if way < 0.0002:
        return dice.choice(PARTS)[:1] * 1_000_000
    if way < 0.2:
        return dice.randbytes(dice.randrange(80))
    return b"".join(dice.choices(PARTS, k=dice.randrange(1, 12)))


def main(chunks: int = 1_000_000, seed: int = 1) -> None:
    dice = random.Random(seed)
    reader = LineReader("b1", first_line_cut=False)
    begun = time.process_time()
    memory_kib = 0
    for i in range(chunks):
        if i % 50_000 == 0:
            reader = LineReader("b1", first_line_cut=False)
        if i == chunks // 10:
            memory_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for item in reader.feed(chunk(dice), i * 0.001).items:
            words = item.labels if isinstance(item, Readings) else ()
            if isinstance(item, Happening):
                words = tuple(str(value) for value in item.detail.values())
            bad = [word for word in words if not word.isprintable()]
            if bad:
                raise SystemExit(f"chunk {i}: unprintable {bad}")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_kib
    print(f"{chunks} chunks, {time.process_time() - begun:.1f} s: no crash, nothing unprintable")
    print(f"memory after the first tenth {memory_kib / 1024:.1f} MiB, then {grown / 1024:+.1f} MiB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
