"""What `send` prints is what readers read: ours, and the forms that others ask for."""

from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from on_board import run

from stemkit.wire.description import parse_description
from stemkit.wire.native import cells
from stemkit.wire.tail import split_tail

SEND = "from stem import channel, control, every, send\n"


def lines(program: str, stdin: bytes = b"") -> list[str]:
    return run(SEND + program, stdin=stdin).splitlines()


def test_a_line_is_labels_and_values_in_a_fixed_order() -> None:
    assert lines("send(temp=23.5, hum=60, light=512)\nsend(light=1, temp=2.25, hum=3)") == [
        "hum:60,light:512,temp:23.5",
        "hum:3,light:1,temp:2.25",
    ]


def test_what_is_no_value_is_left_out() -> None:
    assert lines(
        "send(a=None, b=float('nan'), c=float('inf'), d=-float('inf'), e=0, f=True)\nsend(a=None)\n"
    ) == ["e:0,f:1"]


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True).filter(
                lambda name: name != "fmt"
            ),
            st.floats(allow_nan=False, allow_infinity=False, width=32)
            | st.integers(-(10**12), 10**12),
            min_size=1,
            max_size=8,
        ),
        min_size=1,
        max_size=30,
    )
)
def test_any_line_reads_back(rows: list[dict[str, float]]) -> None:
    printed = lines("".join(f"send(**{row!r})\n" for row in rows))
    assert len(printed) == len(rows)
    for line, row in zip(printed, rows, strict=True):
        read = cells(line.encode())
        assert read is not None, line
        assert dict(zip(*read, strict=True)) == pytest.approx(row, rel=1e-5)


def test_the_other_forms() -> None:
    printed = lines(
        "channel('temp', '°C', -40, 80, 'dht22')\n"
        "for fmt in ('csv', 'json', 'mu', 'teleplot'):\n"
        "    send(fmt, temp=23.5, n=1)\n"
        "    send(fmt, temp=24)\n"
    )
    assert printed[:4] == ["n,temp", "1,23.5", "temp", "24"]
    assert json.loads(printed[4]) == {"n": 1, "temp": 23.5}
    assert json.loads(printed[5]) == {"temp": 24}
    assert printed[6:8] == ["(1,23.5)", "(24,)"]
    assert printed[8:] == [">n:1", ">temp:23.5§°C", ">temp:24§°C"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("send(**{'nhiệt_độ': 1})", "nhiệt_độ: use a-z, 0-9 and _"),
        ("send(**{'a b': 1})", "use a-z, 0-9 and _"),
        ("send(a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1)", "8 values at most"),
        ("send('xml', a=1)", "no form xml"),
    ],
)
def test_a_mistake_is_told(call: str, told: str) -> None:
    program = f"try:\n    {call}\nexcept ValueError as error:\n    print(error)\n"
    assert told in lines(program)[0]


def test_nobody_who_did_not_ask_sees_a_tail() -> None:
    assert lines("send(a=1)", stdin=b"hello\n?set a 3\n?stem\n\xff\n") == ["a:1"]


def test_who_asks_is_told_everything() -> None:
    printed = lines(
        "import stem.line\n"
        "stem.line.board, stem.line.lesson = 'B7', '05-night-lamp@1.0.0'\n"
        "channel('temp', '°C', -40, 80, 'dht22')\n"
        "fan = control('fan', 0, 100, 40)\n"
        "for n in range(3): send(temp=20 + n)\n"
        "channel('late', 'm / s')\n",
        stdin=b"?stem 1\n",
    )
    told = [parse_description(line.encode()) for line in printed if line.startswith("#: ")]
    assert told[0] is not None
    assert told[0].board == "B7"
    assert told[0].lesson == "05-night-lamp@1.0.0"
    assert told[0].firmware.startswith("MicroPython ")
    channels = {c.label: c for t in told if t for c in t.channels}
    assert (channels["temp"].unit, channels["temp"].sensor) == ("°C", "dht22")
    assert (channels["temp"].low, channels["temp"].high) == (-40, 80)
    assert channels["late"].unit == "m / s"
    (fan,) = [c for t in told if t for c in t.controls]
    assert (fan.name, fan.low, fan.high, fan.value) == ("fan", 0, 100, 40)
    for n, line in enumerate(line for line in printed if not line.startswith("#: ")):
        tail = split_tail(line.encode())
        assert tail is not None
        assert tail.body == f"temp:{20 + n}".encode()
        assert tail.seq == n


