# The middle one of the 25 lights: lamp.on() and lamp.off()
from microbit import display


def on():
    display.set_pixel(2, 2, 9)  # column, row, brightness 0 to 9


def off():
    display.set_pixel(2, 2, 0)
