"""The drivers give what the data sheets' worked examples give."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from drivers_on_raw import read


def crc8_maxim(data: bytes) -> int:
    crc = 0
    for byte in data:
        for _ in range(8):
            crc, byte = (crc >> 1) ^ (0x8C if (crc ^ byte) & 1 else 0), byte >> 1
    return crc


def crc8_aosong(data: bytes) -> int:
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (0x31 if crc & 0x80 else 0)) & 0xFF
    return crc


def test_bmp280_chapter_3_12(tmp_path: Path) -> None:
    trim = struct.pack(
        "<Hhh" "Hhhhhhhhh",
        27504, 26435, -1000,
        36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000,
    )  # fmt: skip
    temperature, pressure = 519888, 415148
    raw = struct.pack(">II", pressure << 12, temperature << 12)
    data = (raw[0:3] + raw[4:7] + bytes(2)).hex()
    (values,) = read(tmp_path, "bme280", [data], id=0x58, low=trim.hex(), high="")
    assert values["temp"] == pytest.approx(25.08, abs=0.005)
    assert values["pressure"] == pytest.approx(1006.5327, abs=0.0001)
    assert "hum" not in values


def bosch_humidity(raw: int, fine: int, trim: tuple[int, ...]) -> float:
    """BST-BME280-DS001, 4.2.3: `bme280_compensate_H_int32`, as printed."""
    h1, h2, h3, h4, h5, h6 = trim
    x = fine - 76800
    x = (((raw << 14) - (h4 << 20) - h5 * x + 16384) >> 15) * (
        ((((((x * h6) >> 10) * (((x * h3) >> 11) + 32768)) >> 10) + 2097152) * h2 + 8192) >> 14
    )
    x -= ((((x >> 15) * (x >> 15)) >> 7) * h1) >> 4
    return (min(max(x, 0), 419430400) >> 12) / 1024


def test_bme280_humidity_is_the_sheets_whole_number_formula(tmp_path: Path) -> None:
    t1, t2, t3 = 27504, 26435, -1000
    low = struct.pack("<Hhh", t1, t2, t3) + struct.pack("<H8h", 36477, *[1] * 8) + bytes((0, 75))
    h2, h3, h4, h5, h6 = 362, 5, 315, 50, 30
    high = struct.pack("<hBbBbb", h2, h3, h4 >> 4, (h4 & 15) | (h5 & 15) << 4, h5 >> 4, h6)
    raws, expected = [], []
    for temperature in range(450_000, 600_000, 10_000):
        x = (((temperature >> 3) - (t1 << 1)) * t2) >> 11
        fine = x + (((((temperature >> 4) - t1) ** 2 >> 12) * t3) >> 14)
        for humidity in range(20_000, 45_000, 1_000):
            raws.append(
                (bytes(3) + (temperature << 4).to_bytes(3, "big")).hex() + f"{humidity:04x}"
            )
            expected.append(bosch_humidity(humidity, fine, (75, h2, h3, h4, h5, h6)))
    values = read(tmp_path, "bme280", raws, id=0x60, low=low.hex(), high=high.hex())
    assert [v["hum"] for v in values] == pytest.approx(expected, abs=0.01)


def test_dht22_data_sheet_page_4(tmp_path: Path) -> None:
    # 652 = 65.2 % RH and 351 = 35.1 degrees; then -10.1 degrees.
    assert read(tmp_path, "dht", ["028c015fee", "028c806573"]) == [
        {"hum": 65.2, "temp": 35.1},
        {"hum": 65.2, "temp": -10.1},
    ]


def test_dht11_product_manual_page_5(tmp_path: Path) -> None:
    # 0011 0101 0000 0000 0001 1000 0000 0100 0101 0001: 53 % RH, 24.4 degrees.
    assert read(tmp_path, "dht", ["3500180451"]) == [{"hum": 53, "temp": 24.4}]


def test_ds18b20_table_1(tmp_path: Path) -> None:
    table = {
        0x07D0: 125, 0x0550: 85, 0x0191: 25.0625, 0x00A2: 10.125, 0x0008: 0.5,
        0x0000: 0, 0xFFF8: -0.5, 0xFF5E: -10.125, 0xFE6F: -25.0625, 0xFC90: -55,
    }  # fmt: skip
    raw = []
    for value in table:
        scratch = struct.pack("<H", value) + b"\x4b\x46\x7f\xff\x0c\x10"
        raw.append((scratch + bytes((crc8_maxim(scratch),))).hex())
    assert read(tmp_path, "ds18b20", raw) == list(table.values())


def test_bh1750_page_7(tmp_path: Path) -> None:
    # "10000011_10010000": (2^15 + 2^9 + 2^8 + 2^7 + 2^4) / 1.2 = 28067 lx.
    (lux,) = read(tmp_path, "bh1750", ["8390"])
    assert round(lux) == 28067


def test_mpu6050_sensitivities(tmp_path: Path) -> None:
    # 16384 LSB/g and 131 LSB/(degrees/s) at the smallest ranges (PS-MPU-6000A, 6.1 and 6.2).
    raw = struct.pack(">7h", 16384, -16384, 8192, 0, 131, -131, 32750).hex()
    (values,) = read(tmp_path, "mpu6050", [raw])
    assert values["acc_x"] == pytest.approx(9.80665)
    assert values["acc_y"] == pytest.approx(-9.80665)
    assert values["acc_z"] == pytest.approx(4.903325)
    assert values["gyro_x"] == pytest.approx(1)
    assert values["gyro_y"] == pytest.approx(-1)
    assert values["gyro_z"] == pytest.approx(250)


def test_aht20_formulas_at_the_ends(tmp_path: Path) -> None:
    # RH = S/2^20 * 100 %, T = S/2^20 * 200 - 50 (AHT20 data sheet, 6.1 and 6.2).
    ends = [(0, 0), (2**19, 2**19), (2**20 - 1, 2**20 - 1), (629146, 393216)]
    raw = []
    for humidity, temperature in ends:
        data = b"\x1c" + ((humidity << 20) | temperature).to_bytes(5, "big")
        raw.append((data + bytes((crc8_aosong(data),))).hex())
    values = read(tmp_path, "aht20", raw)
    for (humidity, temperature), got in zip(ends, values, strict=True):
        assert got["hum"] == pytest.approx(humidity / 2**20 * 100)
        assert got["temp"] == pytest.approx(temperature / 2**20 * 200 - 50)


def test_hcsr04_manual(tmp_path: Path) -> None:
    # "uS / 58 = centimeters"; no echo within 30 ms means that nothing is near.
    assert read(tmp_path, "hcsr04", [58, 5800, 23200, -1]) == [1, 100, 400, None]


def test_vl53l0x_millimetres_and_out_of_range(tmp_path: Path) -> None:
    assert read(tmp_path, "vl53l0x", ["0000", "0064", "04b0", "1ffe", "1fff"]) == [
        0, 10, 120, None, None,
    ]  # fmt: skip
