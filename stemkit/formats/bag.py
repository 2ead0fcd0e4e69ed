"""BagIt 1.0 (RFC 8493): the texts that make a folder of files a bag, written and read.

    bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt  data/...

Both manifests are sorted and have two spaces between sum and path, so that `sha256sum -c` reads
them too. What a bag is called, what it is identified by, is the SHA-256 of its tag manifest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from stemkit.errors import InputFileError
from stemkit.formats.archive_errors import Reason
from stemkit.formats.archive_names import shown
from stemkit.words import N_

PAYLOAD: Final = "data/"
DECLARATION: Final = "bagit.txt"
INFO: Final = "bag-info.txt"
MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
TAG_FILES: Final = (INFO, DECLARATION, MANIFEST)
"""What the tag manifest names, sorted."""
_DECLARED: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
# Other programs write one space, a tab, or `*` for "binary", and capitals (RFC 8493, 2.1.3).
_ROW: Final = re.compile(r"([0-9a-fA-F]{64})(?:  |[ \t]+\*?)([^\r\n]+)\r?")


class BagBrokenError(InputFileError):
    """A bag's own text cannot be read, or the files are not those that it names."""

    code = "bag-broken"
    message = N_("{name} is not a package as it was made: {reason}")
    remedy = N_("Do not trust it. Get it again from those who made it.")


def declaration() -> bytes:
    """`bagit.txt`."""
    return _DECLARED


def info(fields: Iterable[tuple[str, str]]) -> bytes:
    """`bag-info.txt`; line ends in values become spaces."""
    return "".join(f"{key}: {' '.join(value.split())}\n" for key, value in fields if value).encode()


def oxum(sizes: Iterable[int]) -> str:
    """`Payload-Oxum`: bytes and number of the files in `data/`."""
    every = list(sizes)
    return f"{sum(every)}.{len(every)}"


def manifest(sums: Mapping[str, str]) -> bytes:
    """A manifest of path -> SHA-256 in hex."""
    rows = sorted((_escaped(path).encode(), digest) for path, digest in sums.items())
    return b"".join(b"%s  %s\n" % (digest.encode(), path) for path, digest in rows)


def parse_manifest(data: bytes, path: str) -> dict[str, str]:
    """A manifest, read: path -> SHA-256. Raises BagBrokenError about the file `path`."""
    found: dict[str, str] = {}
    for row in _lines(data, path):
        match = _ROW.fullmatch(row)
        name = _plain(match[2]) if match else ""
        if match is None or name in found:
            reason = Reason(N_("a line of “{path}” cannot be read."), {"path": path})
            raise BagBrokenError(name=path, reason=reason)
        found[name] = match[1].lower()
    return found


def parse_info(data: bytes, path: str = INFO) -> dict[str, str]:
    """`bag-info.txt`, read. Raises BagBrokenError."""
    found: dict[str, str] = {}
    for row in _lines(data, path):
        key, colon, value = row.partition(": ")
        if not colon or not key or key in found:
            reason = Reason(N_("a line of “{path}” cannot be read."), {"path": path})
            raise BagBrokenError(name=path, reason=reason)
        found[key] = value
    return found


def differences(
    files: Mapping[str, tuple[int, str]], texts: Mapping[str, bytes], apart: str
) -> Iterator[Reason]:
    """Everything in which the files of a bag are not those that it names.

    `files`: path -> size and SHA-256 of all files; `texts`: contents of the bag's own texts. Files
    below the folder `apart` may be there without being named.
    """
    missing = [name for name in (*TAG_FILES, TAG_MANIFEST) if name not in texts]
    yield from (Reason(N_("“{path}” is missing."), {"path": name}) for name in missing)
    if missing:
        return
    if texts[DECLARATION] != _DECLARED:
        yield Reason(N_("“{path}” is not that of a package: another program wrote it, or somebody"
                        " did."), {"path": DECLARATION})  # fmt: skip
    named: dict[str, str] = {}
    for text, own in ((TAG_MANIFEST, False), (MANIFEST, True)):
        try:
            rows = parse_manifest(texts[text], text)
        except BagBrokenError as error:
            reason = error.fields["reason"]
            assert isinstance(reason, Reason)
            yield reason
            return
        strange = [path for path in rows if path.startswith(PAYLOAD) is not own]
        if not own:
            strange += [path for path in TAG_FILES if path not in rows]
        yield from (_not_listed(text, path) for path in sorted(set(strange)))
        named |= rows
    yield from _against(named, {path: digest for path, (_, digest) in files.items()}, apart)
    payload = [size for path, (size, _) in files.items() if path.startswith(PAYLOAD)]
    yield from _wrong_sizes(texts[INFO], oxum(payload))


def _against(named: Mapping[str, str], sums: Mapping[str, str], apart: str) -> Iterator[Reason]:
    for path in sorted(set(named) | set(sums)):
        fields = {"path": shown(path)}
        if path == TAG_MANIFEST or (path.startswith(apart) and path not in named):
            continue
        if path not in sums:
            yield Reason(N_("“{path}” is missing."), fields)
        elif path not in named:
            yield Reason(N_("“{path}” was added: no manifest names it."), fields)
        elif named[path] != sums[path]:
            yield Reason(N_("“{path}” is not the one in the manifest."), fields)


def _wrong_sizes(data: bytes, found: str) -> Iterator[Reason]:
    try:
        told = parse_info(data).get("Payload-Oxum", found)
    except BagBrokenError as error:
        reason = error.fields["reason"]
        assert isinstance(reason, Reason)
        yield reason
        return
    if told != found:
        yield Reason(
            N_("“{path}” tells other sizes ({told}) than are there ({found})."),
            {"path": INFO, "told": shown(told), "found": found},
        )


def _not_listed(text: str, path: str) -> Reason:
    return Reason(
        N_("“{path}” is listed wrongly in “{text}”."), {"path": shown(path), "text": text}
    )


def _lines(data: bytes, path: str) -> list[str]:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        reason = Reason(N_("a line of “{path}” cannot be read."), {"path": path})
        raise BagBrokenError(name=path, reason=reason) from error
    if text and not text.endswith("\n"):
        reason = Reason(N_("a line of “{path}” cannot be read."), {"path": path})
        raise BagBrokenError(name=path, reason=reason)
    return text.split("\n")[:-1]


def _escaped(path: str) -> str:
    # RFC 8493, 2.1.3
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _plain(path: str) -> str:
    path = re.sub("(?i)%0a", "\n", path)
    return re.sub("(?i)%0d", "\r", path).replace("%25", "%")
