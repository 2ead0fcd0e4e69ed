# The middle one of the 25 lights: lamp.on() and lamp.off()
from stem import parts

pixels = parts.neopixel


def on():
    pixels[12] = (0, 0, 30)  # red, green, blue: 0 to 255
    pixels.write()


def off():
    pixels[12] = (0, 0, 0)
    pixels.write()
