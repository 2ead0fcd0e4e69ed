"""Time on a board: clocks, sleeps, timers, interrupts, asyncio; real and faster than real."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import Any

import pytest

from stemkit.formats.scenario import parse_scenario
from stemkit.virtual.world import World
from tests.world.board_process import run_program
from tests.world.boards import spec
from tests.world.test_programs import said, world_of


def run(world: World, program: str, **more: Any) -> Any:
    return json.loads(said(run_program(world, "import json, time\n" + program, **more)))


def test_an_hour_passes_in_a_moment_and_twice_the_same() -> None:
    text = (
        "[[change]]\nquantity = 'temperature'\nkind = 'ramp'\npoints = [[0, 15], [3600, 33]]\n"
        "[[change]]\nquantity = 'temperature'\nkind = 'noise'\ndeviation = 0.2\n"
    )
    program = """
import dht
from machine import Pin
d = dht.DHT22(Pin(4))
rows = []
for n in range(1800):
    d.measure()
    rows.append(d.temperature())
    time.sleep(2)
print(json.dumps([time.ticks_ms(), rows]))
"""
    started = time.monotonic()
    passed_ms, rows = run(world_of(text), program, arguments=("-X", "heapsize=4M"))
    took_s = time.monotonic() - started
    assert passed_ms == pytest.approx(3_600_000, rel=0.001)
    assert took_s < 20
    assert rows[0] == pytest.approx(15, abs=1)
    assert rows[-1] == pytest.approx(33, abs=1)
    assert [passed_ms, rows] == run(world_of(text), program, arguments=("-X", "heapsize=4M"))


@pytest.mark.parametrize(("speed", "least_s", "most_s"), [(1, 0.9, 3.0), (20, 0.05, 1.5)])
def test_sleep_takes_its_share_of_real_time(speed: float, least_s: float, most_s: float) -> None:
    program = """
t = time.ticks_ms()
time.sleep(0.5)
time.sleep_ms(300)
time.sleep_us(200000)
print(json.dumps(time.ticks_diff(time.ticks_ms(), t)))
"""
    started = time.monotonic()
    slept_ms = run(world_of("", speed), program)
    took_s = time.monotonic() - started
    assert 1000 <= slept_ms < 1000 + 400 * speed
    assert least_s <= took_s < most_s


def test_clocks_and_calendar_as_the_port_has_them() -> None:
    program = """
import machine, utime
before = [time.localtime()[:6], time.time()]
machine.RTC().datetime((2026, 9, 5, 5, 7, 30, 15, 0))
time.sleep(50)
now = time.localtime()
print(json.dumps([before, now, time.mktime(now) - time.time(), utime.time() - time.time(),
    [time.mktime((y, m, 29 if m == 2 else 1, 12, 0, 0, 0, 0))
        for y, m in ((2000, 1), (2024, 2), (2100, 3))],
    time.ticks_diff(time.ticks_add(5, -10), 5), time.ticks_add(0x3fffffff, 1)]))
"""
    before, now, *zeros, made, diff, wrapped = run(world_of(""), program)
    assert before == [[2000, 1, 1, 0, 0, 0], 0]
    assert now == [2026, 9, 5, 7, 31, 5, 5, 248]
    assert zeros == [0, 0]
    days = [date(2000, 1, 1), date(2024, 2, 29), date(2100, 3, 1)]
    assert made == [(day - days[0]).days * 86400 + 43200 for day in days]
    assert (diff, wrapped) == (-10, 0)
    assert run(world_of("", 0, "pico"), "print(json.dumps(time.localtime()[:3]))") == [2021, 1, 1]


@pytest.mark.parametrize("speed", [0, 1])
def test_timers_run_while_the_program_sleeps_and_while_it_works(speed: float) -> None:
    program = """
from machine import Timer
seen = []
t = Timer(0)
t.init(period=20, mode=Timer.PERIODIC, callback=lambda t: seen.append(time.ticks_ms()))
time.sleep_ms(510)
asleep = len(seen)
end = time.ticks_add(time.ticks_ms(), 500)
while time.ticks_diff(end, time.ticks_ms()) > 0:
    pass
