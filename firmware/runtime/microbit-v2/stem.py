# stem for the micro:bit V2: from stem import sensors, send, every
# Drivers of stem/ (bme280.py, aht20.py, bh1750.py, mpu6050.py) can lie beside it.
from machine import time_pulse_us
from microbit import *
import sys
from time import sleep_ms, sleep_us, ticks_add, ticks_diff, ticks_ms

board = lesson = ""  # this board's number, what runs on it
_known = {}  # what the computer is told of channels and (with "?") controls
_telling = False
_count = 0
_heard = b""


def send(**values):
    """send(temp=23.5, hum=60) prints hum:60,temp:23.5 and leaves out what is None."""
    global _count
    hear()
    cells = []
    for name in sorted(values):
        if name not in _known:
            channel(name)
        text = _text(values[name])
        if text:
            cells.append(name + ":" + text)
    if len(cells) > 8:
        raise ValueError("send: 8 values at most")
    if cells:
        line = ",".join(cells)
        if _telling:
            line += ",~%d@%d" % (_count, ticks_ms())
            line += "*%04x" % crc16(bytes(line, "utf8"))
            _count = _count + 1 & 0xFFFF
        print(line)


def channel(name, unit="", low="", high="", sensor=""):
    """Say more of a value: channel("speed", "m/s", low=0, high=5)"""
    for c in name:
        if not (c.isalpha() or c.isdigit() or c == "_"):
            raise ValueError(name + ": use a-z, 0-9 and _")
    about = "ch=%s;%s;%s;%s;%s" % (name, unit, sensor, low, high)
    about = about.replace(" ", "_")
    if _known.get(name) != about:
        _known[name] = about
        _tell(about)


class control:
    """The computer can change it: fan = control("fan", 0, 100), then fan.value"""

    def __init__(self, name, low, high, value=None):
        self.name, self.low, self.high = name, low, high
        _known["?" + name] = self
        self.set(low if value is None else value)

    def set(self, value):
        self.value = min(max(value, self.low), self.high)
        _tell(self)

    def __str__(self):
        return "ctl=%s;%s;%s;%s" % (self.name, self.low, self.high, self.value)


def hear():
    global _heard
    while uart.any():
        char = uart.read(1)
        if not char:
            break
        if char in b"\r\n":
            heard, _heard = _heard, b""
            _obey(heard)
        elif len(_heard) < 64:
            _heard += char


def _obey(heard):
    global _telling
    try:
        word, *words = str(heard, "utf8").split()
        if word == "?stem":
            _telling = words[0] != "0"
            me = ["board=%s lesson=%s" % (board, lesson)]
            _tell(" ".join(me + [str(a) for a in _known.values()] + ["fw=" + sys.version]))
        elif word == "?set":
            value = float(words[1])
            _known["?" + words[0]].set(int(value) if value == int(value) else value)
    except (ValueError, LookupError, OverflowError):
        pass  # not for us


def _tell(about):
    if _telling:
        print("#: v=1", about)


def _text(value):
    if isinstance(value, float):
        text = "%.6g" % value
        return "" if "n" in text else text  # nan, inf
    return "" if value is None else str(int(value))


def crc16(data):
    """CRC-16/IBM-3740."""
    crc = 0xFFFF
    for byte in data:
        x = crc >> 8 ^ byte
        x ^= x >> 4
        crc = (crc << 8 ^ x << 12 ^ x << 5 ^ x) & 0xFFFF
    return crc


def every(seconds):
    """for t in every(1.0): once a second, without drift; t counts the seconds."""
    period_us = max(1000, int(seconds * 1000000 + 0.5))
    doze = 20 if seconds < 10 else 1000  # ms between two looks at what the computer says
    turn = us = 0
    due = ticks_ms()
    while True:
        hear()
        wait = ticks_diff(due, ticks_ms())
        if wait > 0:
            sleep_ms(min(wait, doze))
            continue
        yield turn * seconds
        while True:
            turn += 1
            us += period_us
            due = ticks_add(due, us // 1000)
            us %= 1000
            if ticks_diff(ticks_ms(), due) * 1000 < period_us:
                break  # turns that are over are left out


class _I2C:
    """The micro:bit's I2C pins as the drivers know them."""

    def readfrom(self, address, size):
        return i2c.read(address, size)

    def writeto(self, address, data):
        i2c.write(address, data)

    def readfrom_mem(self, address, register, size):
        i2c.write(address, bytes([register]), True)
        return i2c.read(address, size)

    def writeto_mem(self, address, register, data):
        i2c.write(address, bytes([register]) + data)


def _distance():
    """HC-SR04 with TRIG on pin 13 and ECHO on pin 14."""
    pin13.write_digital(1)
    sleep_us(10)
    pin13.write_digital(0)
    pin14.read_digital()
    time_us = time_pulse_us(pin14, 1, 30000)
    if time_us == -2:
        raise OSError("hcsr04")
    return None if time_us < 0 else time_us / 58


G = 9.80665 / 1000
# name: unit, lowest, highest, how it is read
HERE = {
    "temp": ("°C", -5, 50, temperature),
    "light": ("%", 0, 100, lambda: display.read_light_level() / 2.55),
    "sound": ("%", 0, 100, lambda: microphone.sound_level() / 2.55),
    "acc_x": ("m/s²", -20, 20, lambda: accelerometer.get_x() * G),
    "acc_y": ("m/s²", -20, 20, lambda: accelerometer.get_y() * G),
    "acc_z": ("m/s²", -20, 20, lambda: accelerometer.get_z() * G),
    "button_a": ("", 0, 1, button_a.is_pressed),
    "button_b": ("", 0, 1, button_b.is_pressed),
    "soil": ("%", 0, 100, lambda: pin2.read_analog() / 10.23),
    "motion": ("", 0, 1, lambda: pin8.read_digital()),
    "distance": ("cm", 2, 400, _distance),
}
CHIPS = {"bme280": "BME280", "aht20": "AHT20", "bh1750": "BH1750", "mpu6050": "MPU6050"}


class Sensor:
    """read() gives a number or a dict of several, None while nothing answers."""

    def __init__(self, name):
        self.name, self.unit, self._driver, self._told = name, "", None, False
        if name in HERE:
            self.unit, low, high, self._read = HERE[name]
            channel(name, self.unit, low, high, "microbit")

    def read(self):
        try:
            if self.name in HERE:
                return self._read()
            if not self._driver:
                driver = getattr(__import__(self.name), CHIPS[self.name])
                address = [a for a in i2c.scan() if a in driver.addresses][0]
                self._driver = driver(_I2C(), address)
            return self._driver.read()
        except (OSError, IndexError):
            self._driver = None
            if not self._told:
                self._told = True
                print("# %s does not answer" % self.name)


class Kit:
    def __init__(self):
        self.made = {}

    def __getattr__(self, name):
        if name not in self.made:
            if name not in HERE and name not in CHIPS:
                raise AttributeError("no " + name)
            self.made[name] = Sensor(name)
        return self.made[name]


sensors = Kit()

try:
    with open("stem.json") as file:
        me = eval(file.read())
    board = me["number"]
    lesson = me["runs"]
except (OSError, KeyError):
    pass
