# A noise lamp: how loud is it, and is that too loud?
import light
from stem import control, every, send, sensors

limit = control("limit", 0, 100, 40)  # the computer can change it

for t in every(0.2):
    sound = sensors.sound.read()
    loud = sound is not None and sound > limit.value
    if loud:
        light.on()
    else:
        light.off()
    send(sound=sound, loud=loud)
