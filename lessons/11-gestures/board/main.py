# Which gesture is it? Twenty readings a second, an answer twice a second.
import model
from stem import channel, every, send, sensors

axes = [getattr(sensors, name) for name in model.CHANNELS]
channel("guess", "", 0, len(model.LABELS) - 1)

rows = []
guess = None
for t in every(0.05):
    row = [axis.read() for axis in axes]
    if None not in row:
        rows.append(row)
    if len(rows) == model.LENGTH:
        new = model.guess(rows)
        if new != guess:
            guess = new
            print("#", model.LABELS[guess])
        rows = rows[model.LENGTH // 2 :]  # half of the readings stay
    send(acc_x=row[0], acc_y=row[1], acc_z=row[2], guess=guess)
