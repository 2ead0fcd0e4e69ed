"""Fetching: micropython.org's layout, mirrors and packages, on servers good and bad."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stemkit.actions.firmware import care as firmware_care
from stemkit.actions.firmware.add import add_file
from stemkit.actions.firmware.fetch import Fetcher, Source
from stemkit.actions.firmware.kept import at_hand
from stemkit.actions.firmware.mirror import make_mirror
from stemkit.events import BoardFailed, BoardFinished, BoardStarted, Event, StepAdvanced
from stemkit.formats.errors import TruncatedImageError, WebPageError
from stemkit.model.firmware import Trust
from stemkit.signing import keys
from stemkit.signing.errors import SignatureWrongError
from stemkit.storage.catalogue import boards
from stemkit.storage.download import Limits
from stemkit.storage.errors import (
    FirmwareChangedError,
    MirrorFileDiffersError,
    MirrorIndexError,
    MirrorUnknownError,
    NoSuchFirmwareError,
    NotOfferedError,
    OfflineError,
    SeveralVersionsError,
    WrongFirmwareError,
)
from stemkit.storage.firmware_store import FirmwareStore
from tests.made_images import esp_firmware, pico_uf2
from tests.misbehaving_server import Site, serving

QUICK = Limits(pause_s=0.01)
NEW = esp_firmware("esp32")
OLD = esp_firmware("esp32", banner="MicroPython v1.23.0 on 2024-06-02; Generic ESP32")
PAGE = """<a href="/resources/firmware/ESP32_GENERIC-20241129-v1.24.1.bin">v1.24.1 .bin</a>
<a href="/resources/firmware/ESP32_GENERIC-20241129-v1.24.1.app-bin">.app-bin</a>
<a href="/resources/firmware/ESP32_GENERIC-20241129-v1.24.1.elf">.elf</a>
<a href="/resources/firmware/ESP32_GENERIC-SPIRAM-20250101-v1.25.0.bin">spiram</a>
<a href="/resources/firmware/ESP32_GENERIC-20250111-v1.25.0-preview.200.g1a2b3c4.bin">preview</a>
<a href="/resources/firmware/ESP32_GENERIC-20240602-v1.23.0.bin">v1.23.0 .bin</a>"""


@pytest.fixture
def site() -> Iterator[Site]:
    files = {
        "/download/ESP32_GENERIC/": PAGE.encode(),
        "/resources/firmware/ESP32_GENERIC-20241129-v1.24.1.bin": NEW,
        "/resources/firmware/ESP32_GENERIC-20240602-v1.23.0.bin": OLD,
        "/resources/firmware/RPI_PICO-20241129-v1.24.1.uf2": pico_uf2(),
        "/resources/firmware/ESP32_GENERIC_S3-20241129-v1.24.1.bin": NEW,
        "/some/where/club.bin?x=1": NEW,
    }
    site = Site(files)
    with serving(site):
        yield site


@pytest.fixture
def store(tmp_path: Path) -> FirmwareStore:
    return FirmwareStore(tmp_path / "firmware")


@pytest.fixture
def fetcher(store: FirmwareStore, site: Site) -> Fetcher:
    return Fetcher(store, boards(), Source(site.url, limits=QUICK))


@pytest.mark.parametrize("wanted", ["esp32", "ESP32_GENERIC", "esp32_generic"])
def test_the_newest_release_of_a_model(fetcher: Fetcher, wanted: str) -> None:
    image, is_new = fetcher.fetch(wanted)
    assert is_new
    assert (image.title, image.trust) == ("ESP32_GENERIC@1.24.1", Trust.FIRST_USE)
    assert image.source.endswith("/resources/firmware/ESP32_GENERIC-20241129-v1.24.1.bin")
    assert fetcher.store.read(image) == NEW
    assert list(fetcher.store.partial_folder.iterdir()) == []


def test_a_version_a_file_and_an_address(fetcher: Fetcher, site: Site) -> None:
    assert fetcher.fetch("esp32@1.23.0")[0].version == "1.23.0"
    assert fetcher.fetch("esp32@v1.23.0") == (fetcher.store.find("ESP32_GENERIC@1.23.0"), False)
    assert fetcher.fetch("RPI_PICO-20241129-v1.24.1.uf2")[0].chips == ("rp2040",)
    assert fetcher.fetch(f"{site.url}/some/where/club.bin?x=1")[0].title == "club@1.24.1"


def test_a_local_file_needs_no_network(
    fetcher: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEMKIT_OFFLINE", "1")
    path = tmp_path / "ESP32_GENERIC-20241129-v1.24.1.bin"
    path.write_bytes(NEW)
    image, is_new = fetcher.fetch(str(path))
    assert (image.title, image.trust, is_new) == ("ESP32_GENERIC@1.24.1", Trust.LOCAL, True)
    assert fetcher.fetch(str(path)) == (image, False)


@pytest.mark.parametrize("wanted", ["esp32@9.9", "NO_SUCH_BOARD", "esp32-c3"])
def test_what_the_site_has_not_is_told(fetcher: Fetcher, wanted: str) -> None:
    with pytest.raises(NotOfferedError):
        fetcher.fetch(wanted)
    assert not fetcher.store.folder.exists()


def test_what_is_here_is_not_fetched_again(
    fetcher: Fetcher, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetcher.fetch("esp32@1.24.1")
    site.requests.clear()
    monkeypatch.setenv("STEMKIT_OFFLINE", "1")
    assert fetcher.fetch("esp32@1.24.1")[1] is False
    assert fetcher.fetch("ESP32_GENERIC-20241129-v1.24.1.bin")[1] is False
    assert site.requests == []
    with pytest.raises(OfflineError):
        fetcher.fetch("esp32")


def test_a_page_instead_of_firmware_does_not_enter(fetcher: Fetcher, site: Site) -> None:
    site.faults.extend([("page", PAGE), ("page", "<html>Please log in to this network</html>")])
    with pytest.raises(WebPageError):
        fetcher.fetch("esp32")
    assert not fetcher.store.folder.exists() or fetcher.store.all() == ()
    assert fetcher.fetch("esp32")[1]


def test_a_truncated_file_on_the_server_does_not_enter(fetcher: Fetcher, site: Site) -> None:
    site.files["/resources/firmware/ESP32_GENERIC-20241129-v1.24.1.bin"] = NEW[:-100]
    with pytest.raises(TruncatedImageError):
        fetcher.fetch("esp32")
    assert list(fetcher.store.partial_folder.iterdir()) == []
    assert fetcher.store.all() == ()


def test_a_file_for_another_chip_is_refused(fetcher: Fetcher) -> None:
    with pytest.raises(WrongFirmwareError) as error:
        fetcher.fetch("ESP32_GENERIC_S3-20241129-v1.24.1.bin")
    assert "esp32s3" in error.value.told()
    assert fetcher.store.all() == ()


def test_a_file_that_changed_on_the_site_is_refused(fetcher: Fetcher, site: Site) -> None:
    image, _ = fetcher.fetch("esp32")
    fetcher.store.remove(image)
    changed = esp_firmware("esp32", size=0x5000)
    site.files["/resources/firmware/ESP32_GENERIC-20241129-v1.24.1.bin"] = changed
    with pytest.raises(FirmwareChangedError):
        fetcher.fetch("esp32")
    assert fetcher.store.all() == ()
    assert replace(fetcher, force=True).fetch("esp32")[1]


def test_one_failure_does_not_stop_the_others(fetcher: Fetcher) -> None:
    events: list[Event] = []
    results = replace(fetcher, sink=events.append).fetch_all(("NO_BOARD", "esp32"))
    assert [result.error is None for result in results] == [False, True]
    kinds = [type(event) for event in events if not isinstance(event, StepAdvanced)]
    assert kinds[:2] == [BoardStarted, BoardFailed]
    assert kinds[2] is BoardStarted
    assert kinds[-1] is BoardFinished
    boards_seen = {event.board for event in events}
    assert boards_seen == {"NO_BOARD", "esp32"}


@pytest.mark.parametrize(
    ("wanted", "chips"),
    [
        ("microbit-v1", ("nrf51822",)),
        ("microbit-v2", ("nrf52833",)),
        ("micropython-microbit-universal", ("nrf51822", "nrf52833")),
    ],
)
def test_the_microbit_needs_no_network(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, wanted: str, chips: tuple[str, ...]
) -> None:
    monkeypatch.setenv("STEMKIT_OFFLINE", "1")
    image, is_new = fetcher.fetch(wanted)
    assert (image.chips, image.trust, is_new) == (chips, Trust.BUNDLED, True)
    assert fetcher.fetch(wanted) == (image, False)


def test_what_packages_carry_is_at_hand(store: FirmwareStore) -> None:
    image = at_hand(store, "micropython-microbit-v2@2.1.2")
    assert at_hand(store, "micropython-microbit-v2") == image
    for wanted in ("micropython-microbit-v2@9.9", "RPI_PICO"):
        with pytest.raises(NoSuchFirmwareError):
            at_hand(store, wanted)


@pytest.fixture
def mirror(tmp_path: Path, store: FirmwareStore) -> tuple[Path, str]:
    """A mirror folder of another computer, and its key's number."""
    other = FirmwareStore(tmp_path / "other")
    for name, data in {
        "ESP32_GENERIC-20241129-v1.24.1.bin": NEW,
        "ESP32_GENERIC-20240602-v1.23.0.bin": OLD,
        "RPI_PICO-20241129-v1.24.1.uf2": pico_uf2(),
    }.items():
        path = tmp_path / name
        path.write_bytes(data)
        add_file(other, path)
    folder = tmp_path / "mirror"
    made = make_mirror(other, folder, tmp_path / "keys" / "mirror.pem")
    assert (tmp_path / "keys" / "mirror.pem").stat().st_mode & 0o077 == 0
    return folder, made.fingerprint


