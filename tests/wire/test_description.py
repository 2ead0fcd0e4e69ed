from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stemkit.model.reading import Channel, Control, Described
from stemkit.wire.description import parse_description, set_command
from wire.ways import listen, pieces

LINE = "#: v=1 board=b7 prog=weather_station ch=temp;°C;DHT22;-40;80 ch=light;;;; ctl=fan;0;100;40"


def test_a_board_describes_channels_and_controls() -> None:
    for chunks in pieces((LINE + "\n").encode()):
        reader, items = listen(chunks)
        assert [item for item in items if isinstance(item, Described)]
        found = reader.description
        assert found is not None
        assert (found.version, found.board, found.program) == (1, "b7", "weather station")
        assert found.channels == (Channel("temp", "°C", "DHT22", -40.0, 80.0), Channel("light"))
        assert found.controls == (Control("fan", 0.0, 100.0, 40.0),)
        assert reader.counts.unread == 0


def test_several_lines_add_up() -> None:
    reader, _ = listen(
        [b"#: v=1 board=b7 ch=a;V;;;\n#: v=1 ch=b;A;;; ctl=fan;0;9;3\n#: v=1 ctl=fan;0;9;4\n"]
    )
    found = reader.description
    assert found is not None
    assert [channel.label for channel in found.channels] == ["a", "b"]
    assert found.board == "b7"
    assert found.controls == (Control("fan", 0.0, 9.0, 4.0),)


def test_a_comment_is_no_description() -> None:
    reader, items = listen([b"# hello\n#: hello\n#: v=x ch=a\n"])
    assert reader.description is None
    assert reader.counts.unread == 3
    assert len(items) == 3


@given(st.binary(max_size=300))
def test_anything_can_follow(junk: bytes) -> None:
    found = parse_description(b"#: v=1 " + junk)
    if found is not None:
        for channel in found.channels:
            assert (channel.label + channel.unit + channel.sensor).isprintable()


def test_setting_a_control() -> None:
    assert set_command("fan", 40.0) == b"?set fan 40\n"
    assert set_command("rate_hz", 0.25) == b"?set rate_hz 0.25\n"
