"""The command reference, written from the commands themselves.

python -m tests.docs.reference      writes COMMANDS.md and COMMANDS.vi.md anew
"""

import gettext
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from stemkit.cli import COMMANDS, cli
from stemkit.words import DOMAIN, LOCALE_FOLDER, set_language

ROOT = Path(__file__).parents[2]
FILES = {"en": ROOT / "COMMANDS.md", "vi": ROOT / "COMMANDS.vi.md"}
_HEADS = {
    "en": "# Every command\n\nThis is what `--help` prints. How the commands work together is in"
    " [README.md](README.md).\n",
    "vi": "# Tất cả các lệnh\n\nĐây là nội dung mà `--help` in ra. Cách dùng phối hợp các lệnh có"
    " trong [README.vi.md](README.vi.md).\n",
}
_WIDTH = 100


def reference(language: str) -> str:
    """The whole reference, by a process of its own: click keeps the language it met first."""
    words = [sys.executable, "-m", "tests.docs.reference", language]
    environment = {**os.environ, "STEMKIT_LANG": language, "LANGUAGE": language}
    return subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=True
    ).stdout


def _told(language: str) -> str:
    gettext.bindtextdomain(DOMAIN, str(LOCALE_FOLDER))
    gettext.textdomain(DOMAIN)
    set_language(language)
    return "\n".join([_HEADS[language], *_pages()])


def _pages() -> Iterator[str]:
    top = click.Context(cli, info_name="stemkit", terminal_width=_WIDTH, max_content_width=_WIDTH)
    for name in COMMANDS:
        command = cli.get_command(top, name)
        assert command is not None
        yield from _page(command, name, top)


def _page(command: click.Command, name: str, above: click.Context) -> Iterator[str]:
    context = click.Context(
        command,
        parent=above,
        info_name=name,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        **command.context_settings,
    )
    text = re.sub(r"[ \t]+$", "", command.get_help(context), flags=re.MULTILINE).strip()
    level = "##" if above.parent is None else "###"
    yield f"{level} {context.command_path}\n\n```text\n{text}\n```\n"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            child = command.get_command(context, below)
            assert child is not None
            yield from _page(child, below, context)


def main(words: list[str]) -> None:
    if words:
        sys.stdout.reconfigure(encoding="utf-8")
        print(end=_told(words[0]))
        return
    for language, file in FILES.items():
        file.write_text(reference(language), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
