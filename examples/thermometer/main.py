# Nhiệt độ, hai lần mỗi giây. Chạy được trên mọi bo mạch của bộ kit.
# Temperature, twice a second. It runs on every board of the kit.
from stem import every, send, sensors

for t in every(0.5):
    send(temp=sensors.temp.read())
