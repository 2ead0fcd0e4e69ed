# Nhiệt độ, hai lần mỗi giây. Hãy thay bằng chương trình của nhóm em.
# Temperature, twice a second. Put your team's program here.
from stem import every, send, sensors

for t in every(0.5):
    send(temp=sensors.temp.read())
