# One question, one number: ten readings a second, their mean and how far they spread.
from time import sleep_ms

from stem import every, send, sensors

WHAT = "light"  # what your question is about: temp, hum, light, soil, sound, distance...

sensor = getattr(sensors, WHAT)

for t in every(1):
    values = []
    for n in range(10):
        value = sensor.read()
        if value is not None:
            values.append(value)
        sleep_ms(50)
    if values:
        send(value=sum(values) / len(values), spread=max(values) - min(values))
