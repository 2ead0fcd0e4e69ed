"""`stemkit key`: one's own signing keys, and whose signatures one trusts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.command import Group
from stemkit.cli.command import command as make
from stemkit.cli.key_passphrase import command as _passphrase
from stemkit.cli.output import Output
from stemkit.words import N_, day, tr

if TYPE_CHECKING:
    from stemkit.actions.keys.own import Key

command = Group(
    "key",
    help=N_("Keys to sign lessons and projects, and the people you trust."),
    example='stemkit key new "Cô Hoà"',
)


@make(
    "new",
    help=N_(
        "Make a key of your own.\n\nNAME is shown to all who get what you sign. The key stays on"
        " this computer, in a file that only your account can read."
    ),
    example='stemkit key new "Cô Hoà" --organisation "THPT số 1"',
)
@click.argument("name")
@click.option("--organisation", default="", metavar="NAME", help=N_("Your school or club."))
@click.option(
    "--passphrase",
    is_flag=True,
    help=N_(
        "Lock the key with a passphrase: it is asked for, or taken from STEMKIT_KEY_PASSPHRASE."
    ),
)
def _new(out: Output, name: str, organisation: str, passphrase: bool) -> None:
    from stemkit.actions.keys.own import new_key
    from stemkit.cli.passphrase import ask_new

    key = new_key(name, organisation, lock=(lambda: ask_new(name)) if passphrase else None)
    _show_kept(out, "new", key)


@make(
    "import",
    help=N_(
        "Import a key that you have: a .p12 or .pfx file, or a PEM file with the key and its "
        "certificate."
    ),
    example="stemkit key import hoa.p12",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", metavar="NAME", help=N_("Name for the key (default: the file's name)."))
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=N_("The key's certificate, if it is in another file."),
)
def _import(out: Output, file: Path, name: str | None, certificate: Path | None) -> None:
    from stemkit.actions.keys.own import import_key
    from stemkit.cli.passphrase import ask

    _show_kept(out, "import", import_key(file, name or file.stem, ask, certificate=certificate))


@make("list", help=N_("List your own keys, and those that you trust."), example="stemkit key list")
def _list(out: Output) -> None:
    from stemkit.actions.keys.own import known_keys

    known = known_keys()
    keys = [*known.own, *known.trusted, *known.authorities]
    if out.as_json:
        bad = [str(path) for path in known.unreadable]
        out.answer("key.list", {"keys": [_row(key) for key in keys], "unreadable": bad})
    for key in keys:
        _say_key(out, key)
    for path in known.unreadable:
        out.hint(tr(N_("{path} is damaged, or is not a key."), path=path))
    if not keys:
        out.hint(tr(N_("There is no key yet. Make one: {command}"), command=command.example))


@make(
    "trust",
    help=N_(
        "Trust the owner of a certificate, or whoever signed a lesson or a project.\n\n"
        "Compare the number with what its owner reads out to you: only that makes it safe."
    ),
    example="stemkit key trust co-hoa.crt\nstemkit key trust 01-first-light-1.0.0.stem",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--name",
    metavar="NAME",
    help=N_("Name to show for them (default: the one in their certificate)."),
)
@click.option("--number", metavar="NUMBER", help=N_("The number of their key, as they told you."))
@click.option(
    "--authority",
    is_flag=True,
    help=N_("Trust everyone to whom this authority gave a certificate."),
)
def _trust(out: Output, file: Path, name: str | None, number: str | None, authority: bool) -> None:
    from stemkit.actions.trust import look_at, trust

    number = number or _compared(out, look_at(file), file)
    key = trust(file, number, name, authority=authority)
    if out.as_json:
        out.answer("key.trust", {"key": _row(key)})
    out.say(tr(N_("You trust “{name}” from now on."), name=key.name))


@make("untrust", help=N_("Stop trusting somebody."), example="stemkit key untrust co-hoa")
@click.argument("name", shell_complete=complete.trusted_keys)
def _untrust(out: Output, name: str) -> None:
    from stemkit.actions.trust import untrust

    untrust(name)
    if out.as_json:
        out.answer("key.untrust", {"name": name})
    out.say(tr(N_("You trust “{name}” no longer."), name=name))


@make(
    "export",
    help=N_(
        "Write a key's certificate to a file, for others to trust; without FILE it is printed.\n\n"
        "With --private the whole key is written, as a safe copy or for your next computer: never "
        "give that to anybody."
    ),
    example="stemkit key export co-hoa co-hoa.crt",
)
@click.argument("name", shell_complete=complete.own_keys)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--private", is_flag=True, help=N_("Write the whole key, with its secret part."))
@click.option("--force", is_flag=True, help=N_("Replace a file that is already there."))
def _export(out: Output, name: str, file: Path | None, private: bool, force: bool) -> None:
    from stemkit.actions.keys.own import export_key, exported

    if file is None and private:
        raise click.UsageError(
            tr(N_("With --private, name the file to write to: a private key is never printed."))
        )
    if file is not None:
        export_key(name, file, private=private, force=force)
        out.say(tr(N_("Written: {path}"), path=file))
    certificate = "" if private else exported(name).decode()
    if file is None:
        out.say(certificate.rstrip("\n"))
    if out.as_json:
        out.answer("key.export", {"file": str(file) if file else None, "certificate": certificate})


@make(
    "remove",
    help=N_("Delete a key of your own for good; nothing can be signed with it again."),
    example="stemkit key remove co-hoa --yes",
)
@click.argument("name", shell_complete=complete.own_keys)
@click.option("--yes", is_flag=True, help=N_("Delete without asking."))
def _remove(out: Output, name: str, yes: bool) -> None:
    from stemkit.actions.keys.own import remove_key

    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError(tr(N_("Add --yes to delete a key for good.")))
        question = tr(N_("Delete the key “{name}” for good? There is no way back."), name=name)
        click.confirm(question, abort=True, err=True)
    remove_key(name)
    if out.as_json:
        out.answer("key.remove", {"name": name})
    out.say(tr(N_("Removed: {name}"), name=name))


for _command in (_new, _list, _trust, _untrust, _export, _import, _passphrase, _remove):
    command.add_command(_command)


def _compared(out: Output, found: tuple[Key, ...], file: Path) -> str:
    """The number, where a person says that it is the one they were told."""
    from stemkit.actions.keys.errors import NumberNeededError
    from stemkit.formats.key_names import spoken

    if out.as_json or not sys.stdin.isatty():
        raise NumberNeededError(name=file.name, holder=", ".join(key.name for key in found))
    for key in found:
        out.say(_whose(key))
        out.say(f"    {spoken(key.fingerprint)}")
        question = tr(N_("Did its owner tell you this very number?"))
        # The last one that is not theirs ends it: nobody is trusted.
        if click.confirm(question, abort=key is found[-1], err=True):
            return spoken(key.fingerprint)
    raise click.Abort


def _show_kept(out: Output, verb: str, key: Key) -> None:
    if out.as_json:
        out.answer(f"key.{verb}", {"key": _row(key)})
        return
    _say_key(out, key)
    if key.personal:
        out.hint(
            tr(
                N_(
                    "Its certificate holds a personal number ({kinds}): all who get what you sign"
                    " can read it."
                ),
                kinds=", ".join(key.personal),
            )
        )
    out.hint(tr(N_("Give others your certificate: {command}"),
                command=f"stemkit key export {key.id} {key.id}.crt"))  # fmt: skip
    out.hint(tr(N_("They will ask you for this number. Keep a copy of the key in a safe place.")))


def _say_key(out: Output, key: Key) -> None:
    from stemkit.formats.key_names import spoken

    kinds = {"own": N_("your own"), "trusted": N_("trusted"), "authority": N_("trusted authority")}
    facts = [tr(kinds[key.kind])]
    if key.locked:
        facts.append(tr(N_("locked with a passphrase")))
    if key.not_after is None:
        facts.append(tr(N_("without a certificate, for mirrors")))
    else:
        facts.append(tr(N_("until {date}"), date=day(key.not_after)))
    if key.expired:
        facts.append(tr(N_("EXPIRED")))
    out.say(f"{key.id:<16} {_whose(key)}{' ' * bool(key.name)}({', '.join(facts)})")
    if key.fingerprint:
        out.say(f"{'':<16} {spoken(key.fingerprint)}")


def _whose(key: Key) -> str:
    told = ", ".join(text for text in (key.name, key.organisation) if text)
    if key.not_after is None or key.self_signed:
        return told
    return f"{told} ← {key.issuer}"


def _row(key: Key) -> dict[str, Any]:
    from stemkit.formats.key_names import spoken

    return {
        "id": key.id,
        "kind": key.kind,
        "name": key.name or None,
        "organisation": key.organisation or None,
        "issuer": key.issuer or None,
        "self_signed": key.self_signed,
        "fingerprint": key.fingerprint or None,
        "number": spoken(key.fingerprint) if key.fingerprint else None,
        "not_after": key.not_after.isoformat() if key.not_after else None,
        "expired": key.expired,
        "locked": key.locked,
        "personal_numbers": list(key.personal),
    }
