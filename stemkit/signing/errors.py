"""Errors of keys and signatures."""

from __future__ import annotations

from stemkit.errors import InputFileError, MachineError, RefusedError, UsageError
from stemkit.words import N_


class KeyUnusableError(InputFileError):
    """A key file is not an ECDSA P-256 key."""

    code = "key-unusable"
    message = N_("{name} is not a key that stemkit can use.")
    remedy = N_("Use a key in PEM form that stemkit made (ECDSA P-256, without a password).")


class SignatureWrongError(RefusedError):
    """The contents do not bear the signature of the key."""

    code = "signature-wrong"
    message = N_("{name} was changed after it was signed, or signed by somebody else.")
    remedy = N_("Do not use it. Get it again from its owner.")


class SignatureUnreadableError(RefusedError):
    """What should be a signature is none, or one that proves nothing; `reason` is a `Reason`."""

    code = "signature-unreadable"
    message = N_("The signature of {name} cannot be used: {reason}")
    remedy = N_("Ask its owner to sign it again, and get it from them.")


class SignerUnusableError(InputFileError):
    """A file holds no private key with its certificate; `reason` is a `Reason`."""

    code = "signer-unusable"
    message = N_("{name} cannot be used for signing: {reason}")
    remedy = N_("Give a PEM file with the private key and its certificate, or a .p12 (.pfx) file.")


class PassphraseNeededError(UsageError):
    """A key is locked, and nobody is there to ask."""

    code = "passphrase-needed"
    message = N_("The key {name} is locked with a passphrase.")
    remedy = N_("Run the command in a terminal and type it, or set STEMKIT_KEY_PASSPHRASE.")


class PassphraseWrongError(UsageError):
    """A key does not open with what was typed."""

    code = "passphrase-wrong"
    message = N_("That is not the passphrase of the key {name}.")
    remedy = N_("Try again; look at the keyboard's language, Caps Lock and Vietnamese typing.")


class CertificateUnreadableError(InputFileError):
    """A file holds no certificate."""

    code = "certificate-unreadable"
    message = N_("There is no certificate in {name} that can be read.")
    remedy = N_("Give a .pem, .crt or .cer file, such as “stemkit key export” makes.")


class TimestampRefusedError(MachineError):
    """A timestamp service answered that it will not; `reason` is its own word."""

    code = "timestamp-refused"
    message = N_("The timestamp service {name} refused: {reason}")
    remedy = N_("Try again later, or name another service.")


class TimestampUnfitError(RefusedError):
    """What a timestamp service sent is no timestamp of the content; `reason` is a `Reason`."""

    code = "timestamp-unfit"
    message = N_("What the timestamp service {name} sent cannot be used: {reason}")
    remedy = N_(
        "Nothing was signed. Check the address; a network that asks for a login first answers in "
        "the service's place. Or sign without --timestamp."
    )


class TokenError(MachineError):
    """A USB token or smart card does not sign; `reason` is its driver's word."""

    code = "token"
    message = N_("The USB token cannot be used: {reason}")
    remedy = N_(
        "Plug it in, check the PIN (too many wrong ones lock it) and the path of its driver's"
        " PKCS#11 library. Or sign with the tool of its maker and bring the .p7s file."
    )


class TokenSupportMissingError(MachineError):
    """The library for tokens is not installed."""

    code = "token-support-missing"
    message = N_("This stemkit was installed without support for USB tokens.")
    remedy = N_("Install it once: {command}")
