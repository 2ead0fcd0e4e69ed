"""`project sign`: signatures side by side in a package, over its tag manifest.

A signature changes nothing that another one covers: co-signers add theirs in any order. The tag
manifest names the manifest, which names every file, so a signature covers all of the package.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from stemkit.actions.keys import own as keys
from stemkit.actions.projects.errors import (
    PackageBrokenError,
    SignedAlreadyError,
    WorthlessSignatureError,
)
from stemkit.actions.projects.timestamp import stamp
from stemkit.actions.projects.verify_bag import check_intact
from stemkit.actions.projects.verify_people import vouching
from stemkit.errors import MissingFileError, StemkitError
from stemkit.events import BoardFinished, BoardStarted, Sink, StepStarted, silent
from stemkit.formats import bag
from stemkit.formats.archive_names import shown
from stemkit.formats.plain_names import plain_name
from stemkit.model.signature import SignedBy, Stamped
from stemkit.model.verdict import Answer
from stemkit.signing import cms
from stemkit.signing.brought import bring
from stemkit.signing.signer import Signer, is_locked, load_signer
from stemkit.signing.token import token_signer
from stemkit.storage import atomic, places
from stemkit.storage.large_file import appearing
from stemkit.storage.package_file import PackageWriter
from stemkit.storage.package_reader import SIGNATURES, Package, open_package
from stemkit.words import N_

_STEP: Final = 10


@dataclass(frozen=True, slots=True)
class SignWanted:
    """With what, and how, to sign; the first of `p7s`, `token`, `file`, `key` that is given."""

    key: str | None = None
    """An own key; None: the only one."""
    file: Path | None = None
    """A PEM or PKCS#12 file with key and certificate."""
    pss: bool = False
    """RSA-PSS instead of PKCS#1, for an RSA key in a file."""
    token: Path | None = None
    """The PKCS#11 library of a USB token."""
    token_label: str | None = None
    p7s: Path | None = None
    """A signature over the exported tag manifest that another tool made."""
    label: str = ""
    """What to call the signature's file; else after the signer."""
    timestamp_url: str = ""
    force: bool = False
    """Replace an earlier signature of the same key."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was added to a package."""

    path: Path
    identity: str
    member: str
    """The signature's file in the package, below its top folder."""
    signers: tuple[SignedBy, ...]
    stamped: Stamped | None


def export_digest(path: Path, to: Path) -> str:
    """Write what is to be signed, the tag manifest, for another tool; its SHA-256 in hex.

    Raises PackageBrokenError, and what reading and writing files does.
    """
    with open_package(path) as package:
        tags = _sound(package)
    atomic.write_bytes(to, tags)
    return hashlib.sha256(tags).hexdigest()


def sign(
    path: Path, wanted: SignWanted, ask: keys.Ask = keys.never, events: Sink = silent
) -> Signed:
    """Add a signature; the package is replaced as a whole, or stays as it was.

    Raises PackageBrokenError, SignedAlreadyError, the errors of opening keys and tokens, of
    signatures that were made elsewhere, of timestamps, and of reading and writing files.
    """
    began = datetime.now(UTC)
    if not path.is_file():
        raise MissingFileError(path=path)
    events(BoardStarted(path.name))
    key = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:32]
    lock = places.project_sums() / f"{key}.lock"
    # Nobody else signs meanwhile: what is read here is what the new package is made of.
    with appearing(path, lock) as out:
        events(StepStarted(path.name, N_("reading"), path.stat().st_size))
        with open_package(path) as package:
            signed = _signed(package, out, wanted, ask, events)
    seconds = (datetime.now(UTC) - began).total_seconds()
    events(BoardFinished(path.name, N_("signed"), seconds))
    return signed


