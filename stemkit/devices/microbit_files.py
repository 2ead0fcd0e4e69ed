"""Files onto a micro:bit: its small file system has no folders and cannot rename.

So a cut here can leave a file half written; it is seen and written again by the next upload, and
the program (`main.py`) is written last. The room for the files is counted before anything changes.
The manifest of what was put there lies beside the files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from stemkit.devices.errors import (
    BoardConfusedError,
    BoardExceptionError,
    BoardTimeLimitError,
)
from stemkit.devices.session import Session
from stemkit.devices.upload import Uploaded
from stemkit.devices.upload_errors import (
    BoardFilledError,
    BoardFullError,
    BoardWriteError,
    NoFoldersError,
)
from stemkit.events import Sink, StepAdvanced, StepStarted, silent
from stemkit.formats.deployed import build_manifest, flat_manifest_of, flat_mark, parse_manifest
from stemkit.model.deployment import FLAT_MANIFEST_PATH, PROFILE_NAME, BoardFile, Manifest
from stemkit.words import N_

T = TypeVar("T")

# The file system's: a piece of 128 bytes links to the next with two of them, and a file's first one
# holds two bytes and its name.
_CHUNK_BYTES: Final = 128
_CHUNK_DATA_BYTES: Final = 126
_HEAD_BYTES: Final = 2
# What the board holds of a file at a time; it has little memory.
_PIECE_BYTES: Final = 128
# Of a step, each from its beginning.
_TRIES: Final = 4
# Opening a file can move all others in the flash of a full board.
_LIMIT_S: Final = 30.0
# Size and a checksum of a file, computed on the board: it has no hashlib.
_SUM = """
def q(n):
 s=0;k=0
 try:
  f=open(n,'rb')
 except OSError:
  return print('-')
 while 1:
  b=f.read(64)
  if not b:break
  k+=len(b)
  for c in b:s=(s*31+c)&0xffffff
 f.close();print(k,s)
"""
# The manifest as it is.
_READ = f"""
try:
 f=open({FLAT_MANIFEST_PATH!r});print(f.read());f.close()
