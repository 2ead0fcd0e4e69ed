"""Drivers as students' programs carry them: written here, from the data sheets, for MicroPython."""

BME280 = """
class BME280:
    # Bosch BST-BME280-DS002, 4.2.3: compensation in 32-bit integers (64 for the pressure).
    def __init__(self, i2c, addr=0x76):
        self.i2c, self.addr = i2c, addr
        c = i2c.readfrom_mem(addr, 0x88, 26)
        self.t = struct.unpack("<Hhh", c[:6])
        self.p = struct.unpack("<Hhhhhhhhh", c[6:24])
        e = i2c.readfrom_mem(addr, 0xE1, 7)
        h2, h3 = struct.unpack("<hB", e[:3])
        h4 = struct.unpack("b", e[3:4])[0] * 16 + (e[4] & 15)
        h5 = struct.unpack("b", e[5:6])[0] * 16 + (e[4] >> 4)
        self.h = (c[25], h2, h3, h4, h5, struct.unpack("b", e[6:7])[0])

    def read(self):
        i2c, addr = self.i2c, self.addr
        i2c.writeto_mem(addr, 0xF2, b"\\x01")
        i2c.writeto_mem(addr, 0xF4, b"\\x25")
        while i2c.readfrom_mem(addr, 0xF3, 1)[0] & 8:
            time.sleep_ms(1)
        d = i2c.readfrom_mem(addr, 0xF7, 8)
        p = d[0] << 12 | d[1] << 4 | d[2] >> 4
        t = d[3] << 12 | d[4] << 4 | d[5] >> 4
        h = d[6] << 8 | d[7]
        t1, t2, t3 = self.t
        a = ((t >> 3) - (t1 << 1)) * t2 >> 11
        b = (((t >> 4) - t1) ** 2 >> 12) * t3 >> 14
        fine = a + b
        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self.p
        v1 = fine - 128000
        v2 = v1 * v1 * p6 + (v1 * p5 << 17) + (p4 << 35)
        v1 = (v1 * v1 * p3 >> 8) + (v1 * p2 << 12)
        v1 = ((1 << 47) + v1) * p1 >> 33
        q = ((1048576 - p << 31) - v2) * 3125 // v1
        q = (q + (p9 * (q >> 13) ** 2 >> 25) + (p8 * q >> 19) >> 8) + (p7 << 4)
        h1, h2, h3, h4, h5, h6 = self.h
        x = fine - 76800
        x = ((h << 14) - (h4 << 20) - h5 * x + 16384 >> 15) * (
            (((x * h6 >> 10) * ((x * h3 >> 11) + 32768) >> 10) + 2097152) * h2 + 8192 >> 14
        )
        x -= ((x >> 15) ** 2 >> 7) * h1 >> 4
        x = min(max(x, 0), 419430400)
        return (fine * 5 + 128 >> 8) / 100, (x >> 12) / 1024, q / 25600
"""

HCSR04_BY_LOOKING = """
def distance_cm(trig, echo):
    trig.off()
    time.sleep_us(5)
    trig.on()
    time.sleep_us(10)
    trig.off()
    while echo.value() == 0:
        start = time.ticks_us()
    while echo.value() == 1:
        end = time.ticks_us()
    return time.ticks_diff(end, start) * 0.0344 / 2
"""

MPU6050 = """
def motion(i2c):
    i2c.writeto_mem(0x68, 0x6B, b"\\x00")
    time.sleep_ms(20)
    words = struct.unpack(">hhhhhhh", i2c.readfrom_mem(0x68, 0x3B, 14))
    return [w / 16384 * 9.80665 for w in words[:3]], [w / 131 for w in words[4:]]
"""
