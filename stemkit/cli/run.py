"""`stemkit run`: a program on a board, without saving it there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.errors import Exit
from stemkit.words import N_, ntr, tr, typed

if TYPE_CHECKING:
    from stemkit.actions.programs.run import Place, ProgramError
    from stemkit.events import Event

_PERSON_S = 30.0
_CALLS_SHOWN = 3


@make(
    "run",
    help=N_(
        "Run a program on a board without saving it there; what it prints is shown at once.\n\n"
        "The board starts afresh first, so that nothing of an earlier program is left. When the "
        "program stops with an error, the line in your own file is shown, and often a hint. "
        "What the program asks with input() you type here. Ctrl-C stops the program, not the board."
    ),
    example="stemkit run blink.py",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("board", required=False, metavar="[BOARD]", shell_complete=complete.boards)
def command(out: Output, file: Path, board: str | None) -> Exit:
    """Run the file, show its output, explain its error."""
    from stemkit.actions.boards.find import Search, find_board
    from stemkit.actions.programs.run import run_file
    from stemkit.actions.programs.typed import Typed

    screen = _Screen(out)
    found = find_board(board, Search(f"stemkit run {typed(file)}"))
    person_s = _PERSON_S if sys.stderr.isatty() else 0.0
    try:
        error = run_file(
            found,
            file,
            screen.show,
            lines=Typed().line,
            person_s=person_s,
            sink=lambda e: _note(out, e),
        )
    finally:
        screen.end()
    tell(out, error)
    return Exit.DONE if error is None else Exit.ANSWER_IS_NO


def _note(out: Output, event: Event) -> None:
    from stemkit.events import Noted

    if isinstance(event, Noted):
        out.hint(event.text)


class _Screen:
    """Where the program's output goes: as text, or with `--json` a line an object."""

    def __init__(self, out: Output) -> None:
        from stemkit.wire.harmless_output import HarmlessOutput

        self._out = out
        self._text = HarmlessOutput()
        self._line = ""
        self._at_start = True

    def show(self, data: bytes) -> None:
        """Show a piece of output."""
        self._put(self._text.feed(data))

    def end(self) -> None:
        """Show what was held back, and end the line."""
        self._put(self._text.end())
        if self._line:
            self._out.json_line({"line": self._line})
        if not self._at_start and not self._out.as_json:
            self._write("\n")

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._out.as_json:
            *lines, self._line = (self._line + text).split("\n")
            for line in lines:
                self._out.json_line({"line": line})
        else:
            self._write(text)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
        self._at_start = text.endswith("\n")


def tell(out: Output, error: ProgramError | None) -> None:
    """Say why the program stopped, with the student's own line."""
    if out.as_json:
        out.answer("run", {"ok": error is None, "error": error and _row(error)})
        return
    if error is None:
        return
    say = sys.stderr.write
    first, left_out, last = _shortened(error.places)
    for place in first:
        say(_told(place))
    if left_out:
        say(ntr("... {n} more call", "... {n} more calls", left_out) + "\n")
    for place in last:
        say(_told(place))
    say(error.summary + "\n")
    if error.hint:
        say(tr(N_("Hint: {text}"), text=error.hint) + "\n")
    sys.stderr.flush()


def _shortened(places: Sequence[Place]) -> tuple[Sequence[Place], int, Sequence[Place]]:
    """A function that calls itself without an end fills no screen."""
    if len(places) <= 2 * _CALLS_SHOWN:
        return places, 0, ()
    return places[:_CALLS_SHOWN], len(places) - 2 * _CALLS_SHOWN, places[-_CALLS_SHOWN:]


def _told(place: Place) -> str:
    source = f"    {place.source}\n" if place.source else ""
    return f"{_where(place)}\n{source}"


def _where(place: Place) -> str:
    if place.function and place.function != "<module>":
        return tr(
            N_("{file}, line {line}, in {function}:"),
            file=place.file,
            line=place.line,
            function=place.function,
        )
    return tr(N_("{file}, line {line}:"), file=place.file, line=place.line)


def _row(error: ProgramError) -> dict[str, Any]:
    places = [
        {"file": p.file, "line": p.line, "function": p.function, "source": p.source}
        for p in error.places
    ]
    return {
        "kind": error.kind,
        "message": error.message,
        "file": places[-1]["file"] if places else None,
        "line": places[-1]["line"] if places else None,
        "places": places,
        "hint": error.hint or None,
    }
