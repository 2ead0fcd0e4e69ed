"""The store: nothing unsound enters, nothing changed leaves, nothing is half made."""

from __future__ import annotations

import errno
import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.errors import DiskFullError
from stemkit.formats import firmware_lock
from stemkit.formats.errors import FirmwareImageError, ImageLayoutError
from stemkit.formats.firmware_lock import FirmwareLock, NotALockError
from stemkit.model.board import ImageFormat
from stemkit.model.firmware import Trust, version_order
from stemkit.storage.errors import (
    FirmwareChangedError,
    FirmwareDamagedError,
    NoSuchFirmwareError,
    StoreDamagedError,
)
from stemkit.storage.firmware_store import Arrival, FirmwareStore, Health
from tests.made_images import UFLASH, esp_firmware, pico2_uf2, pico_uf2, uf2_blocks

FILE = "ESP32_GENERIC-20241129-v1.24.1.bin"
ESP32 = esp_firmware("esp32")
OTHER = esp_firmware("esp32", size=0x5000)


def _from(file: str, trust: Trust = Trust.FIRST_USE) -> Arrival:
    return Arrival(file, "test", trust)


@pytest.fixture
def store(tmp_path: Path) -> FirmwareStore:
    return FirmwareStore(tmp_path / "firmware")


def test_an_image_is_described_by_what_is_in_it(store: FirmwareStore) -> None:
    image = store.add(ESP32, _from(FILE))
    assert (image.name, image.version, image.chips) == ("ESP32_GENERIC", "1.24.1", ("esp32",))
    assert image.format is ImageFormat.ESP
    assert image.build.startswith("MicroPython v1.24.1 on 2024-11-29; Generic ESP32")
    assert store.read(image) == ESP32
    assert store.all() == (image,)


@pytest.mark.parametrize(
    ("file", "data", "title"),
    [
        ("RPI_PICO-20241129-v1.24.1.uf2", pico_uf2(), "RPI_PICO@1.24.1"),
        ("RPI_PICO2-20250101-v9.9.9.uf2", pico2_uf2(), "RPI_PICO2@1.24.1"),
        ("ESP32_GENERIC-SPIRAM-20241129-v1.24.1.bin", ESP32, "ESP32_GENERIC-SPIRAM@1.24.1"),
        ("my firmware (2).bin", ESP32, "my-firmware-2@1.24.1"),
        ("..bin", ESP32, "firmware@1.24.1"),
        (
            "micropython-microbit-v2.1.2.hex",
            (UFLASH / "micropython-microbit-v2.1.2.hex").read_bytes(),
            "micropython-microbit-v2.1.2@2.1.2",
        ),
        (
            "ESP32_GENERIC-20250911-v1.27.0-preview.5.g1a2b3c.bin",
            esp_firmware("esp32", banner="MicroPython v1.27.0-preview.5.g1a2b3c on 2025-09-11"),
            "ESP32_GENERIC@1.27.0-preview.5.g1a2b3c",
        ),
    ],
)
def test_names_and_versions(store: FirmwareStore, file: str, data: bytes, title: str) -> None:
    assert store.add(data, _from(file)).title == title


def test_the_same_image_again_changes_nothing(store: FirmwareStore) -> None:
    first = store.add(ESP32, _from(FILE))
    before = (store.folder / "lock.json").read_bytes()
    assert store.add(ESP32, _from(FILE)) == first
    assert (store.folder / "lock.json").read_bytes() == before


def test_another_file_under_a_known_name_is_refused(store: FirmwareStore) -> None:
    store.add(ESP32, _from(FILE))
    for arrival in (_from(FILE), _from("x.bin", Trust.LOCAL)):
        with pytest.raises(FirmwareChangedError):
            store.add(OTHER, Arrival(arrival.file, "x", arrival.trust, "ESP32_GENERIC"))
    assert store.read(store.find("ESP32_GENERIC")) == ESP32


def test_the_first_hash_is_remembered_when_the_image_is_gone(store: FirmwareStore) -> None:
    store.remove(store.add(ESP32, _from(FILE)))
    assert store.all() == ()
    assert list((store.folder / "images").iterdir()) == []
    with pytest.raises(FirmwareChangedError):
        store.add(OTHER, _from(FILE))
    assert store.read(store.add(OTHER, _from(FILE), force=True)) == OTHER
    assert len(list((store.folder / "images").iterdir())) == 1


def test_a_persons_own_file_may_change_once_it_is_removed(store: FirmwareStore) -> None:
    store.remove(store.add(ESP32, _from("mine.bin", Trust.LOCAL)))
    assert store.add(OTHER, _from("mine.bin", Trust.LOCAL)).sha256


def test_images_are_found_by_what_people_type(store: FirmwareStore) -> None:
    old = store.add(
        esp_firmware("esp32", banner="MicroPython v1.9.4 on 2018-05-11"),
        _from("ESP32_GENERIC-20180511-v1.9.4.bin"),
    )
    new = store.add(ESP32, _from(FILE))
    preview = store.add(
        esp_firmware("esp32", banner="MicroPython v1.24.1-preview.3.gabc on 2024-11-20"),
        _from("ESP32_GENERIC-20241120-v1.24.1-preview.3.gabc.bin"),
    )
    for wanted in (
        "ESP32_GENERIC",
        "esp32_generic",
        "ESP32_GENERIC@1.24.1",
        "esp32_generic@v1.24.1",
    ):
        assert store.find(wanted) == new
    assert store.find("ESP32_GENERIC@1.9.4") == old
    assert store.find(new.sha256[:10]) == new
    assert store.find(FILE) == new
    assert store.all() == (new, preview, old)
    with pytest.raises(NoSuchFirmwareError) as error:
        store.find("RPI_PICO@1.0")
    assert "firmware fetch RPI_PICO" in error.value.remedy_told()


