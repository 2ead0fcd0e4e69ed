from time import sleep_ms


class Servo:
    """angle(0) to angle(180): pulses of 0.5 to 2.5 ms."""

    def __init__(self, pwm):
        self.pwm = pwm
        pwm.freq(50)

    def angle(self, degrees):
        share = min(max(degrees, 0), 180) / 180
        self.pwm.duty_ns(int(500000 + 2000000 * share))


class Motor:
    """speed(100) is full speed, speed(-100) backward."""

    def __init__(self, in1, in2):
        self.in1, self.in2 = in1, in2
        in1.freq(1000)
        in2.freq(1000)
        self.speed(0)

    def speed(self, percent):
        duty = int(min(max(percent, -100), 100) * 655.35)
        self.in1.duty_u16(max(duty, 0))
        self.in2.duty_u16(max(-duty, 0))


class Buzzer:
    """tone(440) until off(), tone(440, 0.5) for half a second."""

    def __init__(self, pwm):
        self.pwm = pwm
        self.off()

    def tone(self, hertz, seconds=0):
        self.pwm.freq(int(hertz))
        self.pwm.duty_u16(32768)
        if seconds:
            sleep_ms(int(seconds * 1000))
            self.off()

    def off(self):
        self.pwm.duty_u16(0)
