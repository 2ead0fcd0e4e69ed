# A parking guard: the nearer the car, the faster the light flashes.
import lamp
from stem import every, send, sensors

LIMITS = (60, 30, 12)  # cm: nearer than 60 is zone 1, than 30 zone 2, than 12 zone 3
# What the light does in each zone, ten signs a second: # is on, . is off
RHYTHM = ("......", "###...", "#.#.#.", "######")

turn = 0
for t in every(0.1):
    distance = sensors.distance.read()
    zone = 0
    for limit in LIMITS:
        if distance is not None and distance < limit:
            zone += 1
    turn = (turn + 1) % 6
    if RHYTHM[zone][turn] == "#":
        lamp.on()
    else:
        lamp.off()
    send(distance=distance, zone=zone)
