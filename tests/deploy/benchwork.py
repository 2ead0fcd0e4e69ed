"""What the tests of uploads share: a board on the table, and looking at what is on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from stemkit.devices.receiver import ReceiverSource, load_receiver
from stemkit.devices.session import Session
from stemkit.devices.upload import Uploaded, Wish, upload
from stemkit.events import Event
from stemkit.links import open_link
from stemkit.model.deployment import BoardFile
from stemkit.model.link import Link
from stemkit.storage.places import shipped

SOURCE: ReceiverSource = load_receiver(shipped("firmware") / "runtime" / "receiver")

_LIST = """
import os
def walk(folder):
 for row in os.ilistdir(folder or '/'):
  path = folder + '/' + row[0]
  if row[1] == 0x4000: walk(path)
  else: print(repr((path[1:], open(path, 'rb').read())))
walk('')
"""


def files(content: Mapping[str, bytes]) -> list[BoardFile]:
    return [BoardFile(path, data) for path, data in content.items()]


def on_board(session: Session, *, ours: bool = False) -> dict[str, bytes]:
    """Every file on the board; without `ours` not what uploads keep for themselves."""
    import ast

    rows = session.exec(_LIST, timeout_s=60).decode().splitlines()
    there = dict(ast.literal_eval(row) for row in rows)
    if not ours:
        there = {path: data for path, data in there.items() if not path.startswith(".stemkit/")}
    return there


def write(session: Session, path: str, text: str) -> None:
    """A file of the student's own."""
    session.exec(f"with open({path!r}, 'w') as f: f.write({text!r})")


def send(
    session: Session,
    content: Mapping[str, bytes],
    *,
    keep: bool = False,
    fast_baud: int | None = None,
    events: list[Event] | None = None,
) -> Uploaded:
    wish = Wish(files(content), keep=keep, fast_baud=fast_baud)
    sink = [].append if events is None else events.append
    return upload(session, SOURCE, wish, board="b", sink=sink)


@contextlib.contextmanager
def session_on(port: str) -> Iterator[Session]:
    link: Link = open_link(port)
    try:
        with Session(link) as session:
            yield session
    finally:
        link.close()
