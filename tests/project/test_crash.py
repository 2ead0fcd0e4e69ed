"""Killed, or out of disk, at any moment: the old package or the new one, and nothing beside it."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stemkit.actions.keys import own as keys
from stemkit.actions.projects.sign import SignWanted, sign
from stemkit.actions.projects.verify import VerifyWanted, verify
from stemkit.errors import DiskFullError
from stemkit.model.verdict import Answer

from .made import made_project, packed

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
MOMENTS = 30


def sound(package: Path) -> bool:
    return verify(package, VerifyWanted(run=False)).check("intact").answer is Answer.YES


def killed_at(seconds: float, work: Callable[[], object]) -> bool:
    """Run `work` in a process of its own and kill that; False where it was done before."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(seconds)
    ended, _ = os.waitpid(child, os.WNOHANG)
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return not ended


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = made_project(tmp_path / "thermo")
    chance = random.Random(1)
    for number in range(3):
        (folder / "media" / f"film-{number}.bin").write_bytes(chance.randbytes(1 << 20))
    return folder


@pytest.mark.parametrize("step", ["pack", "pack over", "sign"])
def test_kill_leaves_the_old_or_the_new_package(project: Path, tmp_path: Path, step: str) -> None:
    keys.new_key("team")
    home = tmp_path / "out"
    home.mkdir()
    package = home / "thermo.zip"

    def work() -> object:
        if step == "sign":
            return sign(package, SignWanted(force=True))
        return packed(project, package, force=True)

    packed(project, package)
    work()  # everything is loaded now
    began_s = time.perf_counter()
    work()
    took_s = time.perf_counter() - began_s
    chance = random.Random(2)
    killed = 0
    for moment in range(MOMENTS):
        if step == "pack":
            package.unlink(missing_ok=True)
        (project / "README.md").write_text(f"{moment}")
        killed += killed_at(chance.uniform(0, took_s), work)
        there = [path.name for path in home.iterdir()]
        assert there in ([package.name], [] if step == "pack" else [package.name])
        assert not there or sound(package)
    assert killed > MOMENTS / 5
    packed(project, package, force=True)
    assert sound(package)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if sys.platform == "win32" or os.getuid() != 0:
        pytest.skip("mounts a small disk")
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("may not mount here")
    yield disk
    subprocess.run(["umount", str(disk)], check=False)


@pytest.mark.parametrize("step", ["pack", "sign"])
def test_a_full_disk_leaves_the_old_package(tmp_path: Path, small_disk: Path, step: str) -> None:
    keys.new_key("team")
    project = made_project(tmp_path / "thermo")
    (project / "media" / "film.bin").write_bytes(random.Random(3).randbytes(600_000))
    package = small_disk / "thermo.zip"
    packed(project, package)
    work: dict[str, Callable[[], object]] = {
        "pack": lambda: packed(project, package, force=True),
        "sign": lambda: sign(package, SignWanted()),
    }
    before = package.read_bytes()
    chance = random.Random(4)
    filler = small_disk / "filler"
    for _ in range(MOMENTS):
        room = chance.randrange(0, len(before) - 8192)
        free = os.statvfs(small_disk)
        filler.write_bytes(bytes(max(0, free.f_bavail * free.f_bsize - room)))
        with pytest.raises(DiskFullError, match=re.escape(str(small_disk))):
            work[step]()
        assert sorted(path.name for path in small_disk.iterdir()) == ["filler", "thermo.zip"]
        assert package.read_bytes() == before
        filler.unlink()
    sign(package, SignWanted())
    assert sound(package)
