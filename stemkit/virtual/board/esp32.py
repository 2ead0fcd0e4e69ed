# `esp32`: what does not need the chip itself.
import struct

from _world import facts, request

if facts["family"] != "esp" or facts["chip"] == "esp8266":
    raise ImportError("no module named 'esp32'")

WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH = False, True
HEAP_DATA, HEAP_EXEC = 4, 1


def _celsius():
    # The chip is warmer than the room.
    return struct.unpack("<d", request(2, 0, b"temperature", 8))[0] + 12


def raw_temperature():
    if facts["chip"] != "esp32":
        raise AttributeError("'module' object has no attribute 'raw_temperature'")
    return int(_celsius() * 9 / 5 + 32)


def mcu_temperature():
    if facts["chip"] == "esp32":
        raise AttributeError("'module' object has no attribute 'mcu_temperature'")
    return int(_celsius())


def wake_on_ext0(pin=None, level=None):
    pass


def wake_on_ext1(pins=None, level=None):
    pass


def wake_on_touch(wake):
    pass


def gpio_deep_sleep_hold(enable):
    pass


def idf_heap_info(capabilities):
    return [(163840, 110000, 98304, 90000)]


class NVS:
    # In a file, as the flash keeps it.
    def __init__(self, namespace):
        import json

        self._path = "/.nvs-%s.json" % namespace
        try:
            with open(self._path) as f:
                self._values = json.load(f)
        except (OSError, ValueError):
            self._values = {}

    def _get(self, key):
        if key not in self._values:
            raise OSError(-4354, "ESP_ERR_NVS_NOT_FOUND")
        return self._values[key]

    def set_i32(self, key, value):
        self._values[key] = int(value)

    def get_i32(self, key):
        return self._get(key)

    def set_blob(self, key, value):
        self._values[key] = "".join("%02x" % byte for byte in bytes(value))

    def get_blob(self, key, buffer):
        text = self._get(key)
        data = bytes(int(text[n : n + 2], 16) for n in range(0, len(text), 2))
        buffer[: len(data)] = data
        return len(data)

    def erase_key(self, key):
        self._get(key)
        del self._values[key]

    def commit(self):
        import json

        with open(self._path, "w") as f:
            json.dump(self._values, f)
