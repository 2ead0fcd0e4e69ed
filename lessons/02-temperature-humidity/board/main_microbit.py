# Temperature and humidity of the air, every two seconds, from an AHT20 or DHT20.
from stem import channel, every, send, sensors

channel("temp", "°C", -40, 80, "aht20")
channel("hum", "%", 0, 100, "aht20")

for t in every(2):
    values = sensors.aht20.read()
    if values:
        send(temp=values["temp"], hum=values["hum"])
