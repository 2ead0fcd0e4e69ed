# `microbit`: the module of the micro:bit's MicroPython (microbit-micropython.readthedocs.io).
import struct

import _display
import _world
import machine
import time
from _display import Image
from _events import watch
from _world import facts, request, tell

if facts["family"] != "microbit":
    raise ImportError("no module named 'microbit'")

_v2 = facts["chip"] != "nrf51822"
_started = time.ticks_ms()
display = _display.Display()


def _quantity(name):
    return struct.unpack("<d", request(2, 0, name, 8))[0]


def sleep(ms):
    time.sleep_ms(int(ms))


def running_time():
    return time.ticks_ms()


def temperature():
    return int(_quantity(b"temperature"))


def reset():
    machine.reset()


def panic(n=0):
    display.show(Image.SAD)
    while True:
        time.sleep(3600)


def scale(value, from_, to):
    share = (value - from_[0]) / (from_[1] - from_[0])
    found = to[0] + share * (to[1] - to[0])
    return int(round(found)) if isinstance(to[0], int) and isinstance(to[1], int) else found


class _Press:
    # Something with a level of 0 while pressed; presses are counted from the first question on.
    def __init__(self, number):
        self.id = number
        self._watched = False
        self._presses = 0
        self._was = False

    def is_pressed(self):
        return not request(3, self.id, b"", 9)[0]

    def _watch(self):
        if not self._watched:
            self._watched = True
            self._was = self.is_pressed()
            self._presses = int(self._was)
            watch(self, self._pressed, 2)

    def _pressed(self, _):
        self._was = True
        self._presses += 1

    def was_pressed(self):
        self._watch()
        was, self._was = self._was, False
        return was

    def get_presses(self):
        self._watch()
        n, self._presses = self._presses, 0
        return n


class _Touch(_Press):
    is_touched = _Press.is_pressed


