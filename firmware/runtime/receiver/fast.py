# The receiver's piece for a faster line. The next block must come at the new rate, soon; else the
# old one is back. What the call says does not count: it can raise after it has switched.
import machine
import time


def rate(baud):
    time.sleep_ms(20)
    try:
        machine.UART(0, baudrate=baud)
    except Exception:
        pass


def leave():
    rate(slow)


def go(baud):
    global patience, pad
    say("K")
    rate(baud)
    pad = "\n" * 62
    patience = 500
    try:
        block()
    except OSError:
        leave()
    patience = 9000
