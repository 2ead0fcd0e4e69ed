"""Errors of the person's keys and of whom they trust."""

from __future__ import annotations

from stemkit.errors import RefusedError, UsageError
from stemkit.words import N_


class NoKeyError(UsageError):
    """Signing was asked for, and there is no key yet."""

    code = "no-key"
    message = N_("There is no key to sign with yet.")
    remedy = N_('Make one: stemkit key new "Your name". Or bring one: stemkit key import FILE')


class SeveralKeysError(UsageError):
    """There are several keys, and none was named."""

    code = "several-keys"
    message = N_("There are several keys: {names}")
    remedy = N_("Say which one signs, for example with --key {example}")


class KeyNameError(UsageError):
    """A name without a letter or digit."""

    code = "key-name"
    message = N_("“{name}” cannot be a key's name.")
    remedy = N_("Choose a name with letters or digits, for example “Cô Hoà”.")


class KeyWithoutCertificateError(UsageError):
    """A bare key (of a firmware mirror) cannot say whose it is."""

    code = "key-without-certificate"
    message = N_("The key “{name}” has no certificate, so it cannot sign lessons or projects.")
    remedy = N_('Make one for that: stemkit key new "Your name"')


class KeyForMirrorsError(UsageError):
    """A bare key, whose mirror has nobody to ask."""

    code = "key-for-mirrors"
    message = N_("The key “{name}” is for firmware mirrors; such a key cannot be locked.")
    remedy = N_("Keep its file from others. To see the keys that can be locked: stemkit key list")


class NewPassphraseNeededError(UsageError):
    """A key is to be locked, and nobody is there to say with what."""

    code = "new-passphrase-needed"
    message = N_("No new passphrase for the key {name} was given.")
    remedy = N_("Run the command in a terminal and type it, or set STEMKIT_NEW_KEY_PASSPHRASE.")


class NumberDiffersError(RefusedError):
    """The number that was given is not that of the certificate."""

    code = "key-number-differs"
    message = N_("{name} has another number: {number}")
    remedy = N_("Do not trust it. Ask its owner to read out the number again.")


class NumberNeededError(UsageError):
    """Nobody is there to compare the number."""

    code = "key-number-needed"
    message = N_("Nobody compared the number of “{holder}” in {name} yet.")
    remedy = N_(
        "Ask its owner to read the number of their key out to you (“stemkit key list” shows it to "
        "them), then repeat the command with --number and that number."
    )


class NotSignedError(UsageError):
    """A lesson that nobody signed cannot tell whom to trust."""

    code = "not-signed"
    message = N_("{name} is not signed, so there is nobody to trust.")
    remedy = N_("Ask its maker for their certificate, which “stemkit key export” writes.")


class FileThereError(UsageError):
    """A file would be written over."""

    code = "file-there"
    message = N_("{path} is there already.")
    remedy = N_("Choose another name, or replace it with --force.")
