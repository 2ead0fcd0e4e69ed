"""A folder that behaves as the drive of a boot ROM or of DAPLink does: the answers of the OS."""

from __future__ import annotations

import shutil
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RP2040_INFO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"
RP2350_INFO = "UF2 Bootloader v1.0\r\nModel: Raspberry Pi RP2350\r\nBoard-ID: RP2350\r\n"
MICROBIT_V1 = "# DAPLink Firmware - see https://mbed.com/daplink\r\nUnique ID: 9901000051864e45\r\n"
MICROBIT_V2 = "# DAPLink Firmware - see https://mbed.com/daplink\r\nUnique ID: 9904360259144e45\r\n"


class Drive:
    """`took` is what the board got; `refuses` and `stuck` are how it misbehaves."""

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self.folder = folder
        self.took = b""
        self.refuses = ""
        self.stuck = False
        self.vanish_at: int | None = None
        self._files = files
        self._done = threading.Event()
        self._mount()

    def _mount(self, more: dict[str, str] | None = None) -> None:
        """All files appear at once, as a volume does when the system mounts it."""
        new = self.folder.with_name(f".{self.folder.name}.new")
        new.mkdir(parents=True)
        for name, text in {**self._files, **(more or {})}.items():
            (new / name).write_text(text)
        new.rename(self.folder)

    def watch(self) -> None:
        while not self._done.is_set():
            time.sleep(0.005)
            for path in [*self.folder.glob("*.uf2"), *self.folder.glob("*.hex")]:
                self._look(path)

    def _look(self, path: Path) -> None:
        try:
            data = path.read_bytes()
        except OSError:
            return
        if self.vanish_at is not None and len(data) >= self.vanish_at:
            shutil.rmtree(self.folder)
        elif _is_whole(path, data) and not self.stuck:
            self.took = data
            shutil.rmtree(self.folder)
            if path.suffix == ".hex":
                time.sleep(0.1)
                self._mount({"FAIL.TXT": self.refuses} if self.refuses else None)

    def end(self) -> None:
        self._done.set()


def _is_whole(path: Path, data: bytes) -> bool:
    if path.suffix == ".hex":
        return data.rstrip().endswith(b":00000001FF")
    return len(data) >= 512 and len(data) == 512 * struct.unpack_from("<I", data, 24)[0]


@contextmanager
def drive(folder: Path, files: dict[str, str]) -> Iterator[Drive]:
    made = Drive(folder, files)
    thread = threading.Thread(target=made.watch)
    thread.start()
    try:
        yield made
    finally:
        made.end()
        thread.join()


@contextmanager
def pico(folder: Path, info: str = RP2040_INFO) -> Iterator[Drive]:
    with drive(folder / "RPI-RP2", {"INFO_UF2.TXT": info, "INDEX.HTM": "<html>"}) as made:
        yield made


@contextmanager
def microbit(folder: Path, details: str = MICROBIT_V2) -> Iterator[Drive]:
    with drive(folder / "MICROBIT", {"DETAILS.TXT": details, "MICROBIT.HTM": "<html>"}) as made:
        yield made
