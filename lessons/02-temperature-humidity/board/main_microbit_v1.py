# Temperature and humidity of the air, every two seconds, from an AHT20 or DHT20.
from microbit import i2c, sleep
from stem import every, send

for t in every(2):
    try:
        i2c.write(0x38, b"\xac\x33\x00")  # measure
        sleep(85)
        d = i2c.read(0x38, 7)
    except OSError:
        print("DHT20?")
        continue
    hum = d[1] << 12 | d[2] << 4 | d[3] >> 4
    temp = (d[3] & 15) << 16 | d[4] << 8 | d[5]
    if not d[0] & 0x80:
        send(temp=temp * 200 / 1048576 - 50, hum=hum * 100 / 1048576)
