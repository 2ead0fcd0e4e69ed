"""Downloads from a server that misbehaves: whole or not at all, resumed, never hanging."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stemkit.errors import DiskFullError, StemkitError
from stemkit.storage.download import Limits, fetch_bytes, fetch_file
from stemkit.storage.errors import (
    DownloadBrokenError,
    DownloadTooLargeError,
    NoNetworkError,
    NotOnServerError,
    OfflineError,
    ServerRefusedError,
    UnsafeAddressError,
)
from tests.misbehaving_server import Site, serving

DATA = bytes(range(256)) * 1024
# A busy machine may answer late: only who waits for a silent server is in a hurry.
QUICK = Limits(pause_s=0.01, max_bytes=1 << 20)
HASTY = replace(QUICK, timeout_s=0.4, slowest_window_s=0.3)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site({"/image.bin": DATA})
    with serving(site):
        yield site


def _fetch(site: Site, path: Path, limits: Limits = QUICK) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    fetch_file(
        f"{site.url}/image.bin", path, limits, lambda done, total: seen.append((done, total))
    )
    return seen


def _nothing_beside(path: Path) -> bool:
    return [entry.name for entry in path.parent.iterdir()] in ([], [path.name])


def test_a_file_arrives_whole(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "part"
    seen = _fetch(site, path)
    assert path.read_bytes() == DATA
    assert seen[-1] == (len(DATA), len(DATA))
    assert _nothing_beside(path)


@pytest.mark.parametrize("at", [0, 1, 1000, 70000, len(DATA) - 1])
def test_a_dropped_line_is_resumed(site: Site, tmp_path: Path, at: int) -> None:
    path = tmp_path / "part"
    site.faults.append(("drop", at))
    _fetch(site, path)
    assert path.read_bytes() == DATA
    ranges = [wanted for _, wanted in site.requests]
    # A reset may take with it what was on its way.
    assert len(ranges) == 2
    assert ranges[0] is None
    if ranges[1]:
        assert 0 < int(ranges[1][6:-1]) <= at


def test_many_drops_are_survived_as_long_as_each_try_brings_more(
    site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "part"
    site.faults.extend([("drop", 30000)] * 7)
    _fetch(site, path, replace(QUICK, tries=2, worth_bytes=5000))
    assert path.read_bytes() == DATA


def test_a_line_that_stays_down_is_told_and_the_next_command_goes_on(
    site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "part"
    site.faults.extend([("drop", 90000), *[("nothing", 0)] * 4])
    with pytest.raises(DownloadBrokenError) as error:
        _fetch(site, path)
    assert 0 < int(str(error.value.fields["done"])) <= 90000
    site.requests.clear()
    _fetch(site, path)
    assert path.read_bytes() == DATA
    assert site.requests[0][1] is not None


@pytest.mark.parametrize("etag", [None, lambda data: f'W/"{len(data)}"'])
def test_a_server_without_a_mark_is_resumed_by_its_size(site: Site, tmp_path: Path, etag) -> None:
    path = tmp_path / "part"
    site.etag = etag
    site.faults.append(("drop", 100000))
    _fetch(site, path)
    assert path.read_bytes() == DATA


def test_a_server_that_cannot_resume_starts_over(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "part"
    site.ranges = False
    site.faults.append(("drop", 100000))
    seen = _fetch(site, path)
    assert path.read_bytes() == DATA
    assert seen[-1] == (len(DATA), len(DATA))


def test_a_file_that_changed_in_between_is_not_patched_together(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "part"
    site.faults.extend([("drop", 100000), *[("nothing", 0)] * 4])
    with pytest.raises(DownloadBrokenError):
        _fetch(site, path)
    site.files["/image.bin"] = DATA[::-1]
    _fetch(site, path)
    assert path.read_bytes() == DATA[::-1]


def test_a_shorter_file_or_a_wrong_range_starts_over(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "part"
    site.etag = None
    site.faults.extend([("drop", 100000), *[("nothing", 0)] * 4])
    with pytest.raises(DownloadBrokenError):
        _fetch(site, path)
    site.files["/image.bin"] = DATA[:60000]
    site.faults.append(("status", 416))
    _fetch(site, path)
    assert path.read_bytes() == DATA[:60000]
    path.unlink()
    site.faults.extend([("drop", 30000), ("wrong-range", 0)])
    _fetch(site, path)
    assert path.read_bytes() == DATA[:60000]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (("status", 404), NotOnServerError),
        (("status", 410), NotOnServerError),
        (("status", 403), ServerRefusedError),
        (("status", 500), ServerRefusedError),
        (("stall", 500), DownloadBrokenError),
        (("stall", 0), DownloadBrokenError),
        (("drip", 1), DownloadBrokenError),
        (("nothing", 0), DownloadBrokenError),
        (("length", 2 << 20), DownloadTooLargeError),
        (("endless", 0), DownloadTooLargeError),
        (("redirect", "file:///etc/passwd"), UnsafeAddressError),
        (("redirect", "ftp://127.0.0.1/x"), UnsafeAddressError),
        (("redirect", "/image.bin"), ServerRefusedError),
    ],
)
def test_a_server_that_keeps_misbehaving_is_told_in_time(
    site: Site, tmp_path: Path, fault, error
) -> None:
    site.faults.extend([fault] * 20)
    limits = HASTY if fault[0] in ("stall", "drip") else QUICK
    with pytest.raises(error) as raised:
        _fetch(site, tmp_path / "part", replace(limits, tries=2))
    assert len(site.requests) <= 10
    assert "127.0.0.1" in raised.value.told() or "://" in raised.value.told()


def test_a_busy_server_is_asked_again(site: Site, tmp_path: Path) -> None:
    site.faults.extend([("status", 503), ("status", 429)])
    _fetch(site, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == DATA


def test_a_redirect_within_the_web_is_followed(site: Site, tmp_path: Path) -> None:
    site.faults.append(("redirect", f"{site.url}/image.bin"))
    _fetch(site, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == DATA


def test_a_closed_port_and_an_unknown_host_are_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/x", "http://no-such-host.invalid/x"):
        with pytest.raises(NoNetworkError) as error:
            fetch_file(url, tmp_path / "part", QUICK)
        assert "USB" in error.value.remedy_told()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x/y", "http://", "http://[x/y", "http://a b/c", "x"]
)
def test_what_is_no_web_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises((UnsafeAddressError, NoNetworkError)):
        fetch_file(url, tmp_path / "part", QUICK)


def test_offline_asks_nobody(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEMKIT_OFFLINE", "1")
    for ask in (
        lambda: _fetch(site, tmp_path / "part"),
        lambda: fetch_bytes(f"{site.url}/image.bin", QUICK),
    ):
        with pytest.raises(OfflineError):
            ask()
    assert site.requests == []
    monkeypatch.setenv("STEMKIT_OFFLINE", "0")
    _fetch(site, tmp_path / "part")


def test_small_files_come_whole_or_not(site: Site) -> None:
    url = f"{site.url}/image.bin"
    site.faults.append(("drop", 1000))
    assert fetch_bytes(url, QUICK) == DATA
    with pytest.raises(DownloadTooLargeError):
        fetch_bytes(url, QUICK, max_bytes=1000)
    site.faults.extend([("length", len(DATA) + 1)] * 4)
    with pytest.raises(DownloadBrokenError):
        fetch_bytes(url, QUICK)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_nothing(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "part"
    # Where an earlier try left its notes, what lies there is gone on with.
    notes = {"url": f"{site.url}/image.bin", "validator": "x", "total": 0}
    path.with_name("part.json").write_text(json.dumps(notes))
    path.symlink_to("/dev/full")
    with pytest.raises(DiskFullError):
        _fetch(site, path)
    assert list(tmp_path.iterdir()) == []


def test_every_error_of_a_download_has_a_remedy(site: Site, tmp_path: Path) -> None:
    site.faults.append(("status", 404))
    with pytest.raises(StemkitError) as error:
        _fetch(site, tmp_path / "part")
    assert error.value.remedy_told()
