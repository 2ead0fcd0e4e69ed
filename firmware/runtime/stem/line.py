# send() prints readings. The computer may ask "?stem 1" (tell more), "?set fan 40".
import select
import sys
from time import ticks_ms

board = lesson = ""
_known = {}  # what the computer is told of channels and (with "?") controls
_telling = False
_count = 0
_heard = b""
_poll = select.poll()
_poll.register(sys.stdin, select.POLLIN)


def send(fmt=None, **values):
    """send(temp=23.5, hum=60) prints hum:60,temp:23.5 and leaves out what is None.
    fmt can be "csv", "json", "mu" or "teleplot"."""
    global _count
    hear()
    cells = []
    for name in sorted(values):
        if name not in _known:
            channel(name)
        text = _text(values[name])
        if text:
            cells.append((name, text))
    if len(cells) > 8:
        raise ValueError("send: 8 values at most")
    if cells and fmt:
        from stem.forms import show

        show(cells, fmt, _known)
    elif cells:
        line = ",".join(["%s:%s" % cell for cell in cells])
        if _telling:
            line += ",~%d@%d" % (_count, ticks_ms())
            line += "*%04x" % crc16(line.encode())
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


def hear(wait_ms=0):
    global _heard
    while _poll.poll(wait_ms):
        wait_ms = 0
        char = sys.stdin.buffer.read(1)
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
        word, *words = heard.decode().split()
        if word == "?stem":
            _telling = words[0] != "0"
            me = ["board=%s lesson=%s" % (board, lesson)]
            _tell(" ".join(me + [str(a) for a in _known.values()] + ["fw=" + sys.version]))
        elif word == "?set":
            value = float(words[1])
            _known["?" + words[0]].set(int(value) if value == int(value) else value)
    except (ValueError, LookupError, OverflowError):
        pass


def _tell(about):
    if _telling:
        print("#: v=1", about)


def _text(value):
    if isinstance(value, float):
        text = "%.6g" % value
        return "" if "n" in text else text  # nan, inf
    return "" if value is None else str(int(value))


def crc16(data):  # IBM-3740
    crc = 0xFFFF
    for byte in data:
        x = crc >> 8 ^ byte
        x ^= x >> 4
        crc = (crc << 8 ^ x << 12 ^ x << 5 ^ x) & 0xFFFF
    return crc
