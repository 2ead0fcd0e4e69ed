"""A large file that comes into being as a whole: nothing of it is seen until it is on the disk.

Where the system can (Linux), it is written without a name, so that it vanishes with a process that
is killed. Elsewhere it has a fixed name beside the target, which the next writer removes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from stemkit.storage import atomic
from stemkit.storage.lock import ProcessLock


@contextlib.contextmanager
def appearing(path: Path, lock: Path) -> Iterator[IO[bytes]]:
    """A file to write that becomes `path` when the block ends without an error.

    What was at `path` stays until then. `lock` is a file (in a folder of stemkit's own) that one
    writer holds. Raises DiskFullError, PermissionDeniedError or the like.
    """
    with atomic.told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.parent.mkdir(parents=True, exist_ok=True)
        held = ProcessLock(lock)
        held.wait()
        part = path.with_name(f".{path.name}.part")
        try:
            part.unlink(missing_ok=True)
            with _unnamed(path.parent) or part.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                named = _name(file, part, path)
            if not named:
                atomic.settle(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        finally:
            held.release()


def _unnamed(folder: Path) -> IO[bytes] | None:
    """A file without a name in `folder`; None where there is no such thing."""
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag or not Path("/proc/self/fd").is_dir():
        return None
    try:
        return os.fdopen(os.open(folder, os.O_RDWR | flag, 0o644), "w+b")
    except OSError:
        return None  # a file system that does not know it; a missing permission is told later


def _name(file: IO[bytes], part: Path, path: Path) -> bool:
    """Give an unnamed file its name; False for one that has a name."""
    if part.exists():
        return False
    with contextlib.suppress(OSError):
        os.fchmod(file.fileno(), 0o644)  # as `atomic.settle` does
    numbers = os.open("/proc/self/fd", os.O_RDONLY)
    try:
        # With a folder given, Python calls linkat(2), which follows the link to the unnamed file.
        here = str(file.fileno())
        try:
            os.link(here, path, src_dir_fd=numbers, follow_symlinks=True)
        except FileExistsError:
            # Nothing links over a name that is taken. Who is killed between these two leaves the
            # finished file under the other name, for the next writer to remove.
            os.link(here, part, src_dir_fd=numbers, follow_symlinks=True)
            part.replace(path)
    finally:
        os.close(numbers)
    atomic.sync_folder(path.parent)
    return True
