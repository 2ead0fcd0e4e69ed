# Two thermometers on the pins of this computer, side by side, once a second.
import time

import adafruit_ahtx0
import adafruit_bmp280
import board

i2c = board.I2C()
first = adafruit_ahtx0.AHTx0(i2c)
try:
    second = adafruit_bmp280.Adafruit_BMP280_I2C(i2c, address=0x77)
except ValueError:  # nobody answers there: some have the other address
    second = adafruit_bmp280.Adafruit_BMP280_I2C(i2c, address=0x76)

while True:
    aht = first.temperature
    bmp = second.temperature
    print(f"aht:{aht:.2f},bmp:{bmp:.2f},diff:{aht - bmp:.2f}", flush=True)
    time.sleep(1)
