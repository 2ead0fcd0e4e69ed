"""A tree of lessons on a web server, over lines that are slow, drop, or lie.

One connection serves many objects, a few connections at once hide the line's delay. A dropped
object goes on by Range where it stopped. The only urllib3 import.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stemkit import __version__
from stemkit.errors import DiskFullError, StemkitError, system_reason
from stemkit.formats.archive_errors import Reason
from stemkit.formats.lesson_index import MOST_INDEX_BYTES, LessonIndexError
from stemkit.model.lesson_share import Part
from stemkit.storage import atomic
from stemkit.storage.download import USUAL, Limits, is_address
from stemkit.storage.errors import CertificateError, UnsafeAddressError
from stemkit.storage.lesson_errors import (
    LessonPartDiffersError,
    LessonPartMissingError,
    LessonSourceRefusedError,
    LessonSourceUnreachableError,
    LessonSyncBrokenError,
)
from stemkit.storage.lesson_parts import Arrived, is_whole
from stemkit.storage.lesson_tree import INDEX_NAME, object_path
from stemkit.words import N_, day

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

_PIECE_BYTES: Final = 16 << 10
_MOST_HOPS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASSING_STATUS: Final = frozenset({429, 500, 502, 503, 504})
_OK, _PARTIAL, _RANGE_WRONG = 200, 206, 416
# A line that brings this much between two drops is a line that works.
_WORTH_BYTES: Final = 1 << 10
_BYTES_A_TRY: Final = 16 << 10


class _BrokenOffError(Exception):
    """The line dropped or fell silent; another try may go on."""


class _StartOverError(Exception):
    """What is here is not the beginning of what the server has."""


class _TooLongError(Exception):
    """More comes than the object has."""


class HttpSource:
    """A tree of lessons below an address."""

    lines = 4

    def __init__(self, place: str, limits: Limits = USUAL) -> None:
        base = place.partition("#")[0].partition("?")[0].rstrip("/")
        self.place = base.removesuffix(f"/{INDEX_NAME}")
        self._host = _host_of(self.place)
        self._limits = limits
        self._stopped = threading.Event()
        self._reading: set[BaseHTTPResponse] = set()
        self._answered = False
        self._came = 0
        """Bytes of all objects so far."""
        self._counting = threading.Lock()
        self._begins_anew = False
        self._one_at_a_time = threading.Lock()
        self._pool: PoolManager | None = None
        if os.environ.get("STEMKIT_OFFLINE", "").strip() not in ("", "0"):
            reason = Reason(N_("STEMKIT_OFFLINE is set"))
            raise LessonSourceUnreachableError(place=self.place, reason=reason)

    def index(self) -> bytes:
        """As `LessonSource.index`."""
        tries = _Tries(self, self._limits.most_tries)
        while True:
            try:
                return self._small(INDEX_NAME, MOST_INDEX_BYTES)
            except LessonPartMissingError as error:
                reason = Reason(N_("there is no {file}."), {"file": INDEX_NAME})
                raise LessonIndexError(place=self.place, reason=reason) from error
            except _AGAIN as error:
                tries.failed(error)

    def fetch(self, part: Part, path: Path, arrived: Arrived) -> None:
        """As `LessonSource.fetch`."""
        if is_whole(path, part):
            return
        with atomic.told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        name, begun_here = object_path(part.sha256), _size(path) == 0
        tries = _Tries(self, self._limits.most_tries + part.size // _BYTES_A_TRY)

        def came(size: int) -> None:
            tries.came += size
            with self._counting:
                self._came += size
            arrived(size)

        while True:
            try:
                with atomic.told(path), self._turn():
                    self._go_on(name, part, path, came)
            except _TooLongError as error:
                path.unlink(missing_ok=True)
                raise LessonPartDiffersError(place=self.place, file=name) from error
            except DiskFullError:
                path.unlink(missing_ok=True)
                raise
            except _StartOverError as error:
                path.unlink(missing_ok=True)
                tries.failed(error)
            except _AGAIN as error:
                tries.failed(error)
            else:
                if is_whole(path, part):
                    return
                path.unlink(missing_ok=True)
                if begun_here:
                    raise LessonPartDiffersError(place=self.place, file=name)
                begun_here = True

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """All at once, but one after another where a server can only begin anew.

        A drop then costs the beginning of one object, and each gets the whole line.
        """
        if not self._begins_anew:
            yield
            return
        with self._one_at_a_time:
            yield

    def stop(self) -> None:
        """As `LessonSource.stop`."""
        self._stopped.set()
        for answer in tuple(self._reading):
            # Who waits for a silent server need not wait for its time-out.
            with contextlib.suppress(ValueError, OSError):
                answer.shutdown()

    def _small(self, name: str, most: int) -> bytes:
        with self._asked(name, {}) as answer:
            if answer.status != _OK:
                raise self._refusal(answer.status, name)
            data = bytearray()
            for piece in self._pieces(answer):
                data += piece
                if len(data) > most:
                    break
            return bytes(data)

    def _go_on(self, name: str, part: Part, path: Path, arrived: Arrived) -> None:
        """One answer's worth of the object, appended to what is there."""
        done = _size(path)
        if done >= part.size:
            if part.size:
                raise _StartOverError
            path.touch()
            return
        headers = {"Range": f"bytes={done}-"} if done else {}
        with self._asked(name, headers) as answer:
            if answer.status == _RANGE_WRONG:
                raise _StartOverError
            if answer.status == _OK:
                self._begins_anew = self._begins_anew or bool(done)
                done = 0
            elif answer.status != _PARTIAL:
                raise self._refusal(answer.status, name)
            elif not answer.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
                raise _StartOverError
            length = answer.headers.get("Content-Length", "")
            if length.isdecimal() and done + int(length) > part.size:
                raise _TooLongError
            with path.open("ab" if done else "wb") as file:
                for piece in self._pieces(answer):
                    done += len(piece)
                    if done > part.size:
                        raise _TooLongError
                    file.write(piece)
                    file.flush()  # What came stays, even if this process is killed.
                    arrived(len(piece))
        if done < part.size:
            raise _BrokenOffError

    def _pieces(self, answer: BaseHTTPResponse) -> Iterator[bytes]:
        """What comes, as it comes; a server that only drips counts as silent."""
        start, received = time.monotonic(), 0
        while piece := answer.read1(_PIECE_BYTES, decode_content=False):
            yield piece
            if self._stopped.is_set():
                raise _BrokenOffError
            received += len(piece)
            if time.monotonic() - start > self._limits.slowest_window_s:
                if received < self._limits.slowest_bytes:
                    raise _BrokenOffError
                start, received = time.monotonic(), 0

    @contextlib.contextmanager
    def _asked(self, name: str, headers: dict[str, str]) -> Iterator[BaseHTTPResponse]:
        """The answer to a GET, wherever a safe redirect leads; its connection is used again."""
        url = f"{self.place}/{name}"
        # A compressed answer would make Content-Length and Range speak of other bytes.
        sent = {"User-Agent": f"stemkit/{__version__}", "Accept-Encoding": "identity", **headers}
        with self._told_about(url):
            for _ in range(_MOST_HOPS):
                answer = self._opened(url, sent)
                self._answered = True
                target = answer.headers.get("Location")
                if answer.status not in _REDIRECTS or not target:
                    break
                answer.close()
                url = _safe_target(url, target)
            else:
                raise UnsafeAddressError(url=url)
            self._reading.add(answer)
            try:
                yield answer
            except BaseException:
                answer.close()
                raise
            finally:
                self._reading.discard(answer)
            # A body that was read to its end leaves the connection free for the next object.
            answer.release_conn() if _read_out(answer) else answer.close()

    def _opened(self, url: str, headers: dict[str, str]) -> BaseHTTPResponse:
        if not is_address(url):
            raise UnsafeAddressError(url=url)
        if self._pool is None:
            self._pool = _pool_for(url, self._limits, self.lines)
        return self._pool.request(
            "GET", url, headers=headers, preload_content=False, redirect=False, retries=False
        )

    @contextlib.contextmanager
    def _told_about(self, url: str) -> Iterator[None]:
        """Turn what urllib3 says into errors that name the place."""
        from urllib3 import exceptions as said

        try:
            yield
        except said.SSLError as error:
            today = day(date.today())
            raise CertificateError(host=self._host, reason=str(error), today=today) from error
        except (said.NewConnectionError, said.ConnectTimeoutError, said.ProxyError) as error:
            reason = _system_word(error)
            raise LessonSourceUnreachableError(place=self.place, reason=reason) from error
        except (said.LocationValueError, ValueError) as error:
            raise UnsafeAddressError(url=url) from error
        except (said.HTTPError, ConnectionError, TimeoutError) as error:
            raise _BrokenOffError from error

    def _refusal(self, status: int, name: str) -> Exception:
        if status in (404, 410):
            return LessonPartMissingError(place=self.place, file=name)
        return LessonSourceRefusedError(place=self.place, file=name, status=status)


