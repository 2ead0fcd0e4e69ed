"""The table of parts: a sensor's id in the catalogue to what imitates it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stemkit.virtual.world.analog import Light, Soil, Sound
from stemkit.virtual.world.aosong import Aht20, Dht11, Dht22
from stemkit.virtual.world.bosch import Barometer, WeatherSensor
from stemkit.virtual.world.daylight import LightMeter
from stemkit.virtual.world.device import Device
from stemkit.virtual.world.digital import Button, Led, Line, Motion
from stemkit.virtual.world.driven import Buzzer, Motor, Pixels, Servo
from stemkit.virtual.world.motion import MotionSensor
from stemkit.virtual.world.ranger import Ranger
from stemkit.virtual.world.screen import Screen
from stemkit.virtual.world.sonar import Sonar
from stemkit.virtual.world.spec import Part
from stemkit.virtual.world.surroundings import Surroundings
from stemkit.virtual.world.thermometer import Thermometer

PARTS: Final[Mapping[str, type[Device]]] = {
    "aht20": Aht20,
    "bh1750": LightMeter,
    "bme280": WeatherSensor,
    "bmp280": Barometer,
    "button": Button,
    "buzzer": Buzzer,
    "dht11": Dht11,
    "dht20": Aht20,
    "dht22": Dht22,
    "ds18b20": Thermometer,
    "hcsr04": Sonar,
    "ldr": Light,
    "led": Led,
    "line": Line,
    "motor": Motor,
    "mpu6050": MotionSensor,
    "neopixel": Pixels,
    "pir": Motion,
    "servo": Servo,
    "soil": Soil,
    "sound": Sound,
    "ssd1306": Screen,
    "vl53l0x": Ranger,
}


def make_device(part: Part, around: Surroundings, seed: int) -> Device:
    """The part; one that nobody imitates is there and does nothing."""
    return PARTS.get(part.model, Device)(part, around, seed)
