"""A small file of a board, read and replaced whole over its raw prompt."""

from __future__ import annotations

import ast
from typing import Final

from stemkit.devices.errors import BoardConfusedError
from stemkit.devices.session import Session

_CHUNK_BYTES: Final = 192
_LONGEST_BYTES: Final = 16 * 1024
# In pieces: a micro:bit V1 has a few kilobytes of memory for everything.
_READ: Final = """
try:
 f=open(%r,'rb')
except OSError:
 f=None
k=%d
while f and k:
 d=f.read(64)
 if not d:break
 print(repr(d))
 k-=1
print(repr(None if f is None else f.close()or b''))
"""
# A micro:bit's file system knows no folders and no renaming: there a file is written in place.
_REPLACE: Final = """
try:
 import os
 os.rename(n,p)
except (AttributeError,OSError):
 try:
  os.remove(p)
  os.rename(n,p)
 except (AttributeError,OSError):
  f=open(n,'rb')
  d=f.read()
  f.close()
  f=open(p,'wb')
  f.write(d)
  f.close()
  os.remove(n)
"""


def read_file(session: Session, path: str) -> bytes | None:
    """The contents of a small file (16 KiB at most), or None where there is none."""
    answer = session.exec(_READ % (path, _LONGEST_BYTES // 64))
    try:
        pieces = [ast.literal_eval(line.decode("ascii")) for line in answer.splitlines()]
        if pieces == [None]:
            return None
        return b"".join(pieces)
    except (ValueError, SyntaxError, TypeError) as error:
        raise BoardConfusedError(port=session.link.name, reason=repr(answer[-40:])) from error


def write_file(session: Session, path: str, data: bytes) -> None:
    """Write beside the file, then put it in its place: a pulled cable leaves the old or the new."""
    session.exec(f"p={path!r}\nn=p+'.new'\nf=open(n,'wb')")
    for start in range(0, len(data), _CHUNK_BYTES):
        session.exec(f"f.write({data[start : start + _CHUNK_BYTES]!r})")
    session.exec("f.close()" + _REPLACE)
