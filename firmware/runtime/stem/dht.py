# DHT11, DHT22: temperature (C), humidity (%), on one wire.
from dht import DHTBase


class DHT:
    wait_ms = 2000

    def __init__(self, data):
        self.wire = DHTBase(data)

    def read(self):
        try:
            self.wire.measure()
        except Exception as error:
            raise OSError(error)
        a, b, c, d, _ = self.wire.buf
        if a > 3:  # DHT11: ones, then tenths
            hum, temp, minus = a + b / 10, c + (d & 127) / 10, d & 128
        else:  # DHT22: tenths
            hum, temp, minus = (a << 8 | b) / 10, ((c & 127) << 8 | d) / 10, c & 128
        return {"temp": -temp if minus else temp, "hum": hum}
