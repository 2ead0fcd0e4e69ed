"""The receiver's sources: what travels means what is written, and its first piece is checked."""

from __future__ import annotations

import ast
import zlib

import pytest

from stemkit.devices.receiver import (
    FIRST_WORDS,
    PIECES,
    SHORT_NAMES,
    facts_in,
    opening,
    squeezed,
)
from stemkit.devices.upload_recovery import SIZES, Size
from stemkit.storage.places import shipped
from stemkit.wire.upload import Cutter
from tests.deploy.benchwork import SOURCE

FOLDER = shipped("firmware") / "runtime" / "receiver"


class Rename(ast.NodeTransformer):
    """Our long names to the short ones, as a compiler sees them."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("id", "name", "arg"):
            name = getattr(node, field, None)
            if isinstance(name, str) and not isinstance(node, (ast.alias, ast.keyword)):
                setattr(node, field, SHORT_NAMES.get(name, name))
        if isinstance(node, ast.Global):
            node.names = [SHORT_NAMES.get(name, name) for name in node.names]
        return node


@pytest.mark.parametrize("name", PIECES)
def test_squeezing_changes_no_meaning(name: str) -> None:
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    meant = ast.dump(Rename().visit(ast.parse(text)))
    assert ast.dump(ast.parse(squeezed(text).decode())) == meant


@pytest.mark.parametrize("name", PIECES)
def test_a_short_name_stands_for_one_thing(name: str) -> None:
    names = {
        node.id
        for node in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text("utf-8")))
        if isinstance(node, ast.Name)
    }
    assert not names & set(SHORT_NAMES.values())


@pytest.mark.parametrize("size", SIZES)
def test_the_first_words_hold_no_control_characters(size: Size) -> None:
    cutter = Cutter(size.window_bits, first_number=-1)
    assert not set(FIRST_WORDS) & set(range(6))
    assert 3 not in opening(SOURCE.core, cutter, size.room_bytes)


@pytest.mark.parametrize("size", [size for size in SIZES if size.window_bits])
def test_the_core_is_the_beginning_of_the_stream_and_fits_the_buffer(size: Size) -> None:
    cutter = Cutter(size.window_bits, first_number=-1)
    packet = opening(SOURCE.core, cutter, size.room_bytes)
    program_bytes = int(packet[13:16])
    begun = packet[16 + program_bytes + 1 :].replace(packet[4:5], b"\x03")
    assert len(begun) <= size.room_bytes
    cutter.add(b"what follows")
    cutter.flush()
    block = cutter.cut(1000)
    assert block is not None
    assert block.number == 0
    inflated = zlib.decompressobj(-size.window_bits).decompress(begun + block.data)
    assert inflated == b"".join(SOURCE.core) + b"what follows"


def test_the_first_words_fit_a_receive_ring_twice() -> None:
    # What is typed at the prompt is not checked on its way: it must stay short.
    assert len(FIRST_WORDS) < 520


def test_a_boards_own_facts() -> None:
    facts = facts_in("esp32 110000 4096 500 boot.py/lib/Bài một.py")
    assert (facts.platform, facts.free_memory, facts.block_bytes) == ("esp32", 110000, 4096)
    assert facts.names == {"boot.py", "lib", "Bài một.py"}
    assert facts_in("rp2 1 2 3 ").names == frozenset()
    assert facts_in("rp2 1 2 3 " + "x" * 99).names is None
    with pytest.raises(ValueError, match="not enough"):
        facts_in("esp32")
