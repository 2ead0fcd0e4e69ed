"""`stemkit completion`: let the shell finish commands, boards and names when Tab is pressed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, tr

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

SHELLS: Final = ("bash", "zsh", "fish", "powershell")
_VARIABLE: Final = "_STEMKIT_COMPLETE"
# Where the shell looks by itself (bash-completion's and fish's own folders for a user).
_PLACES: Final = {
    "bash": ("XDG_DATA_HOME", ".local/share", "bash-completion/completions/stemkit"),
    "fish": ("XDG_CONFIG_HOME", ".config", "fish/completions/stemkit.fish"),
}
# The line that a person adds where the shell has no such folder.
_LINES: Final = {
    "zsh": 'eval "$(stemkit completion zsh)"   # ~/.zshrc',
    "powershell": "stemkit completion powershell | Out-String | Invoke-Expression   # $PROFILE",
}
_ZSH_COMPLETES: Final = (
    "\n\n(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }\n"
)


@make(
    "completion",
    help=N_(
        "Let the terminal complete commands, boards and names when you press Tab.\n\n"
        "Prints the script; --install puts it where the shell finds it (bash, fish), or says which "
        "line to add (zsh, PowerShell)."
    ),
    example="stemkit completion bash --install",
)
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.option("--install", is_flag=True, help=N_("Put the script where the shell finds it."))
def command(out: Output, shell: str | None, install: bool) -> None:
    """Print or install a script."""
    from stemkit.storage import atomic

    shell = shell or _own_shell()
    script = _script(shell)
    place = _place(shell)
    if install and place:
        atomic.write_bytes(place, script.encode())
        out.say(tr(N_("Written: {file}. Open a new terminal to use it."), file=place))
    elif install:
        out.say(
            tr(
                N_("Add this line to the file that is named after the “#”: {line}"),
                line=_LINES[shell],
            )
        )
    else:
        out.say(script.rstrip("\n"))
    if out.as_json:
        out.answer("completion", {"shell": shell, "script": script,
                                  "file": str(place) if install and place else None})  # fmt: skip


def _own_shell() -> str:
    """The shell in which the command was typed, as far as is known."""
    name = Path(os.environ.get("SHELL", "")).name
    if name in SHELLS:
        return name
    return "powershell" if os.name == "nt" else "bash"


def _place(shell: str) -> Path | None:
    if shell not in _PLACES:
        return None
    variable, usual, rest = _PLACES[shell]
    named = os.environ.get(variable)
    return (Path(named) if named else Path.home() / usual) / rest


def _script(shell: str) -> str:
    from click.shell_completion import get_completion_class

    from stemkit.cli import cli
    from stemkit.cli.powershell import PowerShellComplete

    known: type[ShellComplete] | None = (
        PowerShellComplete if shell == "powershell" else get_completion_class(shell)
    )
    assert known is not None
    script = known(cli, {}, "stemkit", _VARIABLE).source()
    # An account that is new to zsh (each one on macOS) has nothing that completes yet.
    return script.replace("\n", _ZSH_COMPLETES, 1) if shell == "zsh" else script
