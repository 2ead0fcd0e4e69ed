"""Errors of keys and signatures."""

from __future__ import annotations

from stemkit.errors import InputFileError, RefusedError
from stemkit.words import N_


class KeyUnusableError(InputFileError):
    """A key file is not an ECDSA P-256 key."""

    code = "key-unusable"
    message = N_("{name} is not a key that stemkit can use.")
    remedy = N_("Take a key in PEM form that stemkit made (ECDSA P-256, without a password).")


class SignatureWrongError(RefusedError):
    """The contents do not bear the signature of the key."""

    code = "signature-wrong"
    message = N_("{name} was changed after it was signed, or signed by somebody else.")
    remedy = N_("Do not use it. Get it again from its owner.")
