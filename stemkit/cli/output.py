"""Where a command's answer goes: data to standard output, everything for people beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from stemkit.cli.marks import coloured
from stemkit.cli.wrapping import fitted

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Output:
    """How this run wants its answer.

    With `as_json` standard output carries JSON and nothing else; people's text goes to standard
    error. Without it, text goes to standard output, progress and hints to standard error.
    """

    as_json: bool = False
    quiet: bool = False

    def answer(self, command: str, body: Mapping[str, Any]) -> None:
        """Print one JSON object for a command (dots join group and command)."""
        self.json_line({"schema": f"stemkit.{command}/1", **body})

    def json_line(self, value: Mapping[str, Any]) -> None:
        """Print one JSON object on a line of its own, at once (for streams too)."""
        print_line(json.dumps(value, ensure_ascii=False), sys.stdout)

    def say(self, text: str) -> None:
        """Print a line of the answer for people; nothing with `--json`."""
        if not self.as_json:
            print_line(coloured(fitted(text, sys.stdout), sys.stdout), sys.stdout)

    def hint(self, text: str) -> None:
        """Print a remark beside the answer; nothing with `--quiet` or `--json`."""
        if not self.quiet and not self.as_json:
            print_line(coloured(fitted(text, sys.stderr), sys.stderr), sys.stderr)

    def console(self, *, error: bool = False) -> Console:
        """A rich console for tables (standard output) or progress (standard error)."""
        from rich.console import Console

        return Console(stderr=error or self.as_json, highlight=False, soft_wrap=False)


def print_line(text: str, stream: TextIO) -> None:
    """Write a line and flush it, so that a pipe's reader sees it at once."""
    stream.write(text + "\n")
    stream.flush()