def _from(store: FirmwareStore, place: object, key: str | None = None) -> Fetcher:
    return Fetcher(store, boards(), Source(mirror=str(place), key=key, limits=QUICK))


@pytest.mark.parametrize("served", [False, True], ids=["folder", "http"])
def test_a_mirror_is_believed_once_its_key_is_accepted(
    store: FirmwareStore, mirror: tuple[Path, str], served: bool
) -> None:
    folder, number = mirror
    site = Site({f"/m/{path.name}": path.read_bytes() for path in folder.iterdir()})
    with serving(site):
        place = f"{site.url}/m/" if served else folder
        with pytest.raises(MirrorUnknownError) as error:
            _from(store, place).fetch("esp32")
        assert number in error.value.remedy_told()
        with pytest.raises(MirrorUnknownError):
            _from(store, place, "0" * 64).fetch("esp32")
        spoken = ":".join(number[i : i + 2] for i in range(0, 64, 2)).upper()
        image, is_new = _from(store, place, spoken).fetch("esp32")
        assert (image.title, image.trust, is_new) == (
            "ESP32_GENERIC@1.24.1",
            Trust.SIGNED,
            True,
        )
        assert _from(store, place).fetch("esp32@1.23.0")[0].version == "1.23.0"
        with pytest.raises(NotOfferedError):
            _from(store, place).fetch("esp32-s3")