class _Pin:
    NO_PULL, PULL_UP, PULL_DOWN = 0, 1, 2
    CAPACITIVE, RESISTIVE = 0, 1

    def __init__(self, number):
        self.id = number
        self._pull = 2
        self._mode = "unused"
        self._us = 20000
        self._analog = 0

    def read_digital(self):
        if self._mode != "read_digital":
            self._mode = "read_digital"
            tell(0x81, self.id, bytes((0, self._pull, 255)))
        level, _ = struct.unpack("<BQ", request(3, self.id, b"", 9))
        return level

    def write_digital(self, value):
        if value not in (0, 1):
            raise ValueError("value must be 0 or 1")
        if self.id in machine._triggers:
            _world.hold()  # from here on the program is timed, not the computer
        if self._mode != "write_digital":
            self._mode = "write_digital"
            tell(0x81, self.id, bytes((1, 0, value)))
        else:
            tell(0x82, self.id, bytes((value,)))

    def read_analog(self):
        if self.id not in facts["adc"]:
            raise AttributeError("'MicroBitDigitalPin' object has no attribute 'read_analog'")
        if self._mode != "read_analog":
            self._mode = "read_analog"
            tell(0x81, self.id, b"\x03\x00\xff")
        uv = struct.unpack("<I", request(6, self.id, b"", 4))[0]
        return min(1023, int(uv * 1023 / 3300000 + 0.5))

    def write_analog(self, value):
        if not 0 <= value <= 1023:
            raise ValueError("value must be between 0 and 1023")
        self._mode = "write_analog"
        self._analog = value
        hz = max(1, 1000000 // self._us)
        tell(0x83, self.id, struct.pack("<IH", hz, value * 65535 // 1023))

    def set_analog_period(self, ms):
        self.set_analog_period_microseconds(int(ms) * 1000)

    def set_analog_period_microseconds(self, us):
        if us < 256:
            raise ValueError("invalid period")
        self._us = us
        if self._mode == "write_analog":
            self.write_analog(self._analog)

    def get_analog_period_microseconds(self):
        return self._us

    def set_pull(self, pull):
        self._pull = pull
        if self._mode == "read_digital":
            tell(0x81, self.id, bytes((0, pull, 255)))

    def get_pull(self):
        return self._pull

    def get_mode(self):
        return self._mode

    def is_touched(self):
        return bool(request(12, self.id, b"", 1)[0])

    def set_touch_mode(self, mode):
        pass


_names = facts["names"]
for _name in _names:
    if _name[:1] == "P" and _name[1:].isdigit():
        globals()["pin" + _name[1:]] = _Pin(_names[_name])


def _button(name, otherwise):
    part = facts["parts"].get(name)
    return _Press(part[1]["out"] if part else _names[otherwise])


button_a = _button("button_a", "P5")
button_b = _button("button_b", "P11")


class _Accelerometer:
    # In milli-g along gravity: flat with the display up, z is about -1000.
    def get_values(self):
        return (self.get_x(), self.get_y(), self.get_z())

    def _mg(self, axis):
        return int(round(-_quantity(b"acc_" + axis) / 9.80665 * 1000))

    def get_x(self):
        return self._mg(b"x")

    def get_y(self):
        return self._mg(b"y")

    def get_z(self):
        return self._mg(b"z")

    def get_strength(self):
        x, y, z = self.get_values()
        return int((x * x + y * y + z * z) ** 0.5)

    def current_gesture(self):
        x, y, z = self.get_values()
        strength = self.get_strength()
        if strength > 8000:
            return "8g"
        if strength > 6000:
            return "6g"
        if strength > 3000:
            return "3g"
        if strength < 400:
            return "freefall"
        for value, low, high in ((x, "left", "right"), (y, "up", "down"), (z, "face up", "face down")):
            if value < -600:
                return low
            if value > 600:
                return high
        return ""

    def is_gesture(self, name):
        return self.current_gesture() == name

    was_gesture = is_gesture

    def get_gestures(self):
        gesture = self.current_gesture()
        return (gesture,) if gesture else ()

    def set_range(self, value):
        pass


accelerometer = _Accelerometer()


class _Compass:
    def is_calibrated(self):
        return True

    def calibrate(self):
        pass

    clear_calibration = calibrate

    def _nt(self, axis):
        return int(_quantity(b"magnetic_" + axis) * 1000)

    def get_x(self):
        return self._nt(b"x")

    def get_y(self):
        return self._nt(b"y")

    def get_z(self):
        return self._nt(b"z")

    def get_field_strength(self):
        x, y, z = self.get_x(), self.get_y(), self.get_z()
        return int((x * x + y * y + z * z) ** 0.5)

    def heading(self):
        import math

        return int(math.degrees(math.atan2(self.get_x(), self.get_y()))) % 360


compass = _Compass()


class _I2c:
    def __init__(self):
        self._bus = None

    def init(self, freq=100000, sda=None, scl=None):
        sda = _names["P20"] if sda is None else sda.id
        scl = _names["P19"] if scl is None else scl.id
        self._bus = machine._lazy_i2c(scl, sda, freq)

    def _open(self):
        if self._bus is None:
            self.init()
        return self._bus

    def scan(self):
        return self._open().scan()

    def read(self, addr, n, repeat=False):
        return self._open().readfrom(addr, n, not repeat)

    def write(self, addr, buf, repeat=False):
        self._open().writeto(addr, buf, not repeat)


i2c = _I2c()


class _Uart:
    ODD, EVEN = 1, 0

    def __init__(self):
        self._uart = None
        self._poll = None

    def init(self, baudrate=9600, bits=8, parity=None, stop=1, tx=None, rx=None):
        if tx is None and rx is None:
            machine.ask({"op": "uart_baud", "baud": baudrate})
        self._pins = tx is not None

    def any(self):
        if self._poll is None:
            import sys
            import uselect

            self._poll = uselect.poll()
            self._poll.register(sys.stdin, uselect.POLLIN)
        return bool(self._poll.poll(0))

    def read(self, n=-1):
        import sys

        found = b""
        while len(found) != n and self.any():
            found += sys.stdin.buffer.read(1)
        return found or None

    def readline(self):
        import sys

        found = b""
        while self.any() and found[-1:] != b"\n":
            found += sys.stdin.buffer.read(1)
        return found or None

    def readinto(self, buf, n=None):
        found = self.read(len(buf) if n is None else n)
        if found:
            buf[: len(found)] = found
            return len(found)

    def write(self, buf):
        import sys

        return sys.stdout.buffer.write(buf.encode() if isinstance(buf, str) else buf)


uart = _Uart()

if _v2:
    pin_logo = pin0.__class__(_names.get("P0", 0))

    class SoundEvent:
        LOUD, QUIET = "loud", "quiet"

    class _Microphone:
        LOUD, QUIET = "loud", "quiet"

        def sound_level(self):
            return min(255, int(_quantity(b"sound") * 2.55))

        def current_event(self):
            return self.LOUD if self.sound_level() > 150 else self.QUIET

        def is_event(self, event):
            return self.current_event() == event

        was_event = is_event

        def set_threshold(self, event, value):
            pass

    microphone = _Microphone()

    class _Speaker:
        def on(self):
            pass

        off = on

        def is_on(self):
            return True

    speaker = _Speaker()

    def set_volume(volume):
        pass

    def ws2812_write(pin, buf):
        tell(0x86, pin.id, bytes(buf))

    def run_every(callback=None, days=0, h=0, min=0, s=0, ms=0):
        def start(callback):
            from _timer import Timer

            period = ms + 1000 * (s + 60 * (min + 60 * (h + 24 * days)))
            Timer(-1).init(period=period, callback=lambda timer: callback())
            return callback

        return start(callback) if callback else start
