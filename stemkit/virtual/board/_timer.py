# `machine.Timer` and `machine.WDT`.
import _events
import _world
from _world import facts


class Timer:
    ONE_SHOT, PERIODIC = 0, 1
    _known = {}

    def __new__(cls, id=-1, *args, **kw):
        # The ESPs' hardware timers are one object each.
        if facts["family"] == "esp" and facts["chip"] != "esp8266":
            if not -1 <= id <= 3:
                raise ValueError("invalid Timer number")
        elif id != -1:
            raise ValueError("Timer doesn't exist" if facts["family"] == "rp2" else "invalid Timer number")
        if id < 0 or id not in cls._known:
            self = object.__new__(cls)
            self.id = id
            self.due = 0
            self._period = 0
            if id < 0:
                return self
            cls._known[id] = self
        return cls._known[id]

    def __init__(self, id=-1, **kw):
        if kw:
            self.init(**kw)

    def init(self, *, mode=1, period=-1, freq=None, callback=None, tick_hz=1000, hard=False):
        if freq is not None:
            if freq <= 0:
                raise ValueError("invalid freq")
            us = int(1000000 / freq)
        else:
            us = int(period * 1000000 / tick_hz)
        self._period = max(1, us)
        self._mode = mode
        self._callback = callback
        self.due = _world.peek() + self._period
        _events.add(self)

    def deinit(self):
        self.due = 0
        _events.remove(self)

    def value(self):
        return max(0, (self._period - (self.due - _world.now())) // 1000) if self.due else 0

    def run(self):
        if self._mode == self.ONE_SHOT:
            self.due = 0
            _events.remove(self)
        else:
            # Moments that passed while the program was busy are left out.
            self.due = max(self.due + self._period, _world.peek())
        if self._callback is not None:
            _events._call(self._callback, self)

    def __repr__(self):
        return "Timer(%d, mode=%s, period=%d)" % (
            self.id, "PERIODIC" if self._mode else "ONE_SHOT", self._period // 1000
        )


class WDT:
    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError("WDT(%d) doesn't exist" % id)
        if timeout < 1:
            raise ValueError("WDT timeout too short")
        self._us = timeout * 1000
        self.due = 0
        self.feed()
        _events.add(self)

    def feed(self):
        self.due = _world.now() + self._us
        _events._refresh()

    def timeout_ms(self, ms):
        self._us = ms * 1000
        self.feed()

    def run(self):
        from machine import _over

        _over({"op": "reset", "cause": "watchdog"})
