"""Lines that are read many at once mean what they mean one by one."""

from __future__ import annotations

import os
import random
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stemkit.model.reading import Counts, Gap, Kind, Readings
from stemkit.wire.lines import LineReader
from stemkit.wire.tail import SEQ_MODULO, TICKS_MODULO_MS, with_tail
from wire.ways import story

# More for a long run: STEMKIT_ALIKE=100 reads some 10^6 lines.
ROUNDS = int(os.environ.get("STEMKIT_ALIKE", "1"))

Body = Callable[[random.Random], bytes]


def number(dice: random.Random) -> bytes:
    if dice.random() < 0.01:
        odd = ("nan", "", "1e999", "-", "+5", ".5", "5.", "05", "1_0", " 7", "ovf", "1,5", "--1")
        return dice.choice(odd).encode()
    way = dice.randrange(5)
    if way == 0:
        return b"%d" % dice.randrange(-50, 1100)
    if way == 1:
        return f"{dice.gauss(0, 1e-6):g}".encode()
    return f"{dice.uniform(-40, 1000):.{way}f}".encode()


def joined(words: str) -> Body:
    """A line of these words, `#` stands for a number."""
    parts = words.encode().split(b"#")

    def body(dice: random.Random) -> bytes:
        found = parts[0]
        for part in parts[1:]:
            found += number(dice) + part
        return found

    return body


FORMS = {
    "native": "temp:#,hum:#,light:#",
    "one": "x:#",
    "digits in names": "c1:#,c2:#,e3:#,c11:#",
    "spaced": "temp: # hum: # light: #",
    "comma and space": "te mp:#, hum:#",
    "semicolons": "a:#;b:#",
    "k=v": "v1=# v2=#",
    "ampersands": "a=#&b=#",
    "percent": "p%:#,%s:#",
    "teleplot": ">temp:#",
    "teleplot unit": ">v2:#§°C|g",
    "teleplot ms": ">temp:##:#",
    "bare": "#,#,#",
    "tabs": "#\t#",
    "blanks": "  #   #",
    "decimal commas": "#;#",
    "tuple": "(#, #)",
    "list": "[#,#,#]",
    "serial studio": "/*#,#*/",
    "json": '{"a": #, "b": {"x1": #, "e": [#, #]}}',
    "json words": '{"a": #, "on": true, "s": "5"}',
    "text": "Humidity: # %  Temperature: #*C and 3 more",
    "text with bars": "aX = # | aY = #, hum:#%",
    "log": "I (##) dht: temp=# hum=#",
    "clock": "10:15:02, #, #",
    "colours": "\x1b[32mtemp:#,hum:#\x1b[0m",
    "Vietnamese": "nhiệt độ:#,độ ẩm:#",
}
# Lines of several kinds: one after the other, or as it comes.
TURNS = {
    "Teleplot": (">temp:#", ">hum:#", ">light:#"),
    "Teleplot with numbers": (">v1:#§V|g", ">v2:#§V|g", ">v12:#"),
    "Teleplot with times": (">temp:##:#", ">hum:##:#"),
    "labels": ("temp:#", "hum:#", "c1:#", "c2:#"),
    "labels and tails": ("temp:#", "hum:#", "c1:#", "c2:#"),
    "left out": ("a:#,b:#,c:#", "b:#,c:#", "a:#", "c:#"),
    "left out, with tails": ("a:#,b:#", "b:#", "a:#"),
    "same label, other words": ("a:#", "a: #", "b:#"),
    "k=v": ("v1=# v2=#", "w=#"),
    "native or not": ("temp:#", "độ ẩm:#"),
    "json": ('{"a": #, "b": #}', '{"b": #}', '{"c": {"x": #}}'),
    "text": ("Temperature: # C", "Temperature: # F", "Humidity = # %", "X: # Y: #"),
    "frames and names": ("$#,#;", "$#,#;", "$#,#;", "$a,b;"),
    "with remarks": ("temp:#", "hum:#", "ready", "#: v=1 ch=temp;C"),
    "with another form": (*("temp:#", "hum:#") * 5, "#,#", "(#, #)"),
}
NEVER_AT_ONCE = {"json words", "log", "clock", "colours", "frames and names"}
WITH_TAILS = {
    "native",
    "one",
    "digits in names",
    "tuple",
    "labels and tails",
    "left out, with tails",
}
ODD = (b"", b"hello", b"#: v=1 ch=temp;C", b"MPY: soft reboot", b"a,b,c", b"x\x1b[2Jy", b"\xff1,2",
       b"Time (ms),a,b", b"1,2", b"x:1", b"12:30", b"OSError: 28")  # fmt: skip


