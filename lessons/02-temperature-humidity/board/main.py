# Temperature and humidity of the air, every two seconds.
from stem import every, send, sensors

for t in every(2):
    send(temp=sensors.temp.read(), hum=sensors.hum.read())
