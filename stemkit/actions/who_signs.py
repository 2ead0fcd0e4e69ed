"""Whose key signs: one's own in the keyring, one in a file, or one on a USB token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.keys import Ask, never, read_file, signer
from stemkit.signing.errors import PassphraseNeededError
from stemkit.signing.signer import Signer, is_locked, load_signer


@dataclass(frozen=True, slots=True)
class WhoSigns:
    """What a person said of who signs; nothing said means their only own key."""

    key: str | None = None
    """A key of the keyring, or (with `token`) the label of one on the token."""
    file: Path | None = None
    """A PEM or PKCS#12 file that is used and not kept."""
    token: Path | None = None
    """The PKCS#11 library of a USB token's maker."""
    pss: bool = False
    """RSA signs with PSS, where key and file are this process's."""


@contextmanager
def opened(who: WhoSigns, ask: Ask = never) -> Iterator[Signer]:
    """The signer, for as long as the block runs; `ask` gives passphrase or PIN.

    Raises what `keys.signer`, `load_signer` and `token_signer` do, or what the disk says.
    """
    if who.token is not None:
        from stemkit.signing.token import token_signer

        pin = ask(who.token.name)
        if not pin:
            raise PassphraseNeededError(name=who.token.name)
        with token_signer(who.token, pin.decode(), who.key) as found:
            yield found
    elif who.file is not None:
        data = read_file(who.file)
        passphrase = ask(who.file.name) if is_locked(data) else None
        yield load_signer(data, who.file.name, passphrase, pss=who.pss)
    else:
        yield signer(who.key, ask)
