# How much water is in the soil? When it is thirsty, the light goes on.
import light
from stem import control, every, send, sensors

# What the sensor says when its probe is dry, and when it stands in water.
# Every sensor is a little different: measure yours, then change them with the key u.
dry = control("dry", 0, 100, 70)
wet = control("wet", 0, 100, 33)
thirsty = control("thirsty", 0, 100, 30)

for t in every(1):
    raw = sensors.soil.read()
    soil = None
    if raw is not None and wet.value != dry.value:
        soil = 100 * (dry.value - raw) / (dry.value - wet.value)
        if soil < thirsty.value:
            light.on()
        else:
            light.off()
    send(raw=raw, soil=soil)
