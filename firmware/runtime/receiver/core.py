# The part of stemkit's receiver that stays: numbered, checked blocks from the prompt's own line to
# a stream of records. It is sent for each deploy and lives in memory alone. All pieces share one
# namespace; two empty lines part what is compiled at once.
import binascii
import gc
import os
import select
import sys

# The first words have made `source`, whose bytes can be written through `memory` (`filled` so far),
# and `inflate`, which reads there: this piece itself came that way.
wanted = ready = 0
patience = 9000
# An adapter passes a full packet on at once and keeps a short one back for up to 16 ms.
pad = ""
head = bytearray(13)
one = bytearray(1)
read = sys.stdin.buffer.readinto
poll_set = select.poll()
poll_set.register(sys.stdin, select.POLLIN)


# A line to the host, with a check, behind a mark that no program prints by chance.
def say(text):
    print("\x1f%s %x" % (text, binascii.crc32(text.encode())))


def digits(start, stop):
    value = 0
    for c in head[start:stop]:
        value = value << 7 | c & 127
    return value


# Read a block behind what is left in the buffer; None if it is damaged or not the wanted one.
def receive():
    read(head)
    size = digits(0, 2)
    whole = size + 2 * digits(2, 4)
    if min(head) < 128 or not size or filled + whole > len(memory):
        return None
    part = memory[filled:filled + whole]
    read(part)
    # Byte 3 is Ctrl-C and never travels: here are the places where it belongs.
    for i in range(size, whole, 2):
        part[((part[i] & 127) << 7 | part[i + 1] & 127) % size] = 3
    check = binascii.crc32(part[:size], binascii.crc32(memoryview(head)[:8]))
    return size if check == digits(8, 13) and digits(4, 5) == wanted & 127 else None


# Wait for the wanted block, ask again for it until it comes whole. Nothing is on its way while a
# block is worked on: the host sends only what was asked for.
def block():
    global wanted, ready, filled
    at = source.tell()
    filled -= at
    memory[:filled] = memory[at:at + filled]
    source.seek(0)
    while True:
        say("W%d" % wanted)
        print(pad, end="")
        if not poll_set.poll(patience):
            raise OSError(110)
        size = receive()
        if size:
            break
        # Let the rest of what is damaged pass.
        while poll_set.poll(30):
            read(one)
    say("G%d" % wanted)
    wanted += 1
    ready = digits(5, 8)
    filled += size


# Fill `view` from the stream.
def take(view):
    global ready
    while len(view):
        if ready:
            size = min(ready, len(view))
            inflate.readinto(view[:size])
            ready -= size
            view = view[size:]
        else:
            block()


def get(size):
    data = bytearray(size)
    take(memoryview(data))
    return data


# What is to be done when all has come, and what is to be undone whatever happened.
def finish():
    pass


def leave():
    pass


# Record "x": a piece of program.
def x(size):
    gc.collect()
    exec(get(size), globals())


# Records: a letter, a size, then what that letter's function takes from the stream.
def run():
    global held, memory, source, inflate
    try:
        while True:
            record = get(4)
            kind = chr(record[0])
            if kind == "z":
                break
            globals()[kind](record[1] << 16 | record[2] << 8 | record[3])
        held = memory = source = inflate = None
        finish()
        say("Z")
    finally:
        leave()
