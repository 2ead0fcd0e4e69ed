# A night lamp: when it gets dark, the light on the board goes on.
import lamp
from stem import control, every, send, sensors

# Both in percent of how bright it was when the program began.
dark = control("dark", 0, 100, 50)  # darker than this: the lamp goes on
gap = control("gap", 0, 50, 0)  # it must get so much brighter before it goes off

room = None
lit = False
for t in every(0.2):
    light = sensors.light.read()
    if light is None:
        continue  # the sensor does not answer
    if room is None:
        room = max(light, 1)
    share = 100 * light / room
    if share < dark.value:
        lit = True
    elif share >= dark.value + gap.value:
        lit = False
    if lit:
        lamp.on()
    else:
        lamp.off()
    send(light=light, share=share, lamp=lit)
