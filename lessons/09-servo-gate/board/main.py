# A gate that opens before a car, and closes when the car has been gone for a while.
import gate
from stem import control, every, send, sensors

near = control("near", 5, 100, 30)  # how near (cm) a car opens the gate
step = control("step", 1, 45, 6)  # degrees in each tenth of a second

angle = goal = 0  # 0 is closed, 90 is open
car_at = 0

for t in every(0.1):
    distance = sensors.distance.read()
    if distance is not None and distance < near.value:
        goal = 90
        car_at = t
    elif t - car_at > 3:
        goal = 0
    if angle < goal:
        angle = min(angle + step.value, goal)
    else:
        angle = max(angle - step.value, goal)
    gate.turn(angle)
    send(distance=distance, angle=angle)
