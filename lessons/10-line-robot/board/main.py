# A robot that follows a black line and stops before what is in its way.
from stem import control, every, parts, send, sensors

speed = control("speed", 0, 100, 40)  # percent of full speed
near = 15  # cm


def drive(left, right):
    parts.motor_left.speed(left)
    parts.motor_right.speed(right)


awake = False  # it waits for a hand in front of it
laps = 0
was_across = False

for t in every(0.05):
    distance = sensors.distance.read()
    left = sensors.line_left.read()  # 1 over black
    right = sensors.line_right.read()

    blocked = distance is not None and distance < near
    awake = awake or blocked
    go = awake and not blocked
    if not go:
        drive(0, 0)
    elif left and not right:
        drive(0, speed.value)  # the line is to the left: turn left
    elif right and not left:
        drive(speed.value, 0)
    else:
        drive(speed.value, speed.value)

    across = left and right  # over the line at the start
    if across and not was_across:
        laps += 1
    was_across = across
    send(distance=distance, left=left, right=right, go=go, laps=laps)
