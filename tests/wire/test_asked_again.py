"""A board that was reset while its lines had tails may be asked for them again."""

from binascii import crc_hqx

from stemkit.wire.lines import LineReader


def tailed(body, seq, ms):
    text = f"{body},~{seq}@{ms}"
    return f"{text}*{crc_hqx(text.encode(), 0xFFFF):04x}\r\n".encode()


def test_after_a_reset_its_lines_are_native_again():
    reader = LineReader("v1", first_line_cut=False)
    for n in range(20):
        reader.feed(tailed(f"temp:{n},hum:50", n, 100 * n), 0.1 * n)
    assert reader.tails
    reader.reconnected(first_line_cut=False)
    for n in range(20):
        reader.feed(f"temp:{n},hum:50\r\n".encode(), 10 + 0.1 * n)
    assert not reader.tails
    assert reader.native
