# `radio` of the micro:bit: no other micro:bit is in range.
RATE_250KBIT, RATE_1MBIT, RATE_2MBIT = 2, 0, 1
_on = False


def on():
    global _on
    _on = True


def off():
    global _on
    _on = False


def config(**settings):
    pass


def reset():
    pass


def _check():
    if not _on:
        raise ValueError("radio is not enabled")


def send(message):
    _check()


def send_bytes(message):
    _check()


def receive():
    _check()
    return None


receive_bytes = receive_full = receive


def receive_bytes_into(buffer):
    _check()
    return None
