# A weather station: every two seconds for five minutes, then once a minute, day and night.
from stem import every, send, sensors


def measure():
    send(
        temp=sensors.temp.read(),
        hum=sensors.hum.read(),
        pressure=sensors.pressure.read(),
    )


for t in every(2):
    measure()
    if t >= 300:
        break

for t in every(60):
    measure()  # in between the board rests
