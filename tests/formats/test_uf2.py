"""UF2 files, against Microsoft's own converter and blocks made by hand."""

from __future__ import annotations

import struct

import pytest
from adafruit_uf2 import uf2conv
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.formats import uf2
from stemkit.formats.errors import FirmwareImageError, ImageLayoutError, TruncatedImageError
from tests.made_images import e10_block, pico2_uf2, pico_uf2, rp2_program, uf2_blocks

FLASH = 0x10000000


@pytest.fixture
def converter(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uf2conv, "appstartaddr", FLASH)
    monkeypatch.setattr(uf2conv, "familyid", uf2.FAMILY_RP2040)
    return uf2conv


def test_a_file_of_the_reference_converter_is_read(converter) -> None:
    program = rp2_program("Raspberry Pi Pico with RP2040")
    found = uf2.parse(converter.convert_to_uf2(program))
    assert found.families == (uf2.FAMILY_RP2040,)
    assert found.memory(uf2.FAMILY_RP2040) == [(FLASH, program)]
    assert found.build is not None
    assert found.build.version == "1.24.1"


def test_the_reference_converter_reads_what_is_built(converter) -> None:
    program = rp2_program("x")
    assert converter.convert_from_uf2(uf2.build(uf2.FAMILY_RP2040, [(FLASH, program)])) == program


def test_known_families_are_those_of_the_reference_list() -> None:
    theirs = uf2conv.load_families()
    assert theirs["RP2040"] == uf2.FAMILY_RP2040
    assert theirs["RP2XXX_ABSOLUTE"] == uf2.FAMILY_ABSOLUTE
    assert theirs["RP2XXX_DATA"] == uf2.FAMILY_DATA
    assert theirs["RP2350_ARM_S"] == uf2.FAMILY_RP2350_ARM
    assert theirs["RP2350_RISCV"] == uf2.FAMILY_RP2350_RISCV


def test_an_rp2350_file_begins_with_its_own_family() -> None:
    found = uf2.parse(pico2_uf2())
    assert found.families == (uf2.FAMILY_ABSOLUTE, uf2.FAMILY_RP2350_ARM)
    assert len(found.of(uf2.FAMILY_ABSOLUTE)) == 1
    assert found.memory(uf2.FAMILY_ABSOLUTE)[0][0] == 0x10FFFF00


def test_a_file_may_hold_several_families() -> None:
    a = uf2_blocks(uf2.FAMILY_RP2040, FLASH, b"a" * 700)
    b = uf2_blocks(uf2.FAMILY_RP2350_ARM, FLASH, b"b" * 300)
    for blocks in (a + b, b + a, [a[0], b[0], a[1], b[1], a[2]]):
        found = uf2.parse(b"".join(blocks))
        assert set(found.families) == {uf2.FAMILY_RP2040, uf2.FAMILY_RP2350_ARM}
        assert [block.number for block in found.of(uf2.FAMILY_RP2040)] == [0, 1, 2]
        assert found.memory(uf2.FAMILY_RP2350_ARM) == [(FLASH, (b"b" * 300).ljust(512, b"\0"))]


def test_blocks_that_are_not_for_flash_are_left_out() -> None:
    comment = uf2_blocks(0, 0, b"a comment", flags=0x0001)
    found = uf2.parse(pico_uf2() + comment[0])
    assert found.families == (uf2.FAMILY_RP2040,)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda blocks: blocks[:-1], TruncatedImageError),
        (lambda blocks: blocks[1:], ImageLayoutError),
        (lambda blocks: [*blocks[:2], blocks[1], *blocks[2:]], ImageLayoutError),
        (lambda blocks: [blocks[1], blocks[0], *blocks[2:]], ImageLayoutError),
        (lambda blocks: [*blocks[:-1], blocks[-1][:-1]], TruncatedImageError),
        (lambda blocks: [*blocks[:-1], b"\0" * 512], ImageLayoutError),
        (lambda blocks: [], TruncatedImageError),
    ],
    ids=["last-missing", "first-missing", "twice", "swapped", "cut", "blank", "empty"],
)
def test_wrong_blocks_are_refused(change, error) -> None:
    blocks = uf2_blocks(uf2.FAMILY_RP2040, FLASH, b"x" * 2048)
    with pytest.raises(error):
        uf2.parse(b"".join(change(blocks)))


def test_blocks_that_overlap_are_refused() -> None:
    blocks = uf2_blocks(uf2.FAMILY_RP2040, FLASH, b"x" * 512)
    second = bytearray(blocks[1])
    struct.pack_into("<I", second, 12, FLASH + 128)
    with pytest.raises(ImageLayoutError):
        uf2.parse(blocks[0] + bytes(second))


@pytest.mark.parametrize(
    ("place", "value"),
    [(12, 0x20000000), (12, 0), (12, FLASH + 16), (12, 0x11000000), (16, 128), (16, 476)],
    ids=["in-ram", "nowhere", "no-page", "behind-flash", "half-page", "too-long"],
)
def test_blocks_that_the_boot_rom_would_pass_over_are_refused(place: int, value: int) -> None:
    block = bytearray(uf2_blocks(uf2.FAMILY_RP2040, FLASH, b"x" * 256)[0])
    struct.pack_into("<I", block, place, value)
    with pytest.raises(ImageLayoutError):
        uf2.parse(bytes(block))


def test_an_e10_block_of_other_make_is_counted_like_any() -> None:
    with pytest.raises(TruncatedImageError):
        uf2.parse(b"".join(uf2_blocks(uf2.FAMILY_ABSOLUTE, FLASH, b"x" * 1024)[:1]))
    uf2.parse(e10_block() + pico_uf2())


def test_merging_adds_memory_and_counts_anew() -> None:
    firmware = uf2.parse(pico2_uf2())
    place = FLASH + 0x100000
    merged = uf2.merge(firmware, uf2.FAMILY_RP2350_ARM, [(place, b"files" * 100)])
    assert merged[:512] == pico2_uf2()[:512]
    found = uf2.parse(merged)
    before, after = found.memory(uf2.FAMILY_RP2350_ARM)
    assert before == firmware.memory(uf2.FAMILY_RP2350_ARM)[0]
    assert after == (place, (b"files" * 100).ljust(512, b"\xff"))
    with pytest.raises(ValueError, match="not a free page"):
        uf2.merge(firmware, uf2.FAMILY_RP2350_ARM, [(FLASH + 256, b"x")])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 1500)), min_size=1, max_size=6),
    st.sampled_from(sorted(uf2.FAMILY_NAMES)),
)
def test_what_is_built_is_read_back(layout, family: int) -> None:
    memory, page = [], 0
    for gap, size in layout:
        page += gap
        memory.append((FLASH + page * 256, bytes((n * 7 + size) & 0xFF for n in range(size))))
        page += -(-size // 256)
    found = uf2.parse(uf2.build(family, memory))
    assert found.families == (family,)
    expected = [(a, d.ljust(-(-len(d) // 256) * 256, b"\xff")) for a, d in memory]
    assert found.memory(family) == uf2.joined(expected)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_files_give_a_typed_error_or_are_read(data: st.DataObject) -> None:
    image = bytearray(pico2_uf2(0x800))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, 31)) + 512 * data.draw(
            st.integers(0, len(image) // 512 - 1)
        )
        image[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(image)) | st.integers(0, len(image)))
    try:
        uf2.parse(bytes(image[:cut]))
    except FirmwareImageError as error:
        assert error.told()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=1100))
def test_junk_gives_a_typed_error(junk: bytes) -> None:
    with pytest.raises(FirmwareImageError):
        uf2.parse(junk)
