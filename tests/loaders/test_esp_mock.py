"""The ESP loader against esp32-mock-bootloader as it comes: somebody else's idea of the ROM."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from esp32_mock_bootloader.chips import SUPPORTED

from stemkit.links import open_link
from stemkit.loaders.base import LoadImage, Part
from stemkit.loaders.errors import FlashTooSmallError, StoppedError, VerifyError, WrongChipError
from stemkit.loaders.esp import EspLoader, EspShared
from tests.loaders.bench import Kept, image_for, mock_board, noise
from tests.made_images import esp32_image


@contextmanager
def loader_at(port: str, kept: Kept | None = None, rate: int = 921600) -> Iterator[EspLoader]:
    link = open_link(port)
    loader = EspLoader(link, (kept or Kept()).attempt(), EspShared(), rate)
    try:
        yield loader
    finally:
        loader.close()
        link.close()


@pytest.fixture(params=SUPPORTED)
def chip_and_port(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    with mock_board(request.param) as port:
        yield request.param, port


@pytest.fixture
def esp32() -> Iterator[str]:
    with mock_board("esp32") as port:
        yield port


def flash(loader: EspLoader, image: LoadImage) -> int:
    loader.check(image)
    missing = loader.missing(image)
    sent = loader.write(image, missing) if missing else 0
    loader.verify(image)
    return sent


def test_every_chip_is_flashed_verified_skipped_and_refused(chip_and_port: tuple[str, str]) -> None:
    chip, port = chip_and_port
    image = image_for(chip)
    other = image_for("esp32s3" if chip == "esp32" else "esp32", seed=1)
    with loader_at(port) as loader:
        assert loader.connect().name == chip
        with pytest.raises(WrongChipError) as refused:
            loader.check(other)
        assert refused.value.exit_code == 6
        assert chip in refused.value.told()
        # Nothing was written: the place is still erased.
        erased = LoadImage("x", frozenset({chip}), (Part(0x10000, b"\xff" * image.size),))
        assert not loader.missing(erased)
        assert flash(loader, image) > 0
    with loader_at(port) as loader:
        loader.connect()
        assert not loader.missing(image)
        loader.verify(image)
        loader.start()


def test_the_real_image(esp32: str) -> None:
    image = LoadImage("etboard", frozenset({"esp32"}), (Part(0x1000, esp32_image()),))
    kept = Kept()
    with loader_at(esp32, kept) as loader:
        chip = loader.connect()
        assert chip.unique_id is not None
        assert len(bytes.fromhex(chip.unique_id)) == 6
        assert chip.flash_bytes == 4 << 20
        # What esptool 5.6 itself sends for this image.
        assert flash(loader, image) == 985_616
    assert kept.steps() == ["Connecting", "Comparing", "Writing", "Verifying"]
    assert kept.written() == sorted(kept.written())
    assert kept.written()[-1] == 985_616


def test_only_what_differs_is_sent(esp32: str) -> None:
    before = image_for("esp32", size=0x80000)
    data = bytearray(before.parts[0].data)
    data[0x30000] ^= 1
    after = LoadImage("after", before.chips, (Part(0x10000, bytes(data)),))
    with loader_at(esp32) as loader:
        loader.connect()
        flash(loader, before)
        missing = loader.missing(after)
        assert missing.pieces == ((0x10000 + 0x20000, 0x20000),)
        assert loader.write(after, missing) < 0x20000
        loader.verify(after)


def test_an_interrupted_flash_goes_on_where_it_stopped(esp32: str) -> None:
    image = image_for("esp32", size=0x80000)
    kept = Kept()

    def stop_in_the_middle(event: object) -> None:
        kept(event)  # type: ignore[arg-type]
        kept.stop = bool(kept.written()) and kept.written()[-1] > 200_000

    link = open_link(esp32)
    attempt = kept.attempt()
    loader = EspLoader(
        link, type(attempt)("board", stop_in_the_middle, attempt.stopped), EspShared()
    )
    loader.connect()
    missing = loader.missing(image)
    with pytest.raises(StoppedError):
        loader.write(image, missing)
    link.close()
    with loader_at(esp32) as again:
        again.connect()
        with pytest.raises(VerifyError):
            again.verify(image)
        rest = again.missing(image)
        assert 0 < rest.total < missing.total * 0.8
        again.write(image, rest)
        again.verify(image)


def test_parts_at_several_places(esp32: str) -> None:
    image = LoadImage(
        "two", frozenset({"esp32"}), (Part(0x1000, noise(5001)), Part(0x200000, noise(4096, 2)))
    )
    with loader_at(esp32) as loader:
        loader.connect()
        flash(loader, image)
        # An odd size is filled up to whole words with what erased flash holds.
        filled = Part(0x1000, noise(5001) + b"\xff\xff\xff")
        assert not loader.missing(LoadImage("filled", image.chips, (filled, image.parts[1])))


def test_an_image_that_does_not_fit_is_refused(esp32: str) -> None:
    with loader_at(esp32) as loader:
        loader.connect()
        with pytest.raises(FlashTooSmallError):
            loader.check(image_for("esp32", address=(4 << 20) - 0x1000))


def test_a_revision_that_the_image_cannot_run_on_is_refused(esp32: str) -> None:
    with loader_at(esp32) as loader:
        loader.connect()
        good = image_for("esp32")
        loader.check(LoadImage(good.name, good.chips, good.parts, 0, 9999))
        with pytest.raises(Exception, match=r"needs >= v98\.76"):
            loader.check(LoadImage(good.name, good.chips, good.parts, 9876))


def test_the_esp8266_header_gets_the_size_of_the_flash() -> None:
    data = b"\xe9\x01\x02\x20" + noise(0x5000)
    image = LoadImage("8266", frozenset({"esp8266"}), (Part(0, data),))
    with mock_board("esp8266") as port, loader_at(port) as loader:
        loader.connect()
        flash(loader, image)
        written = b"\xe9\x01\x02\x40" + data[4:]
        # 0x40 is 4 MB, which is what the mock's flash id says; asked past the header patch.
        assert not loader.missing(LoadImage("as is", image.chips, (Part(0, written),)))
        tail = Part(4, written[4:])
        assert not loader.missing(LoadImage("tail", image.chips, (tail,)))


def test_over_a_pseudo_terminal_without_modem_lines() -> None:
    image = image_for("esp32s3", size=0x20000)
    with mock_board("esp32s3", pty=True) as port:
        with loader_at(port) as loader:
            assert loader.connect().name == "esp32s3"
            assert flash(loader, image) > 0
        # The stub that the first session left behind still listens at 921600.
        with loader_at(port) as loader:
            loader.connect()
            assert not loader.missing(image)


def test_stop_before_anything(esp32: str) -> None:
    kept = Kept(stop=True)
    with loader_at(esp32, kept) as loader, pytest.raises(StoppedError):
        loader.connect()


def test_nothing_reaches_standard_output(esp32: str, capfd: pytest.CaptureFixture[str]) -> None:
    with loader_at(esp32) as loader:
        loader.connect()
        flash(loader, image_for("esp32"))
        loader.start()
    assert capfd.readouterr() == ("", "")