def stream(name: str, dice: random.Random) -> Iterator[bytes]:
    """Lines of one form, with tails or without, now and then damaged or of another kind."""
    bodies = [joined(words) for words in TURNS.get(name) or (FORMS[name],)]
    regular = dice.random() < 0.5
    if name in ("bare", "tabs") and dice.random() < 0.5:
        yield (b"Time (seconds)\ta" if name == "tabs" else b"a,b,time_ms")
    tails = name in WITH_TAILS and dice.random() < 0.7
    seq, ticks = dice.randrange(SEQ_MODULO), dice.randrange(TICKS_MODULO_MS)
    trouble = dice.choice((0.0, 0.002, 0.05))
    for i in range(dice.randrange(20, 500)):
        line = (bodies[i % len(bodies)] if regular else dice.choice(bodies))(dice)
        seq, ticks = seq + 1, ticks + dice.randrange(20)
        if dice.random() < trouble:
            seq += dice.randrange(5)
        if dice.random() < trouble / 3:
            ticks -= 100
        if tails and dice.random() > trouble:
            line = with_tail(line, seq % SEQ_MODULO, ticks % TICKS_MODULO_MS)
        if dice.random() < trouble:
            at = dice.randrange(len(line) + 1)
            line = dice.choice(
                (line[:at], line[:at] + b"7" + line[at:], line.upper(), dice.choice(ODD))
            )
        yield line


class OneByOne(LineReader):
    """Reads no lines at once."""

    def _alike(self, *_: object) -> bool:
        return False

    def _in_turn(self, *_: object) -> bool:
        return False


class Watched(LineReader):
    """Tells how often it has read lines of several kinds at once."""

    woven = 0

    def _in_turn(self, *given: Any) -> bool:
        done = super()._in_turn(*given)
        self.woven += done
        return done


def heard(reader: LineReader, lines: list[bytes], many: int) -> tuple[list[object], Counts]:
    """All that came of the lines, but for texts, of which some are left out where many come."""
    items = []
    for start in range(0, len(lines), many):
        part = lines[start : start + many]
        items += reader.feed_lines(part, [0.01 * (start + i) for i in range(len(part))])
    stamps = [
        stamp
        for item in items
        if isinstance(item, Readings)
        for stamp in zip(
            item.host_s, item.seqs or [None] * len(item), item.board_ms or [None] * len(item),
            strict=True,
        )
    ]  # fmt: skip
    gaps = [item.t_s for item in items if isinstance(item, Gap)]
    told = [one for one in story(items) if not (isinstance(one, tuple) and one[0] is Kind.TEXT)]
    return [told, stamps, gaps, reader.tails, reader.native, reader.form and 1], (reader.counts)


@pytest.mark.parametrize("name", [*FORMS, *TURNS])
def test_many_at_once_mean_what_they_mean_one_by_one(name: str) -> None:
    dice = random.Random(name)
    at_once = 0
    for _ in range(4 * ROUNDS):
        lines = list(stream(name, dice))
        slow = heard(OneByOne("b1"), lines, 128)
        for many in (1, 7, 128, 1000):
            reader = Watched("b1")
            assert heard(reader, lines, many) == slow
            at_once += reader.woven if name in TURNS else reader._layout is not None
    assert at_once or name in NEVER_AT_ONCE


def test_forty_boards_with_the_same_sensors_keep_their_numbers_once() -> None:
    dice = random.Random(1)
    readers = [LineReader(f"b{n}", first_line_cut=False) for n in range(40)]

    def feed(blocks: int) -> None:
        for _ in range(blocks):
            for reader in readers:
                cells = [int(dice.gauss(2000, 200)) for _ in range(128)]
                data = b"".join(b"a:%d,b:%d.5,c:-%d\n" % (v, v, v) for v in cells)
                reader.feed(data, float(reader.counts.lines))

    tracemalloc.start()
    try:
        feed(12)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 3_000_000
