"""The one way in which a lesson's bundle is opened: checked, and told who vouches for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stemkit.actions.keys import own as keys
from stemkit.events import Noted, Sink, silent
from stemkit.formats.archive import Limits
from stemkit.formats.bundle import Bundle, read_bundle
from stemkit.formats.key_names import spoken
from stemkit.formats.lesson import parse_lesson
from stemkit.formats.lesson_bundle import must_agree
from stemkit.model.lesson import Lesson
from stemkit.model.lesson_names import MANIFEST as LESSON
from stemkit.model.signature import SignedBy, Standing
from stemkit.signing.cms import verify_detached
from stemkit.storage import atomic
from stemkit.words import N_, day, tr


@dataclass(frozen=True, slots=True)
class BundleSigner:
    """Somebody whose signature fits a bundle."""

    signed: SignedBy
    standing: Standing


@dataclass(frozen=True, slots=True)
class OpenBundle:
    """A bundle whose files are those of its manifest and whose signatures all fit."""

    name: str
    bundle: Bundle
    signers: tuple[BundleSigner, ...]

    @property
    def standing(self) -> str:
        """The best of its signers' standings; `unsigned` where there is none."""
        found = {signer.standing for signer in self.signers}
        for standing in (Standing.OWN, Standing.TRUSTED, Standing.UNKNOWN):
            if standing in found:
                return str(standing)
        return "unsigned"

    def _told(self) -> BundleSigner:
        """The signer whom its standing is from."""
        return next(one for one in self.signers if one.standing == self.standing)

    def lesson(self) -> Lesson | None:
        """The lesson that it holds; None for a teacher's part. Raises DataFileError."""
        files = self.bundle.archive
        if LESSON not in files:
            return None
        return parse_lesson(files.read(LESSON), f"{self.name}/{LESSON}")

    def warning(self) -> str:
        """What a person should know before they use it, translated; "" where all is well."""
        if self.standing == "unsigned":
            return tr(
                N_("{name} is not signed: nobody can tell whether it is as it was made."),
                name=self.name,
            )
        signed = self._told().signed
        if signed.not_after < datetime.now(UTC):
            return tr(
                N_(
                    "{name} is signed by “{signer}” with a key that expired on {date}. Ask for a "
                    "newer version."
                ),
                name=self.name,
                signer=signed.name,
                date=day(signed.not_after),
            )
        if self.standing != Standing.UNKNOWN:
            return ""
        return tr(
            N_(
                "{name} is signed by “{signer}” (key number {number}), whom this computer does not "
                "know. If you know them: stemkit key trust {name}"
            ),
            name=self.name,
            signer=signed.name,
            number=spoken(signed.fingerprint),
        )


def open_bundle(data: bytes, name: str, events: Sink = silent) -> OpenBundle:
    """Read a bundle and verify its signatures before anything is done with it.

    An unsigned bundle, or one of an unknown signer, is told to `events` as a `Noted` and may be
    used. Raises ArchiveDamagedError, ArchiveUnsafeError, BundleTamperedError, DataFileError,
    SignatureWrongError, SignatureUnreadableError: then nothing of it may be used.
    """
    bundle = read_bundle(data, name)
    must_agree(bundle, name)
    found = tuple(
        verify_detached(bundle.manifest, p7s, name=name) for p7s in bundle.signatures().values()
    )
    signers = tuple(BundleSigner(signed, keys.standing(signed)) for signed in found)
    opened = OpenBundle(name, bundle, signers)
    warning = opened.warning()
    if warning:
        events(Noted(name, warning))
    return opened


def open_bundle_file(path: Path, events: Sink = silent) -> OpenBundle:
    """`open_bundle` of a file. Raises MissingFileError and the like too."""
    with atomic.told(path), path.open("rb") as file:
        # One byte more than any bundle may have: the reader then says that it is too large.
        data = file.read(Limits().size_bytes + 1)
    return open_bundle(data, path.name, events)


def bundle_row(opened: OpenBundle) -> dict[str, Any]:
    """A bundle's identity, signers and standing, as every `--json` answer tells them."""
    return {
        "identity": opened.bundle.identity,
        "standing": opened.standing,
        "signers": [
            {
                "name": signer.signed.name,
                "organisation": signer.signed.organisation,
                "fingerprint": signer.signed.fingerprint,
                "number": spoken(signer.signed.fingerprint),
                "standing": str(signer.standing),
            }
            for signer in opened.signers
        ],
    }
