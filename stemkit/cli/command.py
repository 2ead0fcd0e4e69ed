"""The click command that every stemkit command is: translated help, an example, common options."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from stemkit import __version__
from stemkit.cli.faces import hand_in
from stemkit.cli.metavars import plain_range, speak, spoken
from stemkit.cli.output import Output
from stemkit.cli.wrapping import held, released
from stemkit.words import LANGUAGES, N_, set_language, tr

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Command(click.Command):
    """A command with `--json`, `--quiet` and `--lang`; its help is translated when it is shown.

    `example` is one line that a person can paste; the function receives an `Output` as its first
    argument and may return an `Exit`.
    """

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example
        self.params += _common_options()
        speak(self)

    def invoke(self, ctx: click.Context) -> Any:
        """Set the language and the output that the common options ask for, then run."""
        take_common_options(ctx)
        return super().invoke(ctx)

    def get_help(self, ctx: click.Context) -> str:
        """The help; a command in its sentences stands on one line."""
        return released(super().get_help(ctx))

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """What stands behind the command's name, in the person's language."""
        return [spoken(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the translated help text."""
        _write_text(formatter, self.help)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options with translated help."""
        _write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        _write_example(self.example, formatter)

    def get_short_help_str(self, limit: int = 60) -> str:
        """One translated line for the group's list."""
        return held(_told(self.short_help or self.help)).partition("\n\n")[0]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What a shell offers: the options, with translated help."""
        return _translated(super().shell_complete(ctx, incomplete))


class Group(click.Group):
    """A group of commands with translated help and an example."""

    command_class = Command

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        kwargs.setdefault("no_args_is_help", not kwargs.get("invoke_without_command"))
        super().__init__(*args, **kwargs)
        self.example = example
        self.params.append(_language_option())
        speak(self)

    def invoke(self, ctx: click.Context) -> Any:
        """Set the language that stands before the command, then run the command."""
        take_common_options(ctx)
        return super().invoke(ctx)

    def get_help(self, ctx: click.Context) -> str:
        """The help; a command in its sentences stands on one line."""
        return released(super().get_help(ctx))

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """What stands behind the command's name, in the person's language."""
        return [spoken(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the translated help text."""
        _write_text(formatter, self.help)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and then the list of commands."""
        _write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        _write_example(self.example, formatter)

    def get_short_help_str(self, limit: int = 60) -> str:
        """One translated line for the parent group's list."""
        return held(_told(self.short_help or self.help)).partition("\n\n")[0]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a name that is nearly right is answered with the right one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            raise click.UsageError(_unknown_command(name, self.list_commands(ctx)), ctx)
        return super().resolve_command(ctx, args)


class LazyGroup(Group):
    """The top of the command line: names from a table, modules imported when they are used."""

    def __init__(self, name: str, table: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.table = table
        self.params.append(
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_version,
                help=N_("Show the version and exit."),
            )
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds the command."""
        if cmd_name not in self.table:
            return None
        module = importlib.import_module(f"stemkit.cli.{self.table[cmd_name][0]}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What a shell offers: the commands, none of them imported, or the options."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=tr(text))
            for name, (_, text) in self.table.items()
            if name.startswith(incomplete)
        ]
        return found + _translated(click.Command.shell_complete(self, ctx, incomplete))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section(tr(N_("Commands"))):
            formatter.write_dl([(name, tr(text)) for name, (_, text) in self.table.items()])


def command(
    name: str,
    *,
    help: str,
    example: str,
    **kwargs: Any,
) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a stemkit command; it receives `Output` first, then its parameters."""

    def decorate(function: Callable[..., Any]) -> Command:
        made = click.command(
            name,
            cls=Command,
            help=help,
            example=example,
            context_settings={"help_option_names": ["-h", "--help"]},
            **kwargs,
        )(click.pass_obj(function))
        assert isinstance(made, Command)
        return made

    return decorate


def take_common_options(ctx: click.Context) -> None:
    """Move `--lang`, `--json` and `--quiet` from the parameters to where they take effect."""
    hand_in(ctx)
    language = ctx.params.pop("lang", None)
    if language:
        set_language(language)
    ctx.obj = Output(
        as_json=bool(ctx.params.pop("as_json", False)), quiet=bool(ctx.params.pop("quiet", False))
    )


def _language_option() -> click.Option:
    return click.Option(
        ["--lang"], type=click.Choice(LANGUAGES), help=N_("Speak Vietnamese or English.")
    )


def _common_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--json", "as_json"], is_flag=True, help=N_("Answer with JSON on standard output.")
        ),
        click.Option(["--quiet", "-q"], is_flag=True, help=N_("Show no hints and no progress.")),
        _language_option(),
    ]


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"stemkit {__version__}")
        ctx.exit()


def _unknown_command(name: str, names: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return tr(
            N_("There is no command “{name}”. Did you mean “{near}”?"), name=name, near=near[0]
        )
    return tr(N_("There is no command “{name}”."), name=name)


def _translated(items: list[CompletionItem]) -> list[CompletionItem]:
    for item in items:
        item.help = _told(item.help)
    return items


def _told(text: str | None) -> str:
    return tr(text) if text else ""


def _write_text(formatter: click.HelpFormatter, text: str | None) -> None:
    formatter.write_paragraph()
    with formatter.indentation():
        for i, paragraph in enumerate(held(_told(text)).split("\n\n")):
            if i:
                formatter.write_paragraph()
            formatter.write_text(paragraph)


def _write_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    rows = []
    for parameter in command.get_params(ctx):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            row = parameter.get_help_record(ctx)
            if row is not None:
                rows.append((row[0], _translated_help(parameter, row[1])))
    if rows:
        with formatter.section(tr(N_("Options"))):
            formatter.write_dl(rows)


def _translated_help(option: click.Option, text: str) -> str:
    # click adds "[default: ...]" behind our sentence: translate the sentence alone.
    return plain_range(text.replace(option.help, held(tr(option.help))) if option.help else text)


def _write_example(example: str, formatter: click.HelpFormatter) -> None:
    if example:
        with formatter.section(tr(N_("Example"))):
            for line in example.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
