# The gate's servo on pin 16: gate.turn(0) to gate.turn(180)
from microbit import pin16

pin16.set_analog_period(20)


def turn(degrees):
    # Pulses of 0.5 to 2.5 ms in 20 ms: 26 to 128 of 1023.
    pin16.write_analog(int(26.5 + degrees * 102 / 180))
