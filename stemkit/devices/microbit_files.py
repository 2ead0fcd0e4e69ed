"""Files onto a micro:bit: its small file system has no folders and cannot rename.

So a cut here can leave a file half written; it is seen and written again by the next upload, and
the program (`main.py`) is written last. Nothing that is there is removed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from stemkit.devices.errors import (
    BoardConfusedError,
    BoardExceptionError,
    BoardTimeLimitError,
)
from stemkit.devices.session import Session
from stemkit.devices.upload import Uploaded
from stemkit.devices.upload_errors import BoardWriteError, PathTakenError
from stemkit.events import Sink, StepAdvanced, StepStarted, silent
from stemkit.model.deployment import BoardFile
from stemkit.words import N_

T = TypeVar("T")

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


def upload_flat(
    session: Session, files: Sequence[BoardFile], *, board: str, sink: Sink = silent
) -> Uploaded:
    """Make the micro:bit behind an entered session have `files`.

    Raises `PathTakenError` for a path with folders, and `BoardWriteError`, also when it is full.
    """
    port = session.link.name
    for file in files:
        if "/" in file.path:
            raise PathTakenError(port=port, path=file.path)
    told = _Told(session)
    sink(StepStarted(board, N_("Comparing")))
    other = told.persist(partial(told.other_of, files))
    other.sort(key=lambda file: file.path == "main.py")
    total = sum(len(file.content) for file in other)
    sink(StepStarted(board, N_("Sending"), total))
    done = 0
    for file in other:
        told.persist(partial(told.write_checked, file))
        done += len(file.content)
        sink(StepAdvanced(board, done))
    return Uploaded(
        sent=len(other),
        same=len(files) - len(other),
        payload_bytes=total,
        wire_bytes=told.code_bytes,
    )


def holds_files(session: Session, files: Mapping[str, bytes]) -> bool:
    """Whether the micro:bit behind an entered session has these files and no others."""
    told = _Told(session)
    names = session.exec("import os\nprint(*sorted(os.listdir()),sep='\\n')").decode(
        "utf-8", "replace"
    )
    if names.splitlines() != sorted(files):
        return False
    wanted = [BoardFile(path, content) for path, content in files.items()]
    return not told.persist(partial(told.other_of, wanted))


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
            reason = error.fields["summary"]
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
        total = 0
        for byte in file.content:
            total = (total * 31 + byte) & 0xFFFFFF
        answer = self.exec(f"q({file.path!r})")
        return answer.split() == [b"%d" % len(file.content), b"%d" % total]

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
