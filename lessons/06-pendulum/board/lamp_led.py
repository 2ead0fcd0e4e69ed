# The light on the board: lamp.on() and lamp.off()
from stem import parts

on = parts.led.on
off = parts.led.off
