# `machine.RTC`.
import time

import _world


class RTC:
    def datetime(self, *when):
        if not when:
            t = time.gmtime()
            us = (_world.rtc_us + _world.now()) % 1000000
            return (t[0], t[1], t[2], t[6], t[3], t[4], t[5], us)
        year, month, day, _, hour, minute, second = when[0][:7]
        us = when[0][7] if len(when[0]) > 7 else 0
        seconds = time.mktime((year, month, day, hour, minute, second, 0, 0)) + time._EPOCH_S
        _world.set_rtc(seconds * 1000000 + us - _world.now())

    def init(self, when=None):
        if when is not None:
            # (year, month, day, hour, minute, second, microsecond, tzinfo)
            y, mo, d, h, mi, s = (tuple(when) + (0,) * 6)[:6]
            self.datetime((y, mo, d, 0, h, mi, s, 0))

    def now(self):
        t = self.datetime()
        return (t[0], t[1], t[2], t[4], t[5], t[6], t[7], None)

    def memory(self, *data):
        if not data:
            return _world.rtc_memory
        data = data[0].encode() if isinstance(data[0], str) else bytes(data[0])
        if len(data) > 2048:
            raise ValueError("buffer too long")
        _world.rtc_memory = data
        _world.tell(0x8B, 0, data)

    def irq(self, *args, **kw):
        pass

    def alarm(self, *args, **kw):
        pass


if _world.facts["family"] != "esp":
    del RTC.memory
