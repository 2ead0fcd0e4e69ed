# A pendulum swings to and fro in front of the distance sensor.
import lamp
from stem import every, send, sensors

rest = None  # where it hangs still: begin the program while it does
near = False
swings = 0
for t in every(0.1):
    distance = sensors.distance.read()
    if distance is None:
        continue  # no echo came back
    if rest is None:
        rest = distance
    swing = distance - rest
    if swing < -2 and not near:
        near = True
        swings += 1
        lamp.on()
    elif swing > 2:
        near = False
        lamp.off()
    send(swing=swing, swings=swings)
