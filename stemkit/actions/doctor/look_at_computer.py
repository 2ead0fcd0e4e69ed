"""This computer: disk, folder, store, virtual boards, programs that take ports."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

from stemkit import __version__
from stemkit.actions.doctor import findings
from stemkit.actions.doctor.computer import Computer
from stemkit.actions.doctor.findings import Finding
from stemkit.errors import StemkitError
from stemkit.storage.firmware_store import FirmwareStore, Health
from stemkit.virtual.start import require_virtual
from stemkit.words import number

# Firmware for a club's boards takes some 10 MB, an hour's recording of 20 boards some 5 MB.
LOW_MB = 200


def look_at_computer(computer: Computer) -> Iterator[Finding]:
    """What does not depend on any board."""
    yield Finding(
        findings.SYSTEM,
        {
            "version": __version__,
            "python": platform.python_version(),
            "system": f"{computer.system} {computer.release}",
        },
    )
    yield from _disk(computer)
    yield from _store(computer.store)
    yield _virtual()
    if "microsoft" in computer.release.lower():
        yield Finding(findings.SUBSYSTEM)
    if "ModemManager" in computer.programs():
        yield Finding(findings.MODEM_MANAGER)


def _disk(computer: Computer) -> Iterator[Finding]:
    path = computer.home
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"stemkit")
    except OSError:
        yield Finding(findings.FOLDER_CLOSED, {"path": path})
        return
    free = computer.free_bytes(path)
    kind = findings.DISK_LOW if free < LOW_MB * 1_000_000 else findings.DISK_FINE
    told = {"free_mb": free // 1_000_000, "free_gb": number(free / 1e9)}
    yield Finding(kind, {**told, "path": path})


def _store(folder: Path) -> Iterator[Finding]:
    store = FirmwareStore(folder)
    try:
        images = store.all()
        bad = [image.title for image in images if store.health(image) is not Health.OK]
    except StemkitError as error:
        fields = {"reason": error.told(), "remedy": error.remedy_told()}
        yield Finding(findings.STORE_UNREADABLE, dict(fields))
        return
    if bad:
        yield Finding(findings.STORE_DAMAGED, {"images": ", ".join(bad)})
    elif images:
        yield Finding(findings.STORE_FINE, {"count": len(images)})
    else:
        yield Finding(findings.STORE_EMPTY)


def _virtual() -> Finding:
    try:
        require_virtual()
    except StemkitError as error:
        fields = {"reason": error.told(), "remedy": error.remedy_told()}
        return Finding(findings.VIRTUAL_NOT, dict(fields))
    return Finding(findings.VIRTUAL_FINE)
