# `machine` as the board's port has it. What most programs use is here; the rest is loaded when a
# program names it (`__getattr__`), for start-up time and memory.
import struct
import sys

import _world
from _wire import ask
from _world import facts, request, tell

_esp = facts["family"] == "esp"
_8266 = facts["chip"] == "esp8266"
_rp2 = facts["family"] == "rp2"
_names = facts["names"]
_pins = {}
# Pins that make another one pulse at once: from here on the program is timed, not the computer.
_triggers = [part[1]["trig"] for part in facts["parts"].values() if "trig" in part[1]]
# The pin whose pulse is timed just now: (pin, level, until).
_quick = (None, 0, 0)

if _8266:
    PWRON_RESET, WDT_RESET, SOFT_RESET, DEEPSLEEP_RESET, HARD_RESET = 0, 1, 4, 5, 6
    DEEPSLEEP = 4
elif _esp:
    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
    PIN_WAKE, EXT0_WAKE, EXT1_WAKE, TIMER_WAKE, TOUCHPAD_WAKE, ULP_WAKE = 2, 2, 3, 4, 5, 6
    SLEEP, DEEPSLEEP = 2, 4
else:
    PWRON_RESET, WDT_RESET = 1, 3

_LAZY = {
    "ADC": "_adc",
    "PWM": "_pwm",
    "Signal": "_signal",
    "I2C": "_i2c",
    "SoftI2C": "_i2c",
    "SPI": "_spi",
    "SoftSPI": "_spi",
    "UART": "_uart",
    "Timer": "_timer",
    "WDT": "_timer",
    "RTC": "_rtc",
}
if facts["chip"] in ("esp32", "esp32s2", "esp32s3"):
    _LAZY["TouchPad"] = "_touch"


def __getattr__(name):
    if name not in _LAZY:
        raise AttributeError("'module' object has no attribute '%s'" % name)
    module = __import__(_LAZY[name])
    globals()[name] = found = getattr(module, name)
    return found


def _number(id):
    # The pin's number on the wire, from what programs write.
    if isinstance(id, Pin):
        return id.id
    if isinstance(id, str):
        if id in _names:
            return _names[id]
        if _rp2 and id[:4] == "GPIO" and id[4:].isdigit():
            id = int(id[4:])
        elif _rp2:
            raise ValueError('unknown named pin "%s"' % id)
    if isinstance(id, int) and id in facts["pins"] and id < 128:
        return id
    raise ValueError("invalid pin")


class _Board:
    # `Pin.board.D4`
    def __getattr__(self, name):
        if name in _names:
            return Pin(name)
        raise AttributeError(name)

    def __dir__(self):
        return sorted(_names)


class Pin:
    board = _Board()
    if _8266:
        IN, OUT, OPEN_DRAIN, PULL_UP = 0, 1, 2, 1
        IRQ_RISING, IRQ_FALLING = 1, 2
        WAKE_LOW, WAKE_HIGH = 4, 5
    elif _esp:
        IN, OUT, OPEN_DRAIN, PULL_DOWN, PULL_UP = 1, 3, 7, 1, 2
        IRQ_RISING, IRQ_FALLING, WAKE_LOW, WAKE_HIGH = 1, 2, 4, 5
        DRIVE_0, DRIVE_1, DRIVE_2, DRIVE_3 = 0, 1, 2, 3
    else:
        IN, OUT, OPEN_DRAIN, ALT, PULL_UP, PULL_DOWN = 0, 1, 2, 3, 1, 2
        IRQ_LOW_LEVEL, IRQ_HIGH_LEVEL, IRQ_FALLING, IRQ_RISING = 1, 2, 4, 8

    def __new__(cls, id, *args, **kw):
        n = _number(id)
        if n not in _pins:
            self = object.__new__(cls)
            self.id = n
            self._mode = cls.IN
            self._pull = self._level = 0
            self._taken = False
            self._irq = None
            _pins[n] = self
        return _pins[n]

    def __init__(self, id, *args, **kw):
        if args or kw:
            self.init(*args, **kw)

    def init(self, mode=None, pull=-1, *, value=None, drive=None, hold=None, alt=None):
        if value is not None:
            self._level = 1 if value else 0
        if mode is not None and mode != -1:
            if mode & 2 and mode != Pin.IN and self.id in facts["input_only"]:
                raise ValueError("pin can only be input")
            if mode == Pin.OPEN_DRAIN and value is None and not _esp:
                self._level = 1
            self._mode = mode
        if pull is None:
            self._pull = 0
        elif pull != -1:
            self._pull = pull
        elif _rp2:
            self._pull = 0
        self._taken = False
        self._tell()

    def _tell(self):
        mode = 2 if self._mode == Pin.OPEN_DRAIN else 1 if self._mode == Pin.OUT else 0
        pull = self._pull
        if pull:
            pull = 1 if pull & Pin.PULL_UP else 2
        tell(0x81, self.id, bytes((mode, pull, self._level)))
        self._felt()

    def _felt(self):
        # What the board does to a pin may be what makes another one change.
        global _quick
        _quick = (None, 0, 0)
        events = sys.modules.get("_events")
        if events and events.watching():
            events.look_again()

    def value(self, *value):
        if value:
            level = 1 if value[0] else 0
            if level != self._level or self._taken:
                if self.id in _triggers:
                    _world.hold()  # before it is told: a busy computer may let us wait here
                self._level = level
                if self._taken:
                    self._taken = False
                    self._tell()
                else:
                    tell(0x82, self.id, b"\x01" if level else b"\x00")
                    self._felt()
            return None
        if self._mode == Pin.OUT and not self._taken:
            return self._level
        global _quick
        pin, level, until = _quick
        if pin is self:
            if _world.now() < until:
                return level
            _quick = (None, 0, 0)
        _, level, until = struct.unpack("<BBQ", b"\0" + request(3, self.id, b"", 9))
        if until:
            _world.hold()
            _quick = (self, level, until)
        elif pin is self:
            _world.release()
        return level

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    high, low = on, off

    def toggle(self):
        self.value(1 - self._level)

    def mode(self, *mode):
        if not mode:
            return self._mode
        self.init(mode[0], self._pull or None)

    def pull(self, *pull):
        if not pull:
            return self._pull
        self.init(None, *pull)

    def irq(self, handler=None, trigger=None, *, priority=1, wake=None, hard=False):
        import _events

        if trigger is None:
            trigger = Pin.IRQ_RISING | Pin.IRQ_FALLING
        edges = (1 if trigger & Pin.IRQ_RISING else 0) | (2 if trigger & Pin.IRQ_FALLING else 0)
        _events.watch(self, handler, edges)
        if self._irq is None:
            self._irq = _Irq(self)
        self._irq.set(trigger)
        return self._irq

    def __repr__(self):
        name = [k for k in _names if _names[k] == self.id]
        if _rp2:
            mode = {0: "IN", 1: "OUT", 2: "OPEN_DRAIN", 3: "ALT"}[self._mode]
            pull = {0: "", 1: ", pull=PULL_UP", 2: ", pull=PULL_DOWN"}[self._pull]
            shown = name[0] if self.id >= 128 else "GPIO%d" % self.id
            return "Pin(%s, mode=%s%s)" % (shown, mode, pull)
        return "Pin(%s)" % (repr(name[0]) if self.id >= 128 else self.id)


