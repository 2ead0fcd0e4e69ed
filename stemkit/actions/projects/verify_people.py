"""Who signed a package, and when? Signatures and timestamps, judged offline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from stemkit.actions.keys import own as keys
from stemkit.errors import StemkitError
from stemkit.formats import bag
from stemkit.formats.archive_names import shown
from stemkit.formats.key_names import spoken
from stemkit.model.signature import ChainState, SignedBy, Stamped, Standing
from stemkit.model.verdict import Answer, Check
from stemkit.signing import chain, cms, timestamps
from stemkit.storage.package_reader import SIGNATURES, Package
from stemkit.words import N_, day, ntr, tr

_STATES = {
    ChainState.TRUSTED: N_("its certificates lead to an authority that this computer trusts"),
    ChainState.SELF_SIGNED: N_("the signer vouches for their own key: compare its number"),
    ChainState.UNKNOWN_ISSUER: N_("this computer does not know the authority that issued it"),
    ChainState.EXPIRED: N_("the certificate had expired"),
    ChainState.NOT_YET: N_("the certificate was not valid yet"),
    ChainState.NOT_FOR_SIGNING: N_("the certificate is not one for signing"),
}
_WORTH = {
    ChainState.EXPIRED: Answer.UNKNOWN,
    ChainState.NOT_YET: Answer.NO,
    ChainState.NOT_FOR_SIGNING: Answer.NO,
}
_STANDINGS = {
    Standing.OWN: N_("your own key"),
    Standing.TRUSTED: N_("a signer whom you trust"),
    Standing.UNKNOWN: N_("not in your list of signers"),
}


def check_people(package: Package, now: datetime | None = None) -> tuple[Check, Check]:
    """The checks `signed` and `timestamped`."""
    now = now or datetime.now(UTC)
    names = sorted(path for path in package.files if path.startswith(SIGNATURES))
    signatures = [path for path in names if path.endswith(".p7s")]
    if bag.TAG_MANIFEST not in package.files:
        broken = tr(N_("“{path}” is missing."), path=bag.TAG_MANIFEST)
        return Check("signed", Answer.UNKNOWN, broken), Check("timestamped", Answer.UNKNOWN, broken)
    tags = package.read(bag.TAG_MANIFEST)
    stamps = {path: _stamped(package, path, now) for path in names if path.endswith(".tsr")}
    good: list[Vouching] = []
    bad = []
    for path in signatures:
        try:
            signed = cms.verify_each(tags, package.read(path), name=path)
        except StemkitError as error:
            bad.append(f"{shown(path)}: {error.told()}")
            continue
        stamp = stamps.get(path.removesuffix(".p7s") + ".tsr")
        # Anybody can stamp with a time of their choice: it counts from a trusted authority alone.
        at = stamp.at if isinstance(stamp, Stamped) and _vouched(stamp) else now
        good += [vouching(shown(path), one, at) for one in signed]
    return _signed(good, bad), _timestamped(signatures, stamps)


@dataclass(frozen=True, slots=True)
class Vouching:
    """A signature that fits, and what it is worth at a moment."""

    told: str
    """File, signer and what the certificates say, in one sentence."""
    holds: Answer
    """NO: its certificate could never have made it; UNKNOWN: it held once, and who knows when."""
    known: bool
    """Whether this computer knows the signer."""


def vouching(path: str, signed: SignedBy, at: datetime) -> Vouching:
    """Judge a signature that fits, at the moment `at`."""
    state = chain.judge(signed, keys.roots(), at)
    standing = keys.standing(signed, at)
    holds = _WORTH.get(state, Answer.YES)
    told = _who(signed, state, standing)
    when = signed.signed_at
    if when is not None and not signed.not_before <= when <= signed.not_after:
        holds = Answer.NO
        told += "; " + tr(N_("its certificate holds from {begin} to {end} only"),
                          begin=day(signed.not_before),
                          end=day(signed.not_after))  # fmt: skip
    return Vouching(f"{path}: {told}", holds, standing is not Standing.UNKNOWN)


def _signed(good: list[Vouching], bad: list[str]) -> Check:
    wrong = [one.told for one in good if one.holds is Answer.NO]
    evidence = (*bad, *wrong, *(one.told for one in good if one.holds is not Answer.NO))
    if bad or wrong:
        return Check("signed", Answer.NO, evidence[0], evidence)
    if not good:
        return Check("signed", Answer.NO, tr(N_("Nobody signed it.")))
    if all(one.holds is Answer.UNKNOWN for one in good):
        text = tr(N_("The certificate has run out, and no authority confirmed that it was signed"
                     " before."))  # fmt: skip
        return Check("signed", Answer.UNKNOWN, text, evidence)
    detail = ntr(
        "{n} signature, and it matches.", "{n} signatures, and all of them fit.", len(good)
    )
    if not any(one.known for one in good):
        detail += " " + tr(N_("This computer knows none of the signers: compare the numbers."))
    revoked = tr(N_("Whether a certificate was revoked is unknown: nobody was asked."))
    return Check("signed", Answer.YES, detail, (*evidence, revoked))


def _who(signed: SignedBy, state: ChainState, standing: Standing) -> str:
    when = signed.signed_at
    return tr(
        N_("{name} ({organisation}), {standing}; {state}; number {number}; says it was on {when}"),
        name=signed.name,
        organisation=signed.organisation or ("–" if signed.self_signed else signed.issuer),
        standing=tr(_STANDINGS[standing]),
        state=tr(_STATES[state]),
        number=spoken(signed.fingerprint),
        when=f"{day(when)} {when:%H:%M} UTC" if when else "–",
    )


def _stamped(package: Package, path: str, now: datetime) -> Stamped | str:
    """The timestamp over the signature beside it, or why it proves nothing."""
    over = path.removesuffix(".tsr") + ".p7s"
    if over not in package.files:
        return f"{shown(path)}: " + tr(N_("the signature that it is for is missing."))
    try:
        return timestamps.check(package.read(path), package.read(over), name=path)
    except StemkitError as error:
        return f"{shown(path)}: {error.told()}"


def _vouched(stamp: Stamped) -> bool:
    return chain.judge(stamp.authority, keys.roots(), stamp.at) is ChainState.TRUSTED


def _timestamped(signatures: list[str], stamps: dict[str, Stamped | str]) -> Check:
    told: list[str] = []
    bad = [stamp for stamp in stamps.values() if isinstance(stamp, str)]
    for path, stamp in stamps.items():
        if isinstance(stamp, Stamped):
            state = tr(_STATES[chain.judge(stamp.authority, keys.roots(), stamp.at)])
            told.append(
                tr(
                    N_("{path}: at {when} by {name}; {state}"),
                    path=shown(path),
                    when=f"{day(stamp.at)} {stamp.at:%H:%M:%S} UTC",
                    name=stamp.authority.name,
                    state=state,
                )
            )
    if bad:
        return Check("timestamped", Answer.NO, bad[0], (*bad, *told))
    if not told:
        text = tr(N_("No authority confirmed a time: only the signers' own clocks tell it."))
        return Check("timestamped", Answer.UNKNOWN, text)
    missing = len(signatures) - len(told)
    if missing > 0:
        told.append(ntr("{n} signature has no timestamp.", "{n} signatures have none.", missing))
    known = all(_vouched(stamp) for stamp in stamps.values() if isinstance(stamp, Stamped))
    return Check("timestamped", Answer.YES if known else Answer.UNKNOWN, told[0], tuple(told))
