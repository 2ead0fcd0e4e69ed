# `machine.UART`. On the ESPs UART 0 is the console; nothing is connected to the others: what is
# sent there can be looked at from outside, and nothing comes.
import sys
import uselect

from _wire import ask
from _world import facts, tell
from machine import _number

_esp = facts["family"] == "esp"


class UART:
    INV_TX, INV_RX = 1, 2
    IRQ_RXIDLE = 0x1000

    def __init__(self, id, baudrate=None, bits=8, parity=None, stop=1, **kw):
        if id not in ((0, 1, 2) if facts["chip"] in ("esp32", "esp32s3") else (0, 1)):
            raise ValueError("UART(%d) does not exist" % id)
        self._id = id
        self._console = _esp and id == 0
        self._baudrate = 115200
        self.init(baudrate, bits, parity, stop, **kw)

    def init(self, baudrate=None, bits=8, parity=None, stop=1, *, tx=None, rx=None, **kw):
        for pin in (tx, rx):
            if pin is not None:
                _number(pin)
        if baudrate:
            self._baudrate = baudrate
            if self._console:
                ask({"op": "uart_baud", "baud": baudrate})

    def deinit(self):
        pass

    def any(self):
        if not self._console:
            return 0
        poll = uselect.poll()
        poll.register(sys.stdin, uselect.POLLIN)
        return 1 if poll.poll(0) else 0

    def read(self, nbytes=-1):
        found = b""
        while len(found) != nbytes and self.any():
            found += sys.stdin.buffer.read(1)
        return found or None

    def readinto(self, buf, nbytes=None):
        found = self.read(len(buf) if nbytes is None else nbytes)
        if found is None:
            return None
        buf[: len(found)] = found
        return len(found)

    def readline(self):
        found = b""
        while self.any() and not found.endswith(b"\n"):
            found += sys.stdin.buffer.read(1)
        return found or None

    def write(self, buf):
        data = buf.encode() if isinstance(buf, str) else bytes(buf)
        if self._console:
            return sys.stdout.buffer.write(data)
        for n in range(0, len(data), 4096):
            tell(0x87, self._id, data[n : n + 4096])
        return len(data)

    def flush(self):
        pass

    def txdone(self):
        return True

    def sendbreak(self):
        pass

    def irq(self, *args, **kw):
        return None

    def __repr__(self):
        return "UART(%d, baudrate=%d, bits=8, parity=None, stop=1)" % (self._id, self._baudrate)