class _Irq:
    def __init__(self, pin):
        self._pin = pin
        self._trigger = 0

    def set(self, trigger):
        self._trigger = trigger

    def trigger(self, *new):
        old = self._trigger
        if new:
            self._trigger = new[0]
        return old

    def flags(self):
        import _events

        watch = _events._watches.get(self._pin.id)
        if watch is None:
            return 0
        return Pin.IRQ_RISING if watch.flags == 1 else Pin.IRQ_FALLING if watch.flags else 0


def time_pulse_us(pin, pulse_level, timeout_us=1000000):
    if timeout_us < 0:
        raise ValueError("invalid timeout")
    payload = struct.pack("<BI", 1 if pulse_level else 0, timeout_us)
    # A micro:bit's pins are not of `machine`.
    number = pin.id if hasattr(pin, "id") else _number(pin)
    _world.hold()  # a computer that was away since the trigger cuts no echo short
    took, end = struct.unpack("<iQ", request(5, number, payload, 12))
    _world.pass_until(end)
    return took


def bitstream(pin, encoding, timing, data):
    tell(0x86, _number(pin), bytes(data))


def dht_readinto(pin, buf):
    try:
        buf[:] = request(11, _number(pin), b"", 5)
    except OSError:
        # 110 on every port: no start of an answer.
        raise OSError(110)


if _8266:
    del dht_readinto


def unique_id():
    return bytes(int(facts["id"][n : n + 2], 16) for n in range(0, len(facts["id"]), 2))


_hz = {"esp8266": 80000000, "rp2040": 125000000, "rp2350": 150000000}.get(
    facts["chip"], 64000000 if not _esp and not _rp2 else 160000000
)


def freq(*hz):
    global _hz
    if not hz:
        return _hz
    _hz = hz[0]


def disable_irq():
    import _events

    return _events.mask(True)


def enable_irq(state=False):
    import _events

    _events.mask(bool(state))


def idle():
    import time

    time.sleep_ms(1)


def _over(request):
    # Whoever keeps this process ends it now; until then nothing more happens here.
    sys.stdout.write("")
    ask(request)
    from _wire import stream

    stream.read(1)
    sys.exit()


def reset():
    _over({"op": "reset"})


def soft_reset():
    _over({"op": "soft_reset"})


def bootloader(timeout=0):
    _over({"op": "bootloader"})


def _deepsleep(ms=0):
    _over({"op": "deepsleep", "ms": ms})


def lightsleep(ms=None):
    import time

    if ms is None:
        while True:
            time.sleep(3600)
    time.sleep_ms(ms)


def reset_cause():
    cause = facts["cause"]
    if not _esp:
        return WDT_RESET if cause == "watchdog" else PWRON_RESET
    return {
        "hard": HARD_RESET,
        "watchdog": WDT_RESET,
        "deepsleep": DEEPSLEEP_RESET,
        "soft": SOFT_RESET,
    }.get(cause, PWRON_RESET)


def _wake_reason():
    return 4 if facts["cause"] == "deepsleep" else 0


deepsleep = _deepsleep
if _esp and not _8266:
    wake_reason = _wake_reason
    sleep = lightsleep


def _lazy_i2c(scl, sda, freq):
    from _i2c import SoftI2C

    return SoftI2C(scl, sda, freq=freq)


if facts["family"] == "microbit":
    # The micro:bit's own `machine` has next to nothing of all this; its pins are in `microbit`.
    for _name in ("bitstream", "dht_readinto", "bootloader", "deepsleep"):
        globals().pop(_name, None)
    _LAZY.clear()