except OSError:pass
"""
_SIZES: Final = "import os\nfor n in os.listdir():print(os.size(n),n)"
# What MicroPython says of a full board: V2 the number, V1 the words.
_FULL: Final = re.compile(r"\b28\b|ENOSPC|no more storage")


def upload_flat(
    session: Session,
    files: Sequence[BoardFile],
    *,
    board: str,
    keep: bool = False,
    room_bytes: int = 0,
    sink: Sink = silent,
) -> Uploaded:
    """Make the micro:bit behind an entered session have `files`.

    What an earlier upload put there and nobody changed is removed, unless `keep`. `room_bytes` is
    the size of the file system, 0 unknown. Raises `NoFoldersError` for a path with folders,
    `BoardFullError` before anything changes, `BoardFilledError`, `BoardWriteError`.
    """
    for file in files:
        if "/" in file.path:
            raise NoFoldersError(port=session.link.name, path=file.path)
    told = _Told(session)
    sink(StepStarted(board, N_("Comparing")))
    plan = _planned(told, files, keep)
    if room_bytes and plan.written:
        told.persist(partial(told.must_fit, plan.written, plan.gone, room_bytes))
    for path in plan.gone:
        told.persist(partial(told.remove, path))
    total = sum(len(file.content) for file in plan.other)
    sink(StepStarted(board, N_("Sending"), total))
    done = 0
    for file in plan.written:
        told.persist(partial(told.write_checked, file))
        done += len(file.content)
        sink(StepAdvanced(board, min(done, total)))
    return Uploaded(
        sent=len(plan.other),
        same=len(files) - len(plan.other),
        removed=len(plan.gone),
        payload_bytes=total,
        wire_bytes=told.code_bytes,
        profile_left=plan.profile_left,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    other: list[BoardFile]
    """Files that the board does not have as they are, the program last."""
    manifest: list[BoardFile]
    """The manifest, where it is another one."""
    gone: list[str]
    profile_left: bool

    @property
    def written(self) -> list[BoardFile]:
        return [*self.other, *self.manifest]


def _planned(told: _Told, files: Sequence[BoardFile], keep: bool) -> _Plan:
    other = told.persist(partial(told.other_of, files))
    other.sort(key=lambda file: file.path == "main.py")
    old, new = told.persist(told.manifest), flat_manifest_of(files)
    left = {path: mark for path, mark in old.files.items() if path not in new.files}
    profile_left = not keep and left.pop(PROFILE_NAME.lstrip("/"), None) is not None
    gone: list[str] = []
    if keep:
        new = Manifest({**left, **new.files})
    else:
        gone = [path for path, mark in left.items() if told.still_has(path, mark)]
    manifest = [] if new == old else [BoardFile(FLAT_MANIFEST_PATH, build_manifest(new))]
    return _Plan(other, manifest, gone, profile_left)


def holds_files(session: Session, files: Mapping[str, bytes]) -> bool:
    """Whether the micro:bit behind an entered session has these files and no others."""
    told = _Told(session)
    names = session.exec("import os\nprint(*sorted(os.listdir()),sep='\\n')").decode(
        "utf-8", "replace"
    )
    if [name for name in names.splitlines() if name != FLAT_MANIFEST_PATH] != sorted(files):
        return False
    wanted = [BoardFile(path, content) for path, content in files.items()]
    return not told.persist(partial(told.other_of, wanted))


def _chunks(sizes: Mapping[str, int]) -> int:
    """How many pieces of the file system files of these names and sizes (bytes) take."""
    bytes_each = (_HEAD_BYTES + len(name.encode()) + size for name, size in sizes.items())
    return sum(-(-taken // _CHUNK_DATA_BYTES) for taken in bytes_each)


class _Told:
    """A session, and how much code it was given."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.code_bytes = 0

    def exec(self, code: str) -> bytes:
        """Run code on the board; a failing file system becomes `BoardWriteError`."""
        self.code_bytes += len(code.encode())
        try:
            return self._session.exec(code, timeout_s=_LIMIT_S)
        except BoardExceptionError as error:
            reason = str(error.fields["summary"])
            if _FULL.search(reason):
                raise BoardFilledError(port=self._session.link.name) from error
            raise BoardWriteError(port=self._session.link.name, reason=reason) from error

    def persist(self, step: Callable[[], T]) -> T:
        """Take a step, from its beginning again where an answer of the board was lost."""
        for _ in range(_TRIES - 1):
            try:
                return step()
            except (BoardConfusedError, BoardTimeLimitError):
                self._session.enter()
        return step()

    def other_of(self, files: Sequence[BoardFile]) -> list[BoardFile]:
        """The files that the board does not have as they are."""
        self.exec(_SUM)
        return [file for file in files if not self.has(file)]

    def has(self, file: BoardFile) -> bool:
        """Whether the board has the file with this content."""
        return self.sum_of(file.path) == (len(file.content), flat_mark(file.content))

    def sum_of(self, path: str) -> tuple[int, str]:
        """Size and mark of a file; (-1, "") where there is none."""
        size, total = (*self.exec(f"q({path!r})").split(), b"")[:2]
        return (int(size), f"{int(total):08x}") if total else (-1, "")

    def still_has(self, path: str, mark: str) -> bool:
        """Whether a file is as an earlier upload left it."""
        return self.persist(partial(self.sum_of, path))[1] == mark

    def manifest(self) -> Manifest:
        """What an earlier upload wrote down."""
        return parse_manifest(self.exec(_READ).strip())

    def must_fit(self, files: Sequence[BoardFile], gone: Sequence[str], room_bytes: int) -> None:
        """Raise `BoardFullError` where `files` in place of what is there are too much for it."""
        rows = (
            row.split(" ", 1) for row in self.exec(_SIZES).decode("utf-8", "replace").splitlines()
        )
        sizes = {name: int(size) for size, name in rows}
        for path in gone:
            sizes.pop(path, None)
        left = room_bytes // _CHUNK_BYTES - _chunks(sizes)
        sizes |= {file.path: len(file.content) for file in files}
        wanted = _chunks(sizes) - room_bytes // _CHUNK_BYTES + left
        if wanted > left:
            raise BoardFullError(
                port=self._session.link.name,
                needed=-(-wanted * _CHUNK_DATA_BYTES // 1000),
                free=max(0, left) * _CHUNK_DATA_BYTES // 1000,
            )

    def remove(self, path: str) -> None:
        """Remove a file."""
        self.exec(f"import os\nif {path!r} in os.listdir():os.remove({path!r})")

    def write_checked(self, file: BoardFile) -> None:
        """Write the file until the board has it as it is; raises `BoardWriteError`."""
        for _ in range(_TRIES):
            self.write(file)
            if self.has(file):
                return
        raise BoardWriteError(port=self._session.link.name, reason=file.path)

    def write(self, file: BoardFile) -> None:
        """Write the file."""
        self.exec(f"f=open({file.path!r},'wb')")
        for start in range(0, len(file.content), _PIECE_BYTES):
            self.exec(f"f.write({file.content[start : start + _PIECE_BYTES]!r})")
        self.exec("f.close()")