def test_a_changed_or_lost_image_never_leaves(store: FirmwareStore) -> None:
    image = store.add(ESP32, _from(FILE))
    path = store.path(image)
    path.write_bytes(ESP32[:-1] + b"\0")
    assert store.health(image) is Health.DAMAGED
    with pytest.raises(FirmwareDamagedError):
        store.read(image)
    path.unlink()
    assert store.health(image) is Health.MISSING
    with pytest.raises(FirmwareDamagedError):
        store.read(image)
    assert store.read(store.add(ESP32, _from(FILE))) == ESP32


def test_unsound_images_do_not_enter(store: FirmwareStore) -> None:
    stm32 = b"".join(uf2_blocks(0x57755A57, 0x8000000, bytes(300)))
    for data in (b"", b"<html>", ESP32[:-1], ESP32[:50000], b"PK\3\4" + bytes(100)):
        with pytest.raises(FirmwareImageError):
            store.add(data, _from(FILE))
    with pytest.raises(ImageLayoutError):
        store.add(stm32, _from("x.uf2"))
    assert not store.folder.exists()


def test_a_full_disk_leaves_the_store_as_it_was(
    store: FirmwareStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(ESP32, _from(FILE))
    before = _tree(store.folder)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFullError):
        store.add(pico_uf2(), _from("RPI_PICO-20241129-v1.24.1.uf2"))
    assert _tree(store.folder) == before


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != ".busy"}


def _add_many(folder: Path, number: int, go: Callable[[], object]) -> None:
    go()
    for minor in range(5):
        banner = f"MicroPython v{number}.{minor} on 2024-01-01"
        file = f"ESP32_GENERIC-20240101-v{number}.{minor}.bin"
        FirmwareStore(folder).add(esp_firmware("esp32", banner=banner, size=64), _from(file))


def test_several_processes_add_at_once(store: FirmwareStore) -> None:
    context = multiprocessing.get_context("fork")
    gate = context.Barrier(3)
    workers = [
        context.Process(target=_add_many, args=(store.folder, number, gate.wait))
        for number in range(1, 4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(store.all()) == 15
    assert all(store.health(image) is Health.OK for image in store.all())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "other"}', "[" * 5000])
def test_an_unreadable_list_is_told(store: FirmwareStore, text: str) -> None:
    store.folder.mkdir()
    (store.folder / "lock.json").write_text(text)
    with pytest.raises(StoreDamagedError):
        store.all()
    with pytest.raises(StoreDamagedError):
        store.add(ESP32, _from(FILE))
    assert (store.folder / "lock.json").read_text() == text


def test_the_lock_is_written_as_it_is_read(store: FirmwareStore) -> None:
    store.add(ESP32, _from(FILE))
    store.trust_key("ab" * 32)
    data = (store.folder / "lock.json").read_bytes()
    lock = firmware_lock.parse_lock(data)
    assert firmware_lock.dump_lock(lock) == data
    assert store.trusts_key("ab" * 32)
    assert not store.trusts_key("cd" * 32)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip


@given(st.data())
def test_any_json_is_a_lock_or_told(data: st.DataObject) -> None:
    good = json.loads(firmware_lock.dump_lock(FirmwareLock(pins={"a": "0" * 64})))
    row = {"name": "X", "version": "1", "file": "x.bin", "sha256": "0" * 64, "size": 1}
    row |= {"format": "esp", "trust": "local", "chips": [], "build": "", "source": "", "added": ""}
    good["images"] = [row]
    assert firmware_lock.parse_lock(json.dumps(good).encode()).images[0].name == "X"
    place = data.draw(st.sampled_from([good, row]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(json_values)
    text = json.dumps(good).encode()
    try:
        lock = firmware_lock.parse_lock(text)
    except NotALockError as error:
        assert str(error)
    else:
        assert firmware_lock.parse_lock(firmware_lock.dump_lock(lock)) == lock


@pytest.mark.parametrize("file", ["../x.bin", "/etc/passwd", "a/b", "a\\b", ".hidden", "", "x\n"])
def test_an_index_cannot_climb(file: str) -> None:
    row = {"name": "X", "version": "1", "file": file, "sha256": "0" * 64, "size": 1}
    body = {"schema": firmware_lock.INDEX_SCHEMA, "images": [row]}
    with pytest.raises(NotALockError):
        firmware_lock.parse_index(json.dumps(body).encode())


def test_versions_are_ordered_as_people_do() -> None:
    ordered = ["?", "1.9.4", "1.16-237-g1613dc8a1", "1.24.0-preview.2", "1.24.0", "1.24.1", "2.0"]
    shuffled = [*ordered[3:], *ordered[:3]]
    assert sorted(shuffled, key=version_order) == ordered
