"""The flash file: erased holes, bits that can only be cleared, sectors."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stemkit.virtual.flash import FlashFile

SIZE = 64 * 1024


def test_new_flash_is_erased_and_takes_no_room(tmp_path: Path) -> None:
    flash = FlashFile(tmp_path / "f", 4 << 20)
    assert flash.read(0, 4 << 20) == b"\xff" * (4 << 20)
    assert (tmp_path / "f").stat().st_blocks * 512 <= 64 * 1024
    flash.close()


operations = st.lists(
    st.tuples(
        st.sampled_from(["program", "erase"]),
        st.integers(0, SIZE - 1),
        st.binary(min_size=1, max_size=9000),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(operations)
def test_flash_is_what_a_simple_model_is(
    tmp_path: Path, operations: list[tuple[str, int, bytes]]
) -> None:
    path = tmp_path / "f"
    path.unlink(missing_ok=True)
    flash = FlashFile(path, SIZE)
    model = bytearray(b"\xff" * SIZE)
    for what, at, data in operations:
        if what == "program":
            flash.program(at, data)
            for n, byte in enumerate(data[: SIZE - at]):
                model[at + n] &= byte
        else:
            flash.erase(at, len(data))
            first = at // 4096 * 4096
            last = min(-(-(at + len(data)) // 4096) * 4096, SIZE)
            model[first:last] = b"\xff" * (last - first)
    assert flash.read(0, SIZE) == bytes(model)
    flash.close()
    again = FlashFile(path, SIZE)
    assert again.read(0, SIZE + 10) == bytes(model) + b"\xff" * 10
    again.close()