_AGAIN: Final = (_BrokenOffError, LessonSourceRefusedError, LessonSourceUnreachableError)
"""What may be over in a moment."""


class _Tries:
    """Counts failed tries in a row, and waits longer after each."""

    def __init__(self, source: HttpSource, most: int) -> None:
        self.came = 0
        """Bytes since the last failure."""
        self._source, self._left, self._in_a_row = source, most, 0
        self._all_came = source._came

    def failed(self, error: Exception) -> None:
        """Wait before the next try. Raises where there is to be none."""
        limits = self._source._limits
        worked, self.came = self.came >= _WORTH_BYTES, 0
        before, self._all_came = self._all_came, self._source._came
        if not worked and self._all_came - before >= _WORTH_BYTES:
            # The line works: what it drops again and again went to the other objects on it.
            self._in_a_row, pause_s = 0, limits.pause_s
        else:
            self._left -= 1
            self._in_a_row = 0 if worked else self._in_a_row + 1
            pause_s = limits.pause_s * 2 ** (self._in_a_row - 1) if self._in_a_row else 0.0
        over = self._left <= 0 or self._in_a_row >= limits.tries or not self._may_pass(error)
        if over or self._source._stopped.wait(pause_s):
            if isinstance(error, StemkitError):
                raise error
            raise LessonSyncBrokenError(place=self._source.place) from error

    def _may_pass(self, error: Exception) -> bool:
        if isinstance(error, LessonSourceRefusedError):
            return int(str(error.fields["status"])) in _PASSING_STATUS
        unreachable = isinstance(error, LessonSourceUnreachableError)
        return self._source._answered or not unreachable


def _host_of(url: str) -> str:
    """Raises UnsafeAddressError for what is no address of the web."""
    try:
        host = urllib.parse.urlsplit(url).hostname
    except ValueError as error:
        raise UnsafeAddressError(url=url) from error
    if not host or not is_address(url) or not url.isprintable():
        raise UnsafeAddressError(url=ascii(url)[1:-1])
    return host


def _pool_for(url: str, limits: Limits, lines: int) -> PoolManager:
    import urllib3

    timeout = urllib3.Timeout(connect=limits.timeout_s, read=limits.timeout_s)
    parts = urllib.parse.urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, maxsize=lines, timeout=timeout)
    return urllib3.PoolManager(maxsize=lines, timeout=timeout)


def _safe_target(url: str, location: str) -> str:
    target = urllib.parse.urljoin(url, location)
    leaves_encryption = url.startswith("https:") and not target.startswith("https:")
    if leaves_encryption or not is_address(target):
        raise UnsafeAddressError(url=target)
    return target


def _read_out(answer: BaseHTTPResponse) -> bool:
    return answer.length_remaining == 0


def _system_word(error: Exception) -> str:
    """The system's own words for a refused or impossible connection."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return system_reason(cause)
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
