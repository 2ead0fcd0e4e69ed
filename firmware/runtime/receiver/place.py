# The receiver's last piece: everything is there and checked, now it takes its place. With the
# rename the new files are the ones that count: whatever happens, the board finishes.
import micropython


def finish():
    micropython.kbd_intr(-1)
    try:
        if stat("boot.py"):
            with open("boot.py", "rb") as old, open(".stemkit/boot", "wb") as new:
                new.write(old.read())
        os.rename(".stemkit/swap", "boot.py")
        with open("boot.py") as file:
            code = file.read()
        exec(code, {"__name__": "swap"})
    finally:
        micropython.kbd_intr(3)
