# The colour light on the board: lamp.on() and lamp.off()
from stem import parts

pixel = parts.rgb


def on():
    pixel[0] = (0, 0, 30)  # red, green, blue: 0 to 255
    pixel.write()


def off():
    pixel[0] = (0, 0, 0)
    pixel.write()
