# The part of stemkit's receiver that runs first: numbered, checked blocks from the prompt's own
# line to a stream of records. It is sent for each deploy and stays in memory alone.
#
# Its globals come with SIZE (bytes of the buffer for a block) and BITS (the deflate window's
# exponent, 0 where this firmware has no `deflate`).
import binascii
import io
import select
import sys
import uctypes

# `bytes` that BytesIO reads in place, and a second view of the same memory that can be written:
# a block needs its room once, not twice.
def room(size, bits):
    global held, memory, source, inflate, end
    held = bytes(size)
    memory = memoryview(uctypes.bytearray_at(uctypes.addressof(held), size))
    source = io.BytesIO(held)
    inflate = source
    end = 0
    if bits:
        import deflate
        inflate = deflate.DeflateIO(source, deflate.RAW, bits)


# A line to the host, with a check, behind a mark that no program prints by chance.
def say(text):
    print("\x1f%s %x" % (text, binascii.crc32(text.encode())))


def digits(start, end):
    value = 0
    for c in head[start:end]:
        value = value << 7 | c & 127
    return value


# Wait for the wanted block, ask again for it until it comes whole. Nothing is on its way while a
# block is worked on: the host sends only what was asked for.
def block():
    global wanted, ready, end
    at = source.tell()
    end -= at
    memory[:end] = memory[at:at + end]
    source.seek(0)
    while True:
        say("W%d" % wanted)
        if not poll.poll(patience):
            raise OSError(110)
        read(head)
        size = digits(0, 2)
        threes = size + 2 * digits(2, 4)
        if min(head) > 127 and 0 < size and end + threes <= len(memory):
            part = memory[end:end + threes]
            read(part)
            # Byte 3 is Ctrl-C and never travels: here are the places where it belongs.
            for i in range(size, threes, 2):
                part[((part[i] & 127) << 7 | part[i + 1] & 127) % size] = 3
            check = binascii.crc32(part[:size], binascii.crc32(memoryview(head)[:8]))
            if digits(8, 13) == check and digits(4, 5) == wanted & 127:
                break
        # Damaged: let the rest of it pass.
        while poll.poll(30):
            read(one)
    say("G%d" % wanted)
    wanted += 1
    ready = digits(5, 8)
    end += size


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


# What is to be undone at the end, whatever happened.
def leave():
    pass


# Record "x": a piece of program that brings further records or does something at once.
def x(size):
    code = bytearray(size)
    take(memoryview(code))
    exec(str(code, "utf8"), globals())


def run():
    record = bytearray(4)
    while True:
        take(memoryview(record))
        kind = chr(record[0])
        if kind == "z":
            return say("Z")
        globals()[kind](record[1] << 16 | record[2] << 8 | record[3])


wanted = ready = 0
patience = 9000
head = bytearray(13)
one = bytearray(1)
read = sys.stdin.buffer.readinto
poll = select.poll()
poll.register(sys.stdin, select.POLLIN)
room(SIZE, BITS)
try:
    run()
finally:
    leave()