def test_a_control_takes_what_it_may() -> None:
    printed = lines(
        "fan = control('fan', 0, 100, 40); rate = control('rate', 0.5, 5)\n"
        "print(fan.value, rate.value)\n"
        "send(); print(fan.value, rate.value)\n",
        stdin=b"?set fan 55\r\n?set fan x\n?set fan\n?set moon 3\n?set rate 1.5\n?set rate nan\n",
    )
    assert printed == ["40 0.5", "55 1.5"]
    printed = lines("fan = control('fan', 0, 100)\nsend(); print(fan.value)\n", b"?set fan 1e9\n")
    assert printed == ["100"]
    printed = lines(
        "fan = control('fan', 0, 100, 1)\nsend(); print(fan.value)\n", b"?set fan inf\n"
    )
    assert printed == ["1"]


def test_noise_from_the_computer_does_no_harm() -> None:
    noise = bytes(range(256)) * 20 + b"\n" + b"x" * 5000 + b"\n?stem 1 extra\n?stem 1\n"
    printed = lines("for n in range(2): send(a=n)", stdin=noise)
    assert [line for line in printed if line.startswith("a:0,~0@")]


def test_numbers_go_on_from_65535_with_0() -> None:
    printed = lines(
        "import stem.line; stem.line._count = 65535\nsend(a=1); send(a=2)", b"?stem 1\n"
    )
    assert [m[1] for line in printed if (m := re.search(r"~(\d+)@", line))] == ["65535", "0"]


FAKE_CLOCK = (
    "import stem.clock as c\n"
    "now = 0\n"
    "def pass_ms(ms):\n    global now\n    now += ms\n"
    "def hear(ms=0):\n    pass_ms(ms)\n"
    "c.hear, c.ticks_ms = hear, lambda: now\n"
    "c.ticks_add, c.ticks_diff = lambda a, b: a + b, lambda a, b: a - b\n"
)


def test_every_begins_each_turn_when_it_is_due_whatever_the_work_takes() -> None:
    output = run(
        FAKE_CLOCK + "for n, t in enumerate(c.every(0.02)):\n"
        "    print(now, round(t * 1000))\n"
        "    pass_ms(n * 7 % 20)\n"
        "    if n > 500: break\n"
    )
    rows = [tuple(map(int, line.split())) for line in output.splitlines()]
    assert rows == [(20 * n, 20 * n) for n in range(502)]


def test_every_leaves_out_turns_whose_time_is_over() -> None:
    output = run(
        FAKE_CLOCK + "for t in c.every(0.01):\n"
        "    print(now, round(t * 100))\n"
        "    if t == 0: pass_ms(95)\n"
        "    if t > 0.11: break\n"
    )
    # The tenth is late, but its time is not over; then all is as before.
    assert output.splitlines() == ["0 0", "95 9", "100 10", "110 11", "120 12"]


def test_every_waits_in_real_time() -> None:
    printed = lines(
        "import time\n"
        "start = time.ticks_ms()\n"
        "for t in every(0.1):\n"
        "    if t > 0.45: break\n"
        "print(time.ticks_diff(time.ticks_ms(), start))\n"
    )
    assert int(printed[0]) >= 499


def test_every_counts_a_third_of_a_second_exactly() -> None:
    program = (
        FAKE_CLOCK + "n = 0\n"
        "for t in c.every(1 / 3):\n"
        "    n += 1\n"
        "    if n > 30000: break\n"
        "print(now)\n"
    )
    assert math.isclose(int(run(program)), 10_000_000, rel_tol=2e-6)
