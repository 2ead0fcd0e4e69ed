"""Files onto a micro:bit: its small file system has no folders and cannot rename.

So a cut here can leave a file half written; it is seen and written again by the next upload, and
the program (`main.py`) is written last. Nothing that is there is removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stemkit.devices.errors import BoardExceptionError
from stemkit.devices.session import Session
from stemkit.devices.upload import Uploaded
from stemkit.devices.upload_errors import BoardWriteError, PathTakenError
from stemkit.events import Sink, StepAdvanced, StepStarted, silent
from stemkit.model.deployment import BoardFile
from stemkit.words import N_

# What the board holds of a file at a time; it has little memory.
_PIECE_BYTES: Final = 128
# Of a file, each from its beginning.
_TRIES: Final = 3
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
    told.exec(_SUM)
    other = [file for file in files if not told.has(file)]
    other.sort(key=lambda file: file.path == "main.py")
    total = sum(len(file.content) for file in other)
    sink(StepStarted(board, N_("Sending"), total))
    done = 0
    for file in other:
        told.write_checked(file)
        done += len(file.content)
        sink(StepAdvanced(board, done))
    return Uploaded(
        sent=len(other),
        same=len(files) - len(other),
        payload_bytes=total,
        wire_bytes=told.code_bytes,
    )


class _Told:
    """A session, and how much code it was given."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.code_bytes = 0

    def exec(self, code: str) -> bytes:
        """Run code on the board; a failing file system becomes `BoardWriteError`."""
        self.code_bytes += len(code.encode())
        try:
            return self._session.exec(code, timeout_s=60.0)
        except BoardExceptionError as error:
            reason = error.fields["summary"]
            raise BoardWriteError(port=self._session.link.name, reason=reason) from error

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
