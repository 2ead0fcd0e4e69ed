# Con lắc: tốc độ quay của cảm biến MPU6050, hai mươi lần mỗi giây.
# A pendulum: how fast the MPU6050 on it turns, twenty times a second.
from stem import every, send, sensors

for t in every(0.05):
    send(gyro_x=sensors.gyro_x.read())
