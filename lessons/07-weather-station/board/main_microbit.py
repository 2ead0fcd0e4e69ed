# A weather station: every two seconds for five minutes, then once a minute, day and night.
from stem import channel, every, send, sensors

channel("temp", "°C", -40, 85, "bme280")
channel("hum", "%", 0, 100, "bme280")
channel("pressure", "hPa", 300, 1100, "bme280")


def measure():
    values = sensors.bme280.read()
    if values:
        send(**values)


for t in every(2):
    measure()
    if t >= 300:
        break

for t in every(60):
    measure()  # in between the board rests
