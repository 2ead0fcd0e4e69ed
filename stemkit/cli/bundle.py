"""Who vouches for a lesson's bundle, told by every command that opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stemkit.cli.output import Output
from stemkit.words import N_, tr

if TYPE_CHECKING:
    from stemkit.actions.library.bundles import BundleSigner, OpenBundle


def warn(out: Output, bundle: OpenBundle | None) -> None:
    """One line where nobody known vouches for the bundle."""
    warning = bundle.warning() if bundle else ""
    if warning:
        out.hint(tr(N_("Careful: {text}"), text=warning))


def bundle_fields(bundle: OpenBundle | None) -> dict[str, Any]:
    """What `--json` says of a bundle, under `bundle`; {} where there is none."""
    if bundle is None:
        return {}
    from stemkit.actions.library.bundles import bundle_row

    return {"bundle": bundle_row(bundle)}


def signer_words(signer: BundleSigner) -> str:
    """Who signed, their number, and whether they are known here."""
    from stemkit.formats.key_names import spoken

    words = {"own": N_("yourself"), "trusted": N_("trusted"), "unknown": N_("UNKNOWN")}
    signed = signer.signed
    name = ", ".join(text for text in (signed.name, signed.organisation) if text)
    return f"{name} ({tr(words[signer.standing])}; {spoken(signed.fingerprint)})"
