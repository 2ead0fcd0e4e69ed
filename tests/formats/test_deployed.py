"""The manifest on a board: the same bytes for the same files, harmless whatever it holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.formats.deployed import build_manifest, manifest_of, parse_manifest
from stemkit.model.deployment import BoardFile, Manifest

names = st.text(
    st.characters(categories=["L", "N"], include_characters=" -_."), min_size=1, max_size=12
).filter(lambda name: name.strip(".") and name != ".stemkit")
paths = st.lists(names, min_size=1, max_size=3).map("/".join)


@given(st.dictionaries(paths, st.binary(max_size=30), max_size=6))
def test_what_was_written_is_read(content: dict[str, bytes]) -> None:
    manifest = manifest_of([BoardFile(path, data) for path, data in content.items()])
    written = build_manifest(manifest)
    assert parse_manifest(written) == manifest
    assert build_manifest(manifest_of(reversed([BoardFile(p, d) for p, d in content.items()]))) == (
        written
    )


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest(content: bytes) -> None:
    parse_manifest(content)


@pytest.mark.parametrize(
    "path",
    ["../boot.py", "/main.py", "a//b", ".stemkit/manifest", "a\n", "", "a/../../b", "\x1b[2J"],
)
def test_what_climbs_or_hides_is_left_out(path: str) -> None:
    content = json.dumps({"files": {path: "0123abcd", "good.py": "0123abcd", "bad.py": 7}})
    assert parse_manifest(content.encode()) == Manifest({"good.py": "0123abcd"})


def test_two_files_with_one_content_wait_side_by_side() -> None:
    assert BoardFile("a", b"").key != BoardFile("b", b"").key
    assert BoardFile("a", b"x").digest == BoardFile("b", b"x").digest
