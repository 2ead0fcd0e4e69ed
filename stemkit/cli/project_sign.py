"""`stemkit project sign`."""

from __future__ import annotations

from pathlib import Path

import click

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, tr, typed

FILE = click.Path(path_type=Path, dir_okay=False)


@make(
    "sign",
    help=N_(
        "Sign a package: say that you vouch for it. Others may sign it too, before or after "
        "you.\n\nSign with your own key, a certificate in a file, or a USB token. If only the "
        "token's own program can sign: use --export-digest, sign that file with the program, then "
        "use --import-p7s."
    ),
    example=(
        "stemkit project sign pendulum.zip --key team\n"
        "stemkit project sign pendulum.zip --certificate school.p12 --as school"
    ),
)
@click.argument("package", type=FILE, metavar="FILE")
@click.option(
    "--key", metavar="NAME", help=N_("Sign with this key of yours (see “stemkit key list”).")
)
@click.option("--certificate", type=FILE, metavar="FILE", help=N_("Key and certificate: .p12, .pfx or .pem."))  # fmt: skip  # noqa: E501
@click.option("--pss", is_flag=True, help=N_("Sign with RSA-PSS (for an RSA key)."))
@click.option(
    "--token", type=FILE, metavar="FILE", help=N_("Sign with a USB token: its PKCS#11 library.")
)
@click.option("--token-label", metavar="NAME", help=N_("Which key to use on the token."))
@click.option(
    "--as",
    "label",
    default="",
    metavar="NAME",
    help=N_("Name of the signature (default: by the key)."),
)
@click.option("--timestamp", default="", metavar="URL", help=N_(
    "Address of a service that confirms the time (RFC 3161)."
))  # fmt: skip
@click.option("--export-digest", type=FILE, metavar="FILE", help=N_(
    "Write what another program is to sign to this file, and stop."
))  # fmt: skip
@click.option("--import-p7s", type=FILE, metavar="FILE", help=N_(
    "Add the signature that another program made of that file."
))  # fmt: skip
@click.option("--force", is_flag=True, help=N_("Replace an earlier signature of the same key."))
def command(
    out: Output,
    package: Path,
    key: str | None,
    certificate: Path | None,
    pss: bool,
    token: Path | None,
    token_label: str | None,
    label: str,
    timestamp: str,
    export_digest: Path | None,
    import_p7s: Path | None,
    force: bool,
) -> None:
    """Sign, or hand out what is to be signed."""
    from stemkit.actions.projects.sign import SignWanted

    if export_digest is not None:
        _export(out, package, export_digest)
        return
    wanted = SignWanted(key, certificate, pss, token, token_label, import_p7s, label, timestamp,
                        force)  # fmt: skip
    _sign(out, package, wanted)


def _export(out: Output, package: Path, to: Path) -> None:
    from stemkit.actions.projects.sign import export_digest

    digest = export_digest(package, to)
    if out.as_json:
        out.answer("project.sign", {"exported": str(to), "sha256": digest})
    out.say(f"{digest}  {to}")
    out.hint(
        tr(
            N_("Sign {file}, then: stemkit project sign {package} --import-p7s FILE"),
            file=to,
            package=typed(package),
        )
    )


def _sign(out: Output, package: Path, wanted: object) -> None:
    from stemkit.actions.projects.sign import SignWanted, sign, told_signers
    from stemkit.cli.passphrase import ask
    from stemkit.cli.progress import shown
    from stemkit.formats.key_names import spoken

    assert isinstance(wanted, SignWanted)
    with shown(out) as events:
        signed = sign(package, wanted, ask, events)
    if out.as_json:
        rows = [{"name": one.name, "organisation": one.organisation, "issuer": one.issuer,
                 "fingerprint": one.fingerprint, "algorithm": one.algorithm}
                for one in signed.signers]  # fmt: skip
        at = signed.stamped.at.isoformat() if signed.stamped else None
        out.answer("project.sign", {"package": str(package), "identity": signed.identity,
                   "member": signed.member, "signers": rows, "timestamp": at})  # fmt: skip
    out.say(tr(N_("{name} signed {package} ({member})."), name=told_signers(signed),
               package=package, member=signed.member))  # fmt: skip
    for one in signed.signers:
        number = spoken(one.fingerprint)
        out.hint(tr(N_("Number of the key, to read out: {number}"), number=number))
