# stem for the micro:bit V1, which has little memory: from stem import send, every
from time import sleep_ms, ticks_add, ticks_diff, ticks_ms


def send(**values):
    """send(temp=23, light=5) prints light:5,temp:23 and leaves out what is None."""
    cells = []
    for name in sorted(values):
        value = values[name]
        if value is not None:
            text = "%.6g" % value if isinstance(value, float) else str(int(value))
            if "n" not in text:  # nan, inf
                cells.append(name + ":" + text)
    if cells:
        print(",".join(cells))


def every(seconds):
    """for t in every(1): once a second, without drift; t counts the seconds."""
    step = max(1, int(seconds * 1000))
    turn = 0
    due = ticks_ms()
    while True:
        wait = ticks_diff(due, ticks_ms())
        if wait > 0:
            sleep_ms(wait)
        yield turn * seconds
        while True:
            turn += 1
            due = ticks_add(due, step)
            if ticks_diff(ticks_ms(), due) < step:
                break  # turns that are over are left out
