"""What every loader promises, on each of the three."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from stemkit.events import StepAdvanced, StepStarted
from stemkit.links import open_link
from stemkit.loaders.base import Loader, LoadImage, Part
from stemkit.loaders.errors import StoppedError, WrongChipError
from stemkit.loaders.esp import EspLoader, EspShared
from stemkit.loaders.microbit import MicrobitLoader
from stemkit.loaders.uf2 import Uf2Loader
from tests.loaders import fake_drive
from tests.loaders.bench import Kept, image_for, mock_board
from tests.made_images import UFLASH, pico_uf2


@dataclass
class Bench:
    make: Callable[[Kept], Loader]
    image: LoadImage


@pytest.fixture(params=["esp", "uf2", "microbit"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "esp":
        with mock_board("esp32") as port:
            link = open_link(port)
            yield Bench(
                lambda kept: EspLoader(link, kept.attempt(), EspShared()), image_for("esp32")
            )
            link.close()
    elif request.param == "uf2":
        image = LoadImage("p", frozenset({"rp2040"}), (Part(0, pico_uf2()),))
        with fake_drive.pico(tmp_path) as board:
            yield Bench(lambda kept: Uf2Loader(board.folder, kept.attempt()), image)
    else:
        data = next(UFLASH.glob("*v2*.hex")).read_bytes()
        image = LoadImage("m", frozenset({"nrf52833"}), (Part(0, data),))
        with fake_drive.microbit(tmp_path) as board:
            yield Bench(lambda kept: MicrobitLoader(board.folder, kept.attempt()), image)


def test_a_whole_flash(bench: Bench) -> None:
    kept = Kept()
    loader = bench.make(kept)
    assert loader.connect().name in bench.image.chips
    loader.check(bench.image)
    missing = loader.missing(bench.image)
    assert missing
    assert loader.write(bench.image, missing) == missing.total
    loader.verify(bench.image)
    loader.start()
    loader.close()
    loader.close()
    steps = [event for event in kept.events if isinstance(event, StepStarted)]
    assert [step.step for step in steps if step.total] == ["Writing"]
    done = [event.done for event in kept.events if isinstance(event, StepAdvanced)]
    assert done == sorted(done)
    assert done[-1] <= missing.total


def test_another_chips_image_is_refused(bench: Bench) -> None:
    loader = bench.make(Kept())
    loader.connect()
    with pytest.raises(WrongChipError) as refused:
        loader.check(replace(bench.image, chips=frozenset({"another"})))
    assert refused.value.exit_code == 6
    assert refused.value.remedy_told()
    loader.close()


def test_a_stop_ends_the_writing(bench: Bench) -> None:
    kept = Kept()
    loader = bench.make(kept)
    loader.connect()
    missing = loader.missing(bench.image)
    kept.stop = True
    with pytest.raises(StoppedError):
        loader.write(bench.image, missing)
    loader.close()


def test_with_whole_everything_is_missing(bench: Bench) -> None:
    loader = bench.make(Kept())
    loader.connect()
    missing = loader.missing(bench.image, whole=True)
    assert sum(size for _, size in missing.pieces) >= bench.image.size
    loader.close()
