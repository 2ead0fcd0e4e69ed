# The light on the board: light.on() and light.off()
from stem import parts

on = parts.led.on
off = parts.led.off
