# MicroPython: what the drivers make of raw bytes. Reads cases from a JSON file, prints results.
import json
import sys

import dht
import machine
import stem.aht20
import stem.bh1750
import stem.bme280
import stem.dht
import stem.ds18b20
import stem.hcsr04
import stem.mpu6050
import stem.vl53l0x


def now(ms):
    pass


for module in (stem.aht20, stem.bh1750, stem.bme280, stem.ds18b20, stem.vl53l0x):
    module.sleep_ms = now
stem.hcsr04.sleep_us = now


class Registers:
    # A part with a map of registers; a measurement is always finished at once.
    def __init__(self):
        self.memory = bytearray(512)
        self.answer = b""

    def readfrom_mem(self, address, register, size):
        return bytes(self.memory[register : register + size])

    def writeto_mem(self, address, register, data):
        pass

    def writeto(self, address, data):
        pass

    def readfrom(self, address, size):
        return (self.answer + bytes(size))[:size]


class Wire:
    def __init__(self):
        self.answer = b""

    def reset(self):
        self.at = 0
        return True

    def writebyte(self, byte):
        pass

    def readbyte(self):
        self.at += 1
        return self.answer[self.at - 1]

    def crc8(self, data):
        crc = 0
        for byte in data:
            for _ in range(8):
                mix = (crc ^ byte) & 1
                crc = crc >> 1 ^ (0x8C if mix else 0)
                byte >>= 1
        return crc


class Line:
    IN, OUT = 0, 1

    def init(self, *args, **kw):
        pass

    def value(self, *args):
        return 0


def unhex(text):
    return bytes([int(text[i : i + 2], 16) for i in range(0, len(text), 2)])


def ready():
    chip = Registers()
    chip.memory[0x13] = 7
    return chip


def bme280(case):
    chip = Registers()
    chip.memory[0xD0] = case["id"]
    low, high = unhex(case["low"]), unhex(case["high"])
    chip.memory[0x88 : 0x88 + len(low)] = low
    chip.memory[0xE1 : 0xE1 + len(high)] = high
    driver = stem.bme280.BME280(chip)
    for raw in case["raw"]:
        chip.memory[0xF7:0xFF] = unhex(raw)
        yield driver.read()


def aht20(case):
    chip = Registers()
    chip.answer = b"\x1c"
    driver = stem.aht20.AHT20(chip)
    for raw in case["raw"]:
        chip.answer = unhex(raw)
        yield driver.read()


def bh1750(case):
    chip = Registers()
    driver = stem.bh1750.BH1750(chip)
    for raw in case["raw"]:
        chip.answer = unhex(raw)
        yield driver.read()


def mpu6050(case):
    chip = Registers()
    driver = stem.mpu6050.MPU6050(chip)
    for raw in case["raw"]:
        chip.memory[0x3B : 0x3B + 14] = unhex(raw)
        yield driver.read()


def vl53l0x(case):
    chip = ready()
    chip.memory[0xC0] = 0xEE
    driver = stem.vl53l0x.VL53L0X(chip)
    for raw in case["raw"]:
        chip.memory[0x1E:0x20] = unhex(raw)
        yield driver.read()


def ds18b20(case):
    wire = Wire()
    for raw in case["raw"]:
        driver = stem.ds18b20.DS18B20(wire)  # one that has measured keeps its value for 0.75 s
        wire.answer = unhex(raw)
        yield driver.read()


def hcsr04(case):
    driver = stem.hcsr04.HCSR04(Line(), Line())
    for raw in case["raw"]:
        stem.hcsr04.time_pulse_us = lambda pin, level, timeout_us: raw
        yield driver.read()


def dht_(case):
    driver = stem.dht.DHT(None)
    for raw in case["raw"]:
        dht.DHTBase.answer = unhex(raw)
        yield driver.read()


DRIVERS = {
    "bme280": bme280, "aht20": aht20, "bh1750": bh1750, "mpu6050": mpu6050,
    "vl53l0x": vl53l0x, "ds18b20": ds18b20, "hcsr04": hcsr04, "dht": dht_,
}  # fmt: skip

with open(sys.argv[1]) as file:
    for case in json.load(file):
        for result in DRIVERS[case["driver"]](case):
            print(json.dumps(result))
