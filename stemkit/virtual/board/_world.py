# The board's side of its world: requests, and the clock that all of the board's modules share.
#
# Time is microseconds since the world began. Usually it is the computer's clock, times `speed`.
# It is *held* (it moves a little at each look and nowhere else) in two cases: speed 0, and while a
# program times a pulse in a loop, where a busy computer would otherwise spoil the measurement.
import json
import struct
import utime

from _wire import stream

_raw_us = utime.ticks_us
_pack = struct.pack
# What a look at the clock, and what a look at a peripheral takes while time is held.
_LOOK_US = 2
_ASK_US = 20
_HELD_AT_MOST_US = 200000

stream.write(_pack("<BBHQ", 1, 0, 0, _raw_us()))
facts = json.loads(stream.read(struct.unpack("<xH", stream.read(3))[0]))
speed = facts["speed"]
boot_us = facts["boot"]
_zero = facts["zero"]
_ahead = 0
_held = -1 if speed else facts["now"]
_held_until = _seen = 0
# At speed 0 a look at the clock may find that something is due: then this is called.
deadline = 0
on_deadline = None
rtc_us = facts["rtc"]
rtc_memory = bytes(int(facts["rtc_memory"][n : n + 2], 16) for n in range(0, len(facts["rtc_memory"]), 2))




def _real():
    us = _raw_us() - _zero
    return us if speed == 1 else int(us * speed)


def peek():
    # The time, without moving a held clock.
    return _held if _held >= 0 else _real() + _ahead


def now():
    global _held, _seen
    if _held >= 0:
        _held += _LOOK_US
        if speed and _raw_us() > _held_until:
            release()
    _seen = t = _held if _held >= 0 else _real() + _ahead
    if deadline and t >= deadline:
        on_deadline()
    return t


def hold_at(t):
    # Let a program see the moment of an event, if it has not seen a later one yet.
    if speed:
        hold(max(t, _seen))


def hold(t=None):
    # Time stands (at `t`) until `release`, or until the program has forgotten about it.
    global _held, _held_until
    _held_until = _raw_us() + _HELD_AT_MOST_US
    if t is not None or _held < 0:
        _held = now() if t is None else t


def release():
    global _held, _ahead
    if speed and _held >= 0:
        # What was counted while held does not run backwards now; `pass_until` pays it back.
        _ahead = max(_ahead, _held - _real())
        _held = -1


def jump(t):
    # Time goes on to `t` at once, if it was not there yet.
    global _held, _ahead
    if _held >= 0:
        _held = max(_held, t)
    else:
        _ahead = max(_ahead, t - _real())


def pass_until(t):
    # Wait (really, unless the speed is 0) until the world's clock shows `t`.
    global _ahead
    if not speed:
        jump(t)
        return
    release()
    us = (t - _real()) / speed
    if us > 2000:
        # Not the built-in sleep_ms: that one wakes up a thousand times a second.
        utime.sleep(us / 1e6)
    elif us > 0:
        utime.sleep_us(int(us))
    _ahead = max(0, min(_ahead, t - _real()))


def set_rtc(us):
    # The real-time clock's microseconds (since 1970) when the world began.
    global rtc_us
    rtc_us = us
    tell(0x8A, 0, _pack("<q", us))


def tell(op, arg, payload=b""):
    stream.write(_pack("<BBHQ", op, arg, len(payload), now()) + payload)


def request(op, arg, payload, count):
    # The body's `count` bytes; OSError with the status where there is one.
    global _held
    if not speed:
        _held += _ASK_US
    stream.write(_pack("<BBHQ", op, arg, len(payload), now()) + payload)
    data = stream.read(count + 1)
    if data[0]:
        raise OSError(data[0])
    return data[1:]
