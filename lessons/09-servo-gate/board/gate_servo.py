# The gate's servo: gate.turn(0) to gate.turn(180)
from stem import parts

turn = parts.servo.angle
