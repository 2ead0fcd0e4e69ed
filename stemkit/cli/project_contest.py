"""The option by which a contest is chosen, the same for every command about projects."""

from __future__ import annotations

import click

from stemkit.words import N_

contest_option = click.option(
    "--contest",
    "--profile",
    "profile",
    default="",
    metavar="CONTEST",
    help=N_(
        "Rules to check against: a contest (see “stemkit project contests”) or a file of your own."
    ),
)
