# First light: flash a number of times that nobody knows, and count.
from random import randint
from time import sleep_ms

import light
from stem import send

SPEEDS = (1, 2, 3, 5)  # flashes a second

while True:
    for speed in SPEEDS:
        send(speed=speed, flashes=0)
        number = randint(15, 30)
        for flash in range(number):
            light.on()
            sleep_ms(80)
            light.off()
            sleep_ms(1000 // speed - 80)
        send(speed=speed, flashes=number)
        sleep_ms(8000)  # time to write your count down
