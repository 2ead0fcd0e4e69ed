class Input:
    def __init__(self, out, active_low=0):
        self.pin, self.active_low = out, active_low
        out.init(out.IN)

    def read(self):
        return self.pin.value() ^ self.active_low


class Button(Input):
    def __init__(self, out, active_low=1):
        super().__init__(out, active_low)
        try:
            out.init(out.IN, out.PULL_UP)
        except ValueError:
            pass  # ESP32, 34 to 39: no pull-up


class LED:
    def __init__(self, data, active_low=0):
        self.pin, self.active_low = data, active_low
        data.init(data.OUT)
        self.off()

    def on(self, lit=True):
        self.pin.value(bool(lit) ^ self.active_low)

    def off(self):
        self.on(False)
