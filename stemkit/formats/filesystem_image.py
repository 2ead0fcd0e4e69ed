"""A littlefs2 file system as an image, made on this computer for MicroPython to mount.

The only module that imports littlefs. littlefs: github.com/littlefs-project/littlefs, SPEC.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from stemkit.formats.errors import BoardFileNameError, BoardFullError, FilesystemDamagedError

if TYPE_CHECKING:
    from littlefs import LittleFS

# MicroPython before v1.21 has a littlefs that refuses the newer 2.1; every newer one reads 2.0.
_DISK_VERSION: Final = 0x00020000
# extmod/vfs_lfsx.c: MicroPython gives littlefs a cache of four times the program size, and a
# small file that lies in its directory entry must fit into the reader's cache.
_CACHE_PROGRAMS: Final = 4
_NAME_MAX_BYTES: Final = 255


@dataclass(frozen=True, slots=True)
class Geometry:
    """The stretch of flash that holds the file system, as MicroPython's port mounts it."""

    block_bytes: int
    block_count: int
    progsize_bytes: int

    @property
    def size(self) -> int:
        """Bytes of the whole file system."""
        return self.block_bytes * self.block_count


@dataclass(frozen=True, slots=True)
class FilesystemImage:
    """A file system: `data` is all of it, `used_blocks` are those that must be written.

    What other blocks of the flash hold does not matter to it.
    """

    geometry: Geometry
    data: bytes
    used_blocks: tuple[int, ...]

    def pieces(self, address: int) -> list[tuple[int, bytes]]:
        """The used blocks as stretches of memory for a file system that begins at `address`."""
        size = self.geometry.block_bytes
        return [
            (address + first * size, self.data[first * size : (last + 1) * size])
            for first, last in _runs(self.used_blocks)
        ]


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def build(files: Mapping[str, bytes], geometry: Geometry) -> FilesystemImage:
    """A file system that holds `files` (path with `/` between names, no leading one).

    The same files give the same bytes. Raises BoardFullError or BoardFileNameError.
    """
    from littlefs import LittleFSError

    for path in files:
        _check_path(path, files)
    flash = _Flash(bytearray(b"\xff") * geometry.size)
    system = _littlefs(flash, geometry)
    try:
        system.format()
        system.mount()
        for path in sorted(files):
            folder = path.rpartition("/")[0]
            if folder:
                system.makedirs(folder, exist_ok=True)
            with system.open(path, "wb") as file:
                file.write(files[path])
        system.unmount()
    except LittleFSError as error:
        if error.code != LittleFSError.Error.LFS_ERR_NOSPC:
            raise
        needed = sum(map(len, files.values()))
        raise BoardFullError(needed=needed, size=geometry.size) from error
    # The superblock's second copy is read only to be checked; an old one there must not win.
    touched = flash.touched | {0, 1}
    return FilesystemImage(geometry, bytes(flash.buffer), tuple(sorted(touched)))


def read(data: bytes, geometry: Geometry) -> dict[str, bytes]:
    """The files of an image by path. Raises FilesystemDamagedError for what cannot be mounted."""
    from littlefs import LittleFSError

    flash = _Flash(bytearray(data[: geometry.size].ljust(geometry.size, b"\xff")))
    system = _littlefs(flash, geometry)
    found = {}
    try:
        system.mount()
        for folder, _, names in system.walk("/"):
            for name in names:
                path = f"{folder}/{name}".lstrip("/")
                with system.open(path, "rb") as file:
                    found[path] = file.read()
        system.unmount()
    except LittleFSError as error:
        raise FilesystemDamagedError(reason=str(error)) from error
    return found


def _littlefs(flash: _Flash, geometry: Geometry) -> LittleFS:
    from littlefs import LittleFS

    return LittleFS(
        context=flash,
        mount=False,
        block_size=geometry.block_bytes,
        block_count=geometry.block_count,
        read_size=geometry.progsize_bytes,
        prog_size=geometry.progsize_bytes,
        cache_size=geometry.progsize_bytes * _CACHE_PROGRAMS,
        lookahead_size=32,
        disk_version=_DISK_VERSION,
    )


class _Flash:
    """The memory that littlefs works on; remembers each block that it looked at or wrote.

    A block that was only looked at belongs to the image too: littlefs decides by the revision
    count it finds in the older half of a pair of blocks, so stale contents there could win.
    """

    def __init__(self, buffer: bytearray) -> None:
        self.buffer = buffer
        self.touched: set[int] = set()

    def read(self, cfg: Any, block: int, off: int, size: int) -> bytearray:
        self.touched.add(block)
        start = block * cfg.block_size + off
        return self.buffer[start : start + size]

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int:
        self.touched.add(block)
        start = block * cfg.block_size + off
        self.buffer[start : start + len(data)] = data
        return 0

    def erase(self, cfg: Any, block: int) -> int:
        self.touched.add(block)
        start = block * cfg.block_size
        self.buffer[start : start + cfg.block_size] = b"\xff" * cfg.block_size
        return 0

    def sync(self, cfg: Any) -> int:
        return 0


def _check_path(path: str, files: Mapping[str, bytes]) -> None:
    names = path.split("/")
    sound = all(name not in ("", ".", "..") and name.isprintable() for name in names)
    short = all(len(name.encode()) <= _NAME_MAX_BYTES for name in names)
    parents = ("/".join(names[:depth]) for depth in range(1, len(names)))
    if not sound or not short or any(parent in files for parent in parents):
        raise BoardFileNameError(path=path)
