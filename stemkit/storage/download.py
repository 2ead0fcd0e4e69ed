"""Downloads over lines that are slow, drop, or lie: resumed, bounded, and whole or not at all."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

from stemkit import __version__
from stemkit.errors import DiskFullError, system_reason
from stemkit.storage import atomic
from stemkit.storage.errors import (
    CertificateError,
    DownloadBrokenError,
    DownloadTooLargeError,
    NoNetworkError,
    NotOnServerError,
    OfflineError,
    ServerRefusedError,
    UnsafeAddressError,
)
from stemkit.words import day

T = TypeVar("T")
_CHUNK: Final = 64 * 1024
# Too many requests, and the states of a server or proxy that may be over in a moment.
_PASSING_STATUS: Final = frozenset({429, 500, 502, 503, 504})
Advanced = Callable[[int, int], None]
"""Told bytes done and the whole size (0 while unknown)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much a download may take."""

    timeout_s: float = 20.0
    """Longest silence of a server, for each answer and each piece."""
    slowest_bytes: int = 2048
    """Fewer bytes than this in `slowest_window_s` count as silence."""
    slowest_window_s: float = 60.0
    tries: int = 4
    """How often it may break off without bringing `worth_bytes` more than before."""
    worth_bytes: int = 64 * 1024
    most_tries: int = 12
    pause_s: float = 1.0
    """Before the second try; doubled each time."""
    max_bytes: int = 64 << 20


USUAL: Final = Limits()


class _BrokenOffError(Exception):
    """The line dropped or fell silent; another try may go on."""


class _StaleError(_BrokenOffError):
    """What is here does not continue into what the server has: start over."""


@dataclass(slots=True)
class _Partial:
    """What is already here of one address, and by which mark the server knows it."""

    path: Path
    url: str

    @property
    def notes_path(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    def done(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def notes(self) -> dict[str, Any]:
        try:
            notes = json.loads(self.notes_path.read_bytes())
        except (OSError, ValueError):
            return {}
        return notes if isinstance(notes, dict) and notes.get("url") == self.url else {}

    def note(self, validator: str, total: int) -> None:
        body = {"url": self.url, "validator": validator, "total": total}
        atomic.write_bytes(self.notes_path, json.dumps(body).encode())

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self.notes_path.unlink(missing_ok=True)


def is_address(text: str) -> bool:
    """Whether `text` is an http(s) address."""
    return text.startswith(("https://", "http://"))


def fetch_bytes(url: str, limits: Limits = USUAL, *, max_bytes: int = 1 << 20) -> bytes:
    """A small file (an index, a page) in memory. Raises as `fetch_file` does."""
    return _asked(url, limits, max_bytes, None, {})


def post_bytes(
    url: str, body: bytes, media_type: str, limits: Limits = USUAL, *, max_bytes: int = 1 << 20
) -> bytes:
    """What a service answers to `body`, in memory. Raises as `fetch_file` does."""
    return _asked(url, limits, max_bytes, body, {"Content-Type": media_type})


def _asked(
    url: str, limits: Limits, max_bytes: int, body: bytes | None, headers: dict[str, str]
) -> bytes:
    _allowed(url)

    def read() -> bytes:
        with _told_about(url), _opened(url, limits, headers, body) as answer:
            data = bytearray()
            while len(data) <= max_bytes and (piece := answer.read(_CHUNK)):
                data += piece
            if len(data) > max_bytes:
                raise DownloadTooLargeError(url=url, limit=max_bytes)
            if len(data) < _total(answer, 0):
                raise _BrokenOffError
            return bytes(data)

    return _tried(read, url, limits, lambda: 0)


def fetch_file(
    url: str, path: Path, limits: Limits = USUAL, advanced: Advanced = lambda done, total: None
) -> None:
    """Bring the whole file at `url` to `path`, going on from what an earlier try left there.

    Raises OfflineError, UnsafeAddressError, NoNetworkError, CertificateError, NotOnServerError,
    ServerRefusedError, DownloadTooLargeError, DownloadBrokenError (what came is kept for the next
    try), or what the disk says (then nothing is kept).
    """
    _allowed(url)
    partial = _Partial(path, url)
    with atomic.told(path):
        path.parent.mkdir(parents=True, exist_ok=True)

    def go_on() -> None:
        try:
            with atomic.told(path), _told_about(url):
                _go_on(partial, limits, advanced)
        except (DiskFullError, DownloadTooLargeError, _StaleError):
            partial.forget()
            raise

    _tried(go_on, url, limits, partial.done)
    partial.notes_path.unlink(missing_ok=True)


def _tried(attempt: Callable[[], T], url: str, limits: Limits, done: Callable[[], int]) -> T:
    """Repeat a broken-off attempt; one that brought a good piece does not count as failed."""
    best, failed = done(), 0
    for number in range(limits.most_tries):
        try:
            return attempt()
        except (_BrokenOffError, ServerRefusedError, NoNetworkError) as error:
            gained = done() - best
            best = max(best, done())
            failed = 1 if gained >= limits.worth_bytes else failed + 1
            last = failed >= limits.tries or number == limits.most_tries - 1
            if last or not _may_pass(error, best):
                if isinstance(error, _BrokenOffError):
                    break
                raise
        time.sleep(limits.pause_s * 2 ** (failed - 1))
    raise DownloadBrokenError(url=url, done=done())


def _may_pass(error: Exception, best: int) -> bool:
    """Whether another try makes sense: not for a refusal, or a network that was never there."""
    if isinstance(error, ServerRefusedError):
        return int(str(error.fields["status"])) in _PASSING_STATUS
    return isinstance(error, _BrokenOffError) or best > 0


def _allowed(url: str) -> None:
    if os.environ.get("STEMKIT_OFFLINE", "").strip() not in ("", "0"):
        raise OfflineError(url=url)
    if not is_address(url):
        raise UnsafeAddressError(url=url)


def _go_on(partial: _Partial, limits: Limits, advanced: Advanced) -> None:
    notes = partial.notes()
    validator, expected = str(notes.get("validator") or ""), notes.get("total")
    if not validator and not expected:
        # Without any mark of the server's nobody knows whether the rest is of the same file.
        partial.forget()
    done = partial.done()
    headers = {"Range": f"bytes={done}-"} if done else {}
    if done and validator:
        headers["If-Range"] = validator
    with _opened(partial.url, limits, headers) as answer:
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            done = 0
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            raise _StaleError
        total = _total(answer, done)
        if done and expected and total and total != expected:
            raise _StaleError
        if total > limits.max_bytes:
            raise DownloadTooLargeError(url=partial.url, limit=limits.max_bytes)
        if shutil.disk_usage(partial.path.parent).free < total - done:
            raise DiskFullError(path=partial.path.parent)
        partial.note(_validator(answer), total)
        with partial.path.open("ab" if done else "wb") as file:
            for piece in _pieces(answer, limits):
                file.write(piece)
                done += len(piece)
                if done > limits.max_bytes:
                    raise DownloadTooLargeError(url=partial.url, limit=limits.max_bytes)
                advanced(done, total)
            file.flush()
            os.fsync(file.fileno())
    if done < total:
        raise _BrokenOffError


def _pieces(answer: http.client.HTTPResponse, limits: Limits) -> Iterator[bytes]:
    """What comes, as it comes; a server that only drips counts as silent."""
    start, received = time.monotonic(), 0
    while piece := answer.read1(_CHUNK):
        yield piece
        received += len(piece)
        if time.monotonic() - start > limits.slowest_window_s:
            if received < limits.slowest_bytes:
                raise _BrokenOffError
            start, received = time.monotonic(), 0


def _total(answer: http.client.HTTPResponse, offset: int) -> int:
    """Size of the whole file that the server announces, 0 where it does not say."""
    length = answer.headers.get("Content-Length", "")
    return offset + int(length) if length.isdecimal() else 0


def _validator(answer: http.client.HTTPResponse) -> str:
    """What tells this file from a later one: a strong ETag, else its date (RFC 9110 13.1.5)."""
    tag = answer.headers.get("ETag", "")
    return tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        leaves_encryption = req.full_url.startswith("https:") and not newurl.startswith("https:")
        if leaves_encryption or not is_address(newurl):
            raise UnsafeAddressError(url=newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opened(
    url: str, limits: Limits, headers: dict[str, str], body: bytes | None = None
) -> http.client.HTTPResponse:
    opener = urllib.request.build_opener(_SafeRedirects)
    # A compressed answer would make Content-Length and Range speak of other bytes.
    sent = {"User-Agent": f"stemkit/{__version__}", "Accept-Encoding": "identity", **headers}
    request = urllib.request.Request(url, data=body, headers=sent)
    answer = opener.open(request, timeout=limits.timeout_s)
    assert isinstance(answer, http.client.HTTPResponse)
    return answer


@contextlib.contextmanager
def _told_about(url: str) -> Iterator[None]:
    """Turn what the network says into errors that name the address."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise _refusal(url, error) from error
    except urllib.error.URLError as error:
        host = urllib.parse.urlsplit(url).netloc
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            words, today = error.reason.verify_message, day(date.today())
            raise CertificateError(host=host, reason=words, today=today) from error
        why = error.reason
        words = system_reason(why) if isinstance(why, OSError) else str(why)
        raise NoNetworkError(host=host, reason=words) from error
    except (http.client.InvalidURL, UnicodeError, ValueError) as error:
        raise UnsafeAddressError(url=url) from error
    except (http.client.HTTPException, ssl.SSLError, ConnectionError, TimeoutError) as error:
        raise _BrokenOffError from error


def _refusal(url: str, error: urllib.error.HTTPError) -> Exception:
    if error.code in (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE):
        return NotOnServerError(url=url, status=error.code)
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return _StaleError()
    target = urllib.parse.urljoin(url, error.headers.get("Location") or "")
    if error.code in (301, 302, 303, 307, 308) and not is_address(target):
        # urllib follows to the web alone; within it, what it did not follow goes in a circle.
        return UnsafeAddressError(url=target)
    return ServerRefusedError(url=url, status=error.code)