def _signed(
    package: Package, out: IO[bytes], wanted: SignWanted, ask: keys.Ask, events: Sink
) -> Signed:
    """Write the package with one more signature into `out`."""
    path = package.path
    tags = _sound(package)
    p7s, signers = _signature(tags, wanted, ask, path.name)
    earlier = _earlier(package, tags, signers)
    if earlier and not wanted.force:
        raise SignedAlreadyError(name=signers[0].name, path=path, file=next(iter(earlier)))
    member = next(iter(earlier), "") or _member(package, wanted.label or signers[0].name)
    extra = {member: p7s}
    stamped = None
    if wanted.timestamp_url:
        events(StepStarted(path.name, N_("asking for a timestamp")))
        token, stamped = stamp(p7s, wanted.timestamp_url)
        extra[_beside(member)] = token
    events(StepStarted(path.name, N_("signing")))
    # A timestamp over the signature that is replaced would be one over nothing.
    _write(package, out, extra, {*earlier, *map(_beside, earlier)})
    return Signed(path, hashlib.sha256(tags).hexdigest(), member, signers, stamped)


def _sound(package: Package) -> bytes:
    """The tag manifest of a package that is as it was packed."""
    intact = check_intact(package)
    if intact.answer is not Answer.YES:
        raise PackageBrokenError(path=package.path, reason=intact.detail)
    return package.read(bag.TAG_MANIFEST)


def _signature(
    tags: bytes, wanted: SignWanted, ask: keys.Ask, name: str
) -> tuple[bytes, tuple[SignedBy, ...]]:
    if wanted.p7s is not None:
        p7s, signers = bring(keys.read_file(wanted.p7s), tags, name=name)
    else:
        with _signer(wanted, ask) as signer:
            p7s = cms.sign_detached(tags, signer, signed_at=datetime.now(UTC))
        signers = cms.verify_each(tags, p7s, name=name)
    for one in signers:
        found = vouching(name, one, datetime.now(UTC))
        if found.holds is Answer.NO:
            raise WorthlessSignatureError(told=found.told)
    return p7s, signers


@contextlib.contextmanager
def _signer(wanted: SignWanted, ask: keys.Ask) -> Iterator[Signer]:
    if wanted.token is not None:
        pin = ask(wanted.token.name) or b""
        with token_signer(wanted.token, pin.decode("utf-8", "replace"), wanted.token_label) as one:
            yield one
    elif wanted.file is not None:
        data = keys.read_file(wanted.file)
        passphrase = ask(wanted.file.name) if is_locked(data) else None
        yield load_signer(data, wanted.file.name, passphrase, pss=wanted.pss)
    else:
        yield keys.signer(wanted.key, ask)


def _earlier(
    package: Package, tags: bytes, signers: tuple[SignedBy, ...]
) -> dict[str, tuple[SignedBy, ...]]:
    """The signatures in the package that the same key made."""
    ours = {one.fingerprint for one in signers}
    found = {}
    for path in sorted(package.files):
        if path.startswith(SIGNATURES) and path.endswith(".p7s"):
            # One that does not fit stays, and `verify` names it.
            with contextlib.suppress(StemkitError):
                there = cms.verify_each(tags, package.read(path), name=path)
                if ours & {one.fingerprint for one in there}:
                    found[path] = there
    return found


def _member(package: Package, label: str) -> str:
    numbers = [
        int(path.removeprefix(SIGNATURES).partition("-")[0])
        for path in package.files
        if path.startswith(SIGNATURES) and path.removeprefix(SIGNATURES).partition("-")[0].isdigit()
    ]
    return f"{SIGNATURES}{max(numbers, default=0) + _STEP}-{plain_name(label).lower()}.p7s"


def _beside(member: str) -> str:
    return member.removesuffix(".p7s") + ".tsr"


def _write(package: Package, out: IO[bytes], extra: dict[str, bytes], gone: set[str]) -> None:
    """The same package with other signatures: what they cover is copied as it lies there."""
    kept, signatures = [], dict(extra)
    for member in package.members():
        own = member.path.removeprefix(package.top)
        if not own.startswith(SIGNATURES):
            kept.append(member)
        elif own not in extra and own not in gone:
            signatures[own] = package.read(own)
    writer = PackageWriter(out)
    writer.take_over(package.source.descriptor, kept)
    for own, content in sorted(signatures.items()):
        writer.add_bytes(package.top + own, content)
    writer.finish()


def told_signers(signed: Signed) -> str:
    """The names of who signed, for a sentence."""
    return ", ".join(shown(one.name) for one in signed.signers)
