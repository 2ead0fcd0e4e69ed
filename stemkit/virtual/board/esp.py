# `esp`: what programs use of it.
from _world import facts

if facts["family"] != "esp":
    raise ImportError("no module named 'esp'")

LOG_NONE, LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_VERBOSE = 0, 1, 2, 3, 4, 5
SLEEP_NONE, SLEEP_LIGHT, SLEEP_MODEM = 0, 1, 2


def osdebug(uart, level=None):
    pass


def flash_size():
    return 4194304


def flash_user_start():
    return 0x200000


def sleep_type(*kind):
    return SLEEP_MODEM


def check_fw():
    return True


if facts["chip"] == "esp8266":

    def dht_readinto(pin, buf):
        from _world import request
        from machine import _number

        buf[:] = request(11, _number(pin), b"", 5)

    def neopixel_write(pin, grb, is800khz):
        from machine import bitstream

        bitstream(pin, 0, None, grb)