def test_a_changed_index_or_file_is_refused(store: FirmwareStore, mirror: tuple[Path, str]) -> None:
    folder, number = mirror
    image = folder / "ESP32_GENERIC-20241129-v1.24.1.bin"
    image.write_bytes(esp_firmware("esp32", size=0x5000))
    with pytest.raises(MirrorFileDiffersError):
        _from(store, folder, number).fetch("esp32")
    index = folder / "index.json"
    index.write_bytes(index.read_bytes().replace(b"1.24.1", b"1.24.2"))
    with pytest.raises(SignatureWrongError):
        _from(store, folder, number).fetch("esp32")
    assert store.all() == ()
    assert not store.partial_folder.exists() or list(store.partial_folder.iterdir()) == []


def test_another_key_is_another_mirror(store: FirmwareStore, mirror: tuple[Path, str]) -> None:
    folder, number = mirror
    _from(store, folder, number).fetch("pico")
    private = keys.new_private_key()
    index = (folder / "index.json").read_bytes()
    (folder / "index.pub").write_bytes(keys.public_key(private))
    (folder / "index.json.sig").write_bytes(base64.b64encode(keys.sign(private, index)))
    with pytest.raises(MirrorUnknownError):
        _from(store, folder).fetch("esp32")


@pytest.mark.parametrize("missing", ["index.json", "index.json.sig", "index.pub"])
def test_a_folder_without_an_index_is_no_mirror(
    store: FirmwareStore, mirror: tuple[Path, str], missing: str
) -> None:
    folder, number = mirror
    (folder / missing).unlink()
    with pytest.raises(MirrorIndexError):
        _from(store, folder, number).fetch("esp32")
    with pytest.raises(MirrorIndexError):
        _from(store, folder / "nowhere", number).fetch("esp32")


def test_a_signed_index_that_climbs_is_refused(
    store: FirmwareStore, mirror: tuple[Path, str], tmp_path: Path
) -> None:
    folder, number = mirror
    private = (tmp_path / "keys" / "mirror.pem").read_bytes()
    body = json.loads((folder / "index.json").read_bytes())
    body["images"][0]["file"] = "../../secret"
    index = json.dumps(body).encode()
    (folder / "index.json").write_bytes(index)
    (folder / "index.json.sig").write_bytes(base64.b64encode(keys.sign(private, index)))
    with pytest.raises(MirrorIndexError):
        _from(store, folder, number).fetch("esp32")


def test_a_mirror_made_again_keeps_its_key(
    store: FirmwareStore, mirror: tuple[Path, str], tmp_path: Path
) -> None:
    _, number = mirror
    again = make_mirror(
        FirmwareStore(tmp_path / "other"), tmp_path / "usb", tmp_path / "keys" / "mirror.pem",
        ("RPI_PICO",),
    )  # fmt: skip
    assert again.fingerprint == number
    assert sorted(path.name for path in (tmp_path / "usb").iterdir()) == [
        "RPI_PICO-20241129-v1.24.1.uf2",
        "index.json",
        "index.json.sig",
        "index.pub",
    ]


def test_removing_asks_which_of_several(fetcher: Fetcher) -> None:
    fetcher.fetch("esp32@1.23.0")
    fetcher.fetch("esp32@1.24.1")
    with pytest.raises(SeveralVersionsError) as error:
        firmware_care.remove(fetcher.store, "esp32_generic")
    assert "1.23.0" in error.value.told()
    assert firmware_care.remove(fetcher.store, "esp32_generic@1.23.0").version == "1.23.0"
    assert firmware_care.remove(fetcher.store, "ESP32_GENERIC").version == "1.24.1"
    assert firmware_care.check(fetcher.store) == ()
