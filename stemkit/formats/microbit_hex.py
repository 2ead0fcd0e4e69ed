"""A micro:bit's hex with files in MicroPython's small file system (the one door to that library).

The format (128-byte chunks, one flat folder, names up to 120 bytes) is the library's matter:
`micropython-microbit-fs` by the author of the micro:bit's own `@microbit/microbit-fs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from stemkit.formats import intel_hex
from stemkit.formats.errors import BoardFileNameError, BoardFullError, ImageLayoutError
from stemkit.formats.intel_hex import HexProgram

if TYPE_CHECKING:
    from micropython_microbit_fs import File

_NAME_MAX_BYTES: Final = 120


def with_files(program: HexProgram, files: Mapping[str, bytes], name: str = "image") -> bytes:
    """A plain hex file of `program` with `files` (name to contents) on it.

    Raises BoardFullError, BoardFileNameError, or ImageLayoutError where `program` (told as `name`)
    is no MicroPython.
    """
    from micropython_microbit_fs import FilesystemError, StorageFullError, add_files

    plain = intel_hex.build(program.memory, program.entry).decode("ascii")
    contents = {path: _storable(path, files[path]) for path in sorted(files)}
    try:
        return add_files(plain, _library_files(contents)).encode("ascii")
    except StorageFullError as error:
        needed = sum(map(len, contents.values()))
        raise BoardFullError(needed=needed, size=_room(plain)) from error
    except FilesystemError as error:
        raise ImageLayoutError(
            name=name, part="program", found=str(error), expected="MicroPython"
        ) from error


def read_files(hex_file: bytes) -> dict[str, bytes]:
    """The files on a plain hex file, by name."""
    from micropython_microbit_fs import get_files

    return {file.name: file.content for file in get_files(hex_file.decode("ascii"))}


def _storable(path: str, content: bytes) -> bytes:
    """The contents as the file system can hold them: it has no empty files and no folders."""
    if not path.isprintable() or "/" in path or not 0 < len(path.encode()) <= _NAME_MAX_BYTES:
        raise BoardFileNameError(path=path)
    return content or b"\n"


def _library_files(contents: Mapping[str, bytes]) -> list[File]:
    from micropython_microbit_fs import File

    return [File(path, content) for path, content in contents.items()]


def _room(plain: str) -> int:
    from micropython_microbit_fs import get_device_info

    return int(get_device_info(plain).fs_size)
