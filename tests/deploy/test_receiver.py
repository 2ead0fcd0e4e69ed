"""The receiver's sources: what travels means what is written, and its first piece is checked."""

from __future__ import annotations

import ast

import pytest

from stemkit.devices.receiver import PIECES, SHORT_NAMES, bootstrap, facts_in, squeezed
from stemkit.storage.places import shipped
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


@pytest.mark.parametrize("deflate", [True, False])
def test_the_first_words_hold_no_control_characters(deflate: bool) -> None:
    boot = bootstrap(SOURCE.core, deflate=deflate)
    assert not set(boot.code) & set(range(6))
    assert 3 not in boot.packed


def test_the_first_words_fit_a_receive_ring_twice() -> None:
    # What is typed at the prompt is not checked on its way: it must stay short.
    assert len(bootstrap(SOURCE.core, deflate=True).code) < 520


def test_a_boards_own_facts() -> None:
    facts = facts_in("esp32 110000 4096 500 boot.py/lib/Bài một.py")
    assert (facts.platform, facts.free_memory, facts.block_bytes) == ("esp32", 110000, 4096)
    assert facts.names == {"boot.py", "lib", "Bài một.py"}
    assert facts_in("rp2 1 2 3 ").names == frozenset()
    assert facts_in("rp2 1 2 3 " + "x" * 99).names is None
    with pytest.raises(ValueError, match="not enough"):
        facts_in("esp32")
