"""Files that are there completely or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from stemkit.errors import from_os_error


def write_bytes(path: Path, data: bytes, *, secret: bool = False) -> None:
    """Make `data` the contents of `path` at once; what was there stays until then.

    Missing folders are made. A `secret` file can be read by this person's account alone. Raises
    DiskFullError, PermissionDeniedError or the like.
    """
    with replacing(path, secret=secret) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path, *, secret: bool = False) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` when the block ends without an error.

    Whatever happens, a half-written file never bears the name, and none is left beside it.
    """
    import tempfile  # most commands write nothing

    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            settle(Path(temporary), path, secret=secret)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn the system's refusals in the block into errors that name `path`."""
    try:
        yield
    except OSError as error:
        known = from_os_error(error, path)
        if known is None:
            raise
        raise known from error


def settle(temporary: Path, path: Path, *, secret: bool = False) -> None:
    """Give a finished, flushed file its name, and let the folder know for good."""
    if not secret:
        # mkstemp lets nobody else read; a shared classroom computer has several accounts.
        with contextlib.suppress(OSError):
            temporary.chmod(0o644)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Have the disk keep the names in a folder, where the system lets one ask for it."""
    if os.name == "posix":
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
