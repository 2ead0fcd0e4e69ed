# `time` as the board's port has it, on the world's clock.
import sys
import utime as _built_in

import _world

_HALF = 1 << 29
# The epoch of the port: 2000 for the ESPs and 1970 for the RP2 (MicroPython's docs of `time`).
_EPOCH_S = 0 if _world.facts["family"] == "rp2" else 946684800


def ticks_ms():
    return (_world.now() - _world.boot_us) // 1000 & 0x3FFFFFFF


def ticks_us():
    return _world.now() - _world.boot_us & 0x3FFFFFFF


def ticks_cpu():
    return (_world.now() - _world.boot_us) * 160 & 0x3FFFFFFF


def ticks_add(ticks, delta):
    if not -_HALF < delta < _HALF:
        raise OverflowError("ticks interval overflow")
    return ticks + delta & 0x3FFFFFFF


def ticks_diff(end, start):
    return (end - start + _HALF & 0x3FFFFFFF) - _HALF


def _wait(us):
    if us > 0:
        end = _world.peek() + us
        if _events is None:
            _world.pass_until(end)
        else:
            _events.wait(end)


_events = None


def _use_events(module):
    global _events
    _events = module


def sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    _wait(int(seconds * 1000000))


def sleep_ms(ms):
    _wait(int(ms) * 1000)


def sleep_us(us):
    _wait(int(us))


def time_ns():
    return (_world.rtc_us + _world.now()) * 1000


def time():
    return (_world.rtc_us + _world.now()) // 1000000 - _EPOCH_S


def gmtime(seconds=None):
    return _built_in.gmtime((time() if seconds is None else int(seconds)) + _EPOCH_S)[:8]


localtime = gmtime


def mktime(when):
    if not 8 <= len(when) <= 9:
        raise TypeError("mktime needs a tuple of length 8 or 9")
    year, month, day, hour, minute, second = when[:6]
    year += (month - 1) // 12
    month = (month - 1) % 12 + 1
    # Days before the date, with the year begun in March so that the leap day is its last.
    y = year - (month < 3)
    days = y * 365 + y // 4 - y // 100 + y // 400 + ((month + 9) % 12 * 153 + 2) // 5 + day - 719469
    return ((days * 24 + hour) * 60 + minute) * 60 + second - _EPOCH_S


class _Asyncio:
    # asyncio's task queue in C reads the computer's clock: it gets one that reads ours.
    def __getattr__(self, name):
        import _tasks

        return getattr(_tasks, name)


sys.modules["_asyncio"] = _Asyncio()
sys.modules["utime"] = sys.modules["time"]