busy = len(seen) - asleep
once = []
Timer(1).init(period=30, mode=Timer.ONE_SHOT, callback=once.append)
t.deinit()
stopped = len(seen)
time.sleep_ms(200)
print(json.dumps([asleep, busy, len(once), len(seen) - stopped]))
"""
    asleep, busy, once, after = run(world_of("", speed), program)
    assert 20 <= asleep <= 26
    assert 15 <= busy <= 26
    assert (once, after) == (1, 0)


def test_an_error_in_a_callback_is_shown_and_the_program_goes_on() -> None:
    ran = run_program(
        world_of(""),
        "from machine import Timer\n"
        "Timer(0).init(period=10, mode=Timer.ONE_SHOT, callback=lambda t: 1 / 0)\n"
        "time.sleep_ms(50)\nprint('still here')\n",
    )
    assert "ZeroDivisionError" in ran.output
    assert ran.output.strip().endswith("still here")


WATCHING = """
from machine import Pin
seen = []
b = Pin(33, Pin.IN, Pin.PULL_UP)
b.irq(lambda p: seen.append((p.value(), time.ticks_ms())), %s)
"""


@pytest.mark.parametrize("speed", [0, 5])
def test_presses_of_a_scenario_interrupt_at_their_time(speed: float) -> None:
    text = (
        "[[event]]\nquantity = 'button'\nat_s = 2\nlasts_s = 0.2\n"
        "[[event]]\nquantity = 'button'\nat_s = 4\nlasts_s = 0.5\n"
    )
    program = WATCHING % "Pin.IRQ_FALLING | Pin.IRQ_RISING"
    seen = run(world_of(text, speed), program + "time.sleep(6)\nprint(json.dumps(seen))")
    assert [level for level, _ in seen] == [0, 1, 0, 1]
    late_ms = 2 if not speed else 1000
    for (_, t), wanted in zip(seen, (2000, 2200, 4000, 4500), strict=True):
        assert wanted <= t <= wanted + late_ms
    program = WATCHING % "Pin.IRQ_FALLING"
    seen = run(world_of(text, 0), program + "time.sleep(6)\nprint(json.dumps(seen))")
    assert [level for level, _ in seen] == [0, 0]


def test_a_persons_press_interrupts_a_program_that_sleeps_or_works() -> None:
    steps = iter([(0.6, 1.0), (0.7, 0.0), (1.6, 1.0), (1.7, 0.0)])
    next_step = [next(steps)]

    def press(world: World, seconds: float) -> None:
        # The program starts within the first half second.
        if next_step and seconds > next_step[0][0]:
            world.set("button", next_step.pop()[1])
            next_step.extend([one] if (one := next(steps, None)) else [])

    program = (
        WATCHING % "Pin.IRQ_FALLING"
        + """
time.sleep(1)
end = time.ticks_add(time.ticks_ms(), 1000)
while time.ticks_diff(end, time.ticks_ms()) > 0:
    pass
print(json.dumps(seen))
"""
    )
    seen = run(world_of("", 1), program, during=press)
    assert [level for level, _ in seen] == [0, 0]


@pytest.mark.parametrize("speed", [0, 1, 10])
def test_asyncio_keeps_the_boards_time(speed: float) -> None:
    program = """
import asyncio
seen = []
async def blink(name, ms):
    for n in range(3):
        seen.append((name, time.ticks_ms()))
        await asyncio.sleep_ms(ms)
async def late():
    try:
        await asyncio.wait_for(blink("c", 5000), 0.3)
    except asyncio.TimeoutError:
        seen.append(("timeout", time.ticks_ms()))
async def main():
    event = asyncio.Event()
    async def waits():
        await event.wait()
        seen.append(("event", time.ticks_ms()))
    task = asyncio.create_task(waits())
    await asyncio.gather(blink("a", 100), blink("b", 70))
    event.set()
    await task
    await late()
    lost = asyncio.create_task(blink("d", 1000))
    await asyncio.sleep_ms(10)
    lost.cancel()
    try:
        await lost
    except asyncio.CancelledError:
        seen.append(("cancelled", time.ticks_ms()))
start = time.ticks_ms()
asyncio.run(main())
print(json.dumps([(name, t - start) for name, t in seen]))
"""
    started = time.monotonic()
    seen = run(world_of("", speed), program)
    # With a speed the board's time goes on while this computer is busy with something else.
    slack_ms = (time.monotonic() - started) * 1000 * speed if speed else 30
    for wanted, (name, t) in zip(
        [0, 0, 70, 100, 140, 200, 300, 300, 600, 600, 610],
        sorted(seen, key=lambda row: row[1]),
        strict=True,
    ):
        assert wanted - 1 <= t <= wanted + 5 + slack_ms, (name, t)
    assert [name for name, _ in seen[-5:]] == ["event", "c", "timeout", "d", "cancelled"]


def test_resets_are_asked_of_the_keeper_and_told_to_the_next_process() -> None:
    world = World(spec(), parse_scenario(b'title = { vi = "T", en = "T" }\n', "t"), speed=0)
    for program, op in (
        ("machine.reset()", "reset"),
        ("machine.soft_reset()", "soft_reset"),
        ("machine.bootloader()", "bootloader"),
        ("machine.deepsleep(1500)", "deepsleep"),
    ):
        ran = run_program(world, f"import machine\n{program}\nprint('not reached')\n")
        assert [asked["op"] for asked in ran.asked] == [op]
        assert "not reached" not in ran.output
    run_program(world, "import machine\nmachine.RTC().memory(b'42')\ntime.sleep(7)\n")
    world.restart("deepsleep")
    program = """
import machine
print(json.dumps([machine.reset_cause() == machine.DEEPSLEEP_RESET, machine.RTC().memory().decode(),
    time.ticks_ms() < 5, machine.unique_id() == bytes.fromhex("0a1b2c3d4e5f")]))
"""
    assert run(world, program) == [True, "42", True, True]


def test_a_program_that_forgets_the_watchdog_is_reset() -> None:
    ran = run_program(
        world_of("", 1),
        "from machine import WDT\nw = WDT(timeout=1500)\n"
        "for n in range(20):\n    time.sleep_ms(100)\n    w.feed()\n"
        "print('fed')\nwhile True:\n    pass\n",
    )
    assert ran.output.strip() == "fed"
    assert ran.asked == [{"op": "reset", "cause": "watchdog"}]


def test_the_rate_of_the_console_is_asked_for() -> None:
    ran = run_program(world_of(""), "from machine import UART\nUART(0, baudrate=9600)\n")
    assert ran.asked == [{"op": "uart_baud", "baud": 9600}]
