"""Intel HEX: the micro:bit's real files, against the intelhex package, and broken ones."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intelhex import IntelHex

from stemkit.formats import intel_hex
from stemkit.formats.errors import (
    FirmwareImageError,
    ImageChecksumError,
    ImageLayoutError,
    TruncatedImageError,
)
from stemkit.formats.intel_hex import MICROBIT_V1, MICROBIT_V2
from tests.made_images import UFLASH

PLAIN = {
    MICROBIT_V1: ("micropython-microbit-v1.1.1.hex", "1.1.1"),
    MICROBIT_V2: ("micropython-microbit-v2.1.2.hex", "2.1.2"),
}


@pytest.mark.parametrize("board", PLAIN)
def test_it_agrees_with_intelhex_on_real_files(board: str) -> None:
    file, release = PLAIN[board]
    data = (UFLASH / file).read_bytes()
    found = intel_hex.parse(data, file)
    assert not found.is_universal
    program = found.programs[board]
    theirs = IntelHex(io.StringIO(data.decode()))
    assert [(a, a + len(d)) for a, d in program.memory] == theirs.segments()
    for address, piece in program.memory:
        assert piece == theirs.tobinstr(address, address + len(piece) - 1)
    assert program.build is not None
    assert program.build.release == release


def test_a_universal_file_holds_both_versions() -> None:
    found = intel_hex.parse((UFLASH / "universal-hex-v1.1.1-v2.1.2.hex").read_bytes())
    assert found.is_universal
    assert set(found.programs) == set(PLAIN)
    for board, (file, _) in PLAIN.items():
        alone = intel_hex.parse((UFLASH / file).read_bytes()).programs[board]
        assert found.programs[board].memory == alone.memory


def test_intelhex_reads_what_is_built() -> None:
    memory = [(0xFFF8, bytes(range(40))), (0x100010C0, b"uicr")]
    text = intel_hex.build(memory, entry=0x1234)
    theirs = IntelHex(io.StringIO(text.decode()))
    assert theirs.tobinstr(0xFFF8, 0xFFF8 + 39) == bytes(range(40))
    assert theirs.start_addr == {"EIP": 0x1234}
    assert intel_hex.parse(text).programs[MICROBIT_V1].entry == 0x1234


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 70000), st.binary(min_size=1, max_size=80)), min_size=1, max_size=8
    )
)
def test_what_is_built_is_read_back(layout) -> None:
    memory, address = [], 0
    for gap, data in layout:
        address += gap
        memory.append((address, data))
        address += len(data)
    (program,) = intel_hex.parse(intel_hex.build(memory)).programs.values()
    assert list(program.memory) == memory
    for start, data in memory:
        assert program.read(start, len(data)) == data
    assert program.read(address - 1, 2) is None


GOOD = b":10010000214601360121470136007EFE09D2190140\n:00000001FF\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (GOOD.replace(b"40\n", b"41\n"), ImageChecksumError),
        (GOOD[:-12], TruncatedImageError),
        (GOOD[:21] + b"\n", TruncatedImageError),
        (GOOD[:20] + b"\n", ImageLayoutError),
        (GOOD + b":00000001FF\n", ImageLayoutError),
        (b":00000001FF\n", ImageLayoutError),
        (b"hello\n" + GOOD, ImageLayoutError),
        (GOOD.replace(b":10", b":0F", 1), ImageLayoutError),
        (GOOD[:44] + GOOD, ImageLayoutError),
        (b":00000006FA\n" + GOOD, ImageLayoutError),
        (b":0100000400FB\n" + GOOD, ImageLayoutError),
        (b"", TruncatedImageError),
    ],
    ids=[
        "checksum", "no-end", "cut", "half-a-byte", "behind-the-end", "nothing", "text", "length",
        "twice", "type", "short-address", "empty",
    ],
)  # fmt: skip
def test_wrong_records_are_refused(text: bytes, error) -> None:
    with pytest.raises(error):
        intel_hex.parse(text)


def test_line_ends_and_blank_lines_do_not_matter() -> None:
    plain = intel_hex.parse(GOOD)
    assert intel_hex.parse(b"\r\n" + GOOD.replace(b"\n", b"\r\n\r\n")) == plain
    assert intel_hex.parse(GOOD.lower()) == plain


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(GOOD) - 2), st.integers(0, 255))
def test_a_changed_character_is_noticed_or_harmless(place: int, value: int) -> None:
    changed = GOOD[:place] + bytes((value,)) + GOOD[place + 1 :]
    try:
        found = intel_hex.parse(changed)
    except FirmwareImageError as error:
        assert error.told()
    else:
        assert found == intel_hex.parse(GOOD)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b":", b":10", GOOD[:44]]))
def test_junk_gives_a_typed_error(junk: bytes, start: bytes) -> None:
    with pytest.raises(FirmwareImageError):
        intel_hex.parse(start + junk)


@pytest.mark.parametrize(
    ("address", "data"),
    [
        (0x08000000, b"\0\x40\0\x20" * 16),  # an STM32's flash
        (0x10001014, b"\xff" * 8),  # settings without a program
        (0xFFFFFFF0, bytes(16)),
        (0, b"\x0c\x94\x35\0\x0c\x94\x5d\0" * 8),  # an Arduino Uno's vectors
    ],
    ids=["stm32", "settings", "top", "avr"],
)
def test_another_chips_program_is_refused(address: int, data: bytes) -> None:
    with pytest.raises(ImageLayoutError):
        intel_hex.parse(intel_hex.build([(address, data)]))


def test_a_record_over_the_end_of_all_addresses_is_refused() -> None:
    record = bytes((16, 0xFF, 0xFC, 0)) + bytes(16)
    line = b":" + (record + bytes((-sum(record) & 0xFF,))).hex().encode()
    with pytest.raises(ImageLayoutError):
        intel_hex.parse(b":02000004FFFFFC\n" + line + b"\n:00000001FF\n")


def test_what_makecode_adds_for_itself_is_no_fault() -> None:
    # MakeCode for V1 keeps the source as plain records at 0x20000000.
    file = intel_hex.build([(0, b"\0\x40\0\x20" * 16), (0x20000000, b"\x41\x14\x0e\x2f")])
    assert set(intel_hex.parse(file).programs) == {intel_hex.MICROBIT_V1}
