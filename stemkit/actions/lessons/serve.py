"""`lesson serve`: hand lessons out to the computers of the same network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.lessons.share_errors import LessonAddressInUseError
from stemkit.errors import system_reason
from stemkit.formats.archive_errors import Reason
from stemkit.formats.key_names import spoken
from stemkit.formats.lesson_index import LessonIndexError, parse_index
from stemkit.model.lesson_share import LessonIndex
from stemkit.signing import keys
from stemkit.storage.lesson_server import LessonServer, Tally, addresses
from stemkit.storage.lesson_tree import INDEX_NAME, LessonTree
from stemkit.words import N_


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that listens; `urls` are what other computers type."""

    server: LessonServer
    index: LessonIndex
    number: str
    urls: tuple[str, ...]

    def run(self) -> Tally:
        """Hand out until an interrupt comes."""
        try:
            self.server.serve()
        except KeyboardInterrupt:
            pass
        finally:
            self.server.close()
        return self.server.tally


def open_server(
    folder: Path, host: str, port: int, arrived: Callable[[str], None] = lambda computer: None
) -> Serving:
    """Listen for those who want the tree in `folder`.

    Raises LessonIndexError, SignatureWrongError, LessonAddressInUseError.
    """
    data = LessonTree(folder).read_index()
    if data is None:
        reason = Reason(N_("there is no {file}."), {"file": INDEX_NAME})
        raise LessonIndexError(place=folder, reason=reason)
    index, signed, signature = parse_index(data, str(folder))
    pem = keys.to_pem(index.key)
    keys.verify(pem, signed, signature, str(folder))
    try:
        server = LessonServer(folder, host, port, arrived)
    except OSError as error:
        raise LessonAddressInUseError(port=port, reason=system_reason(error)) from error
    hosts = [host] if host else [*addresses(), "127.0.0.1"]
    urls = tuple(f"http://{name}:{server.port}" for name in hosts)
    return Serving(server, index, spoken(keys.fingerprint(pem)), urls)
