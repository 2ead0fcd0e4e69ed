"""`stemkit key passphrase`: lock a key, change what locks it, or unlock it."""

from __future__ import annotations

import click

from stemkit.cli import complete
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, tr


@make(
    "passphrase",
    help=N_(
        "Lock a key of your own with a passphrase, or change the one that it has.\n\n"
        "It is typed twice, or taken from STEMKIT_NEW_KEY_PASSPHRASE; the one that the key has is "
        "asked for, or taken from STEMKIT_KEY_PASSPHRASE. With --remove the key is locked no "
        "longer. What was signed stays as good as it was."
    ),
    example="stemkit key passphrase co-hoa",
)
@click.argument("name", shell_complete=complete.own_keys)
@click.option("--remove", is_flag=True, help=N_("Leave the key without a passphrase."))
def command(out: Output, name: str, remove: bool) -> None:
    """Ask for what is needed, then write the key's file anew."""
    from stemkit.actions.keys.own import lock_key
    from stemkit.cli.passphrase import ask, ask_other

    key = lock_key(name, ask, None if remove else ask_other)
    if out.as_json:
        out.answer("key.passphrase", {"name": key.id, "locked": key.locked})
    locked = N_("The key “{name}” is locked with the new passphrase.")
    out.say(tr(locked if key.locked else N_("The key “{name}” has no passphrase."), name=key.id))
    out.hint(tr(N_("Copies of it that you made before open as they did then.")))
