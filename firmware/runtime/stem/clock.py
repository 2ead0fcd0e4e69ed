from time import ticks_add, ticks_diff, ticks_ms
from stem.line import hear


def every(seconds):
    """for t in every(1.0): once a second, without drift; t counts the seconds."""
    period_us = max(1000, int(seconds * 1000000 + 0.5))
    turn = us = 0
    due = ticks_ms()
    while True:
        hear()
        wait = ticks_diff(due, ticks_ms())
        if wait > 0:
            hear(wait)
            continue
        yield turn * seconds
        while True:
            turn += 1
            us += period_us
            due = ticks_add(due, us // 1000)
            us %= 1000
            if ticks_diff(ticks_ms(), due) * 1000 < period_us:
                break  # a late turn is left out
