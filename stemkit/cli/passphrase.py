"""The passphrase of a key: from the environment, or typed without being shown."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import Final

from stemkit.words import N_, tr

VARIABLE: Final = "STEMKIT_KEY_PASSPHRASE"
_NEW: Final = "STEMKIT_NEW_KEY_PASSPHRASE"


def ask(name: str) -> bytes | None:
    """The passphrase of the key `name`; None where nobody is there to type it."""
    given = os.environ.get(VARIABLE)
    if given is None and sys.stdin.isatty():
        import click

        question = tr(N_("Passphrase of the key {name}"), name=name)
        given = click.prompt(question, hide_input=True, err=True, default="", show_default=False)
    return _bytes(given)


def ask_new(name: str, variable: str = VARIABLE) -> bytes | None:
    """A passphrase for a new key, typed twice; None where nobody is there to type it."""
    given = os.environ.get(variable)
    if given is None and sys.stdin.isatty():
        import click

        question = tr(N_("New passphrase for the key {name}"), name=name)
        again = tr(N_("Type it again"))
        given = click.prompt(question, hide_input=True, err=True, confirmation_prompt=again)
    return _bytes(given)


def ask_other(name: str) -> bytes | None:
    """Another passphrase for a key that is there, as `ask_new` gives it."""
    return ask_new(name, _NEW)


def _bytes(text: str | None) -> bytes | None:
    # Two ways to type “ệ” give two strings: they must open the same key.
    return unicodedata.normalize("NFC", text).encode() if text else None
