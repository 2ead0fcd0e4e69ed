# The thread of `_events`. It has nothing but its arguments: two threads must not share a dict.


def keep(shared, poll, schedule, peek, collect, sleep_us, speed):
    seen = -1
    while True:
        left = -1
        if shared[0]:
            left = max(0, int((shared[0] - peek()) / 1000 / (speed or 1)))
        if poll is None:
            sleep_us(min(left, 20) * 1000 + 500 if left >= 0 else 20000)
            word = False
        else:
            word = poll(left)
        if shared[1]:
            # The main thread waits and sees to it itself.
            sleep_us(1000)
            continue
        if not word:
            if not shared[0]:
                continue
            now = peek()
            late = now - shared[0]
            if not speed and now != seen:
                # The program looks at the clock, so it sees by itself what is due.
                seen = now
                sleep_us(1000)
                continue
            if speed and late < 0:
                if late > -1000:
                    sleep_us(-late)
                else:
                    continue
            # At speed 0 time passes here as the computer's, for a program that does not sleep.
            shared[3] = not speed
        shared[2] = True
        try:
            schedule()
        except RuntimeError:
            sleep_us(1000)
            continue
        tries = 0
        while shared[2] and not shared[1]:
            sleep_us(300)
            tries += 1
            if tries % 8 == 4:
                # The main thread sits in a system call (at the prompt): the collector's signal
                # interrupts that, and then it looks what is scheduled.
                collect()
