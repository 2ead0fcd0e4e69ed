# /stem.json has a line for each part:
# "dht22 stem.dht.DHT pin data=4 : temp;°C;-40;80 hum;%;0;100"
import json
import sys
from time import ticks_add, ticks_diff, ticks_ms
from machine import ADC, PWM, Pin, SoftI2C
from stem import line


def _open(kind, pin):
    if pin[0] == "A":  # ESP8266: A0
        return ADC(int(pin[1:]))
    pin = Pin(int(pin) if pin[0] < "A" else pin)  # Pico W: "LED"
    if kind == "adc":
        pin = ADC(pin)
        if hasattr(pin, "atten"):  # ESP32: up to 3.3 V
            pin.atten(ADC.ATTN_11DB)
    elif kind == "pwm":
        pin = PWM(pin, freq=50, duty_u16=0)
    elif kind == "onewire":
        from onewire import OneWire

        pin = OneWire(pin)
    return pin


class Part:
    def __init__(self, text):
        words, _, measures = text.partition(" : ")
        self.name, self.driver, self.kind, *self.pins = words.split()
        self.measures = [m.split(";") for m in measures.split()]
        self._driver, self._next = None, ticks_ms()

    def connect(self):
        pins = []
        for word in self.pins:
            pin = word[word.find("=") + 1 :]
            pins.append(int(pin) if pin[0] == "+" else _open(self.kind, pin))
        module, _, name = self.driver.rpartition(".")
        __import__(module)
        driver = getattr(sys.modules[module], name)
        if self.kind != "i2c":
            return driver(*pins)
        i2c = SoftI2C(*pins)
        for address in i2c.scan():
            if address in driver.addresses:
                return driver(i2c, address)
        raise OSError(self.name)

    def read(self):
        now = ticks_ms()
        if ticks_diff(now, self._next) >= 0:
            self.values, wait = {}, 1000
            try:
                if not self._driver:
                    self._driver = self.connect()
                    for measure in self.measures:
                        line.channel(*measure, sensor=self.name)
                values = self._driver.read()
                if not isinstance(values, dict):
                    values = {self.measures[0][0]: values}
                self.values = values
                wait = getattr(self._driver, "wait_ms", 0)
            except OSError:
                self._driver = None  # it may have lost its power
            self._next = ticks_add(now, wait)
        return self.values


class Sensor:
    """read() gives a number or a dict of several, None while nothing answers."""

    def __init__(self, name, parts):
        self.name, self.parts, self.told = name, parts, False
        self.unit = {m[0]: m[1] for m in parts[0].measures}.get(name, "")

    def read(self):
        for part in self.parts:
            values = part.read()
            for name, unit, _, _ in part.measures:
                if name in values and (name == self.name or len(part.measures) == 1):
                    self.unit = unit
                    return values[name]
            if values and self.name == part.name:
                return values
        if not self.told:
            self.told = True
            tried = ["%s (%s)" % (p.name, " ".join(p.pins)) for p in self.parts]
            print("#", profile["no_answer"] % (self.name, ", ".join(tried)))


class Kit:
    def __init__(self, texts):
        self.texts, self.made = texts, {}

    def __getattr__(self, name):
        if name not in self.made:
            mine = [t for t in self.texts if t.startswith(name + " ")]
            mine = mine or [t for t in self.texts if " " + name + ";" in t]
            if not mine:
                raise AttributeError("no %s in /stem.json" % name)
            for text in mine:  # temp and hum share a part
                self.made[text] = self.made.get(text) or Part(text)
            mine = [self.made[text] for text in mine]
            self.made[name] = Sensor(name, mine) if mine[0].measures else mine[0].connect()
        return self.made[name]


try:
    with open("/stem.json") as file:
        profile = json.load(file)
except (OSError, ValueError):
    profile = {}
line.board = profile.get("number", "")
line.lesson = profile.get("runs", "")
sensors = parts = Kit(profile.get("parts", ()))
