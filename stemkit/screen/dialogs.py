"""Windows over the picture: a question with one answer, the help, the controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from stemkit.model.reading import Control
from stemkit.screen.keys import help_rows
from stemkit.screen.letters import Letters
from stemkit.screen.picture import Row, fitted, padded
from stemkit.words import N_, number, tr

Check = Callable[[str], str]
"""Obeys an answer; gives what is wrong with it, "" where nothing is."""
SetControl = Callable[[str, str, float], None]

_STEPS = 20


class Ask(ModalScreen[None]):
    """Asks for a line; stays open, and tells why, while the answer will not do."""

    DEFAULT_CSS = """
    Ask { align: center middle; }
    Ask > Vertical { width: 72; max-width: 96%; height: auto; padding: 0 1; }
    Ask > Vertical { border: round ansi_bright_black; background: ansi_default; }
    Ask Input, Ask Input:focus { border: none; height: 1; padding: 0; background: ansi_default; }
    Ask #wrong { height: auto; }
    """

    def __init__(self, question: str, hint: str, check: Check, answer: str = "") -> None:
        super().__init__()
        self._question, self._hint = question, hint
        self._check, self._answer = check, answer

    def compose(self) -> ComposeResult:
        """See `Screen.compose`."""
        with Vertical():
            yield Static(self._question, markup=False)
            yield Input(self._answer, placeholder=self._hint)
            yield Static("", id="wrong", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        wrong = self._check(event.value.strip())
        if wrong:
            self.query_one("#wrong", Static).update(wrong)
        else:
            self.dismiss()

    def on_key(self, event: Key) -> None:
        """Escape leaves."""
        if event.key == "escape":
            event.stop()
            self.dismiss()


class Help(ModalScreen[None]):
    """All keys."""

    DEFAULT_CSS = """
    Help { align: center middle; }
    Help > Vertical { width: 88; max-width: 100%; height: auto; max-height: 100%; }
    Help > Vertical { background: ansi_default; }
    Help Letters { height: 24; max-height: 100%; }
    """

    def compose(self) -> ComposeResult:
        """See `Screen.compose`."""
        with Vertical():
            yield Letters("help")

    def on_mount(self) -> None:
        """Fill the page when its size is known."""
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        """Fill it anew."""
        self.call_after_refresh(self._fill)

    def on_key(self, event: Key) -> None:
        """Any key leaves."""
        event.stop()
        self.dismiss()

    def _fill(self) -> None:
        page = self.query_one(Letters)
        page.show(help_rows(page.size.width)[: page.size.height])


class Controls(ModalScreen[None]):
    """A slider a control; arrows move it, digits set it."""

    DEFAULT_CSS = """
    Controls { align: center middle; }
    Controls > Vertical { width: 72; max-width: 100%; height: auto; }
    Controls > Vertical { border: round ansi_bright_black; background: ansi_default; }
    Controls Letters { height: 8; }
    """

    def __init__(self, controls: Sequence[tuple[str, Control]], set_control: SetControl) -> None:
        super().__init__()
        self._controls = list(controls)
        self._values = {(b, c.name): c.low if c.value is None else c.value for b, c in controls}
        self._set = set_control
        self._at = 0
        self._typed = ""

    def compose(self) -> ComposeResult:
        """See `Screen.compose`."""
        with Vertical():
            yield Letters("controls")

    def on_mount(self) -> None:
        """Draw when the size is known."""
        self._settle()

    def on_resize(self) -> None:
        """As many controls as have room."""
        self._settle()

    def _settle(self) -> None:
        self.query_one(Letters).styles.height = min(len(self._controls) + 2, self.size.height - 2)
        self.call_after_refresh(self._draw)

    def on_key(self, event: Key) -> None:
        """Choose, move, type, leave."""
        event.stop()
        board, control = self._controls[self._at]
        step = (control.high - control.low) / _STEPS
        if event.key in ("up", "down"):
            self._typed = ""
            self._at = (self._at + (1 if event.key == "down" else -1)) % len(self._controls)
        elif event.key in ("left", "right"):
            self._typed = ""
            by = step if event.key == "right" else -step
            self._send(board, control, self._values[board, control.name] + by)
        elif event.character and event.character in "0123456789.,-":
            self._typed += event.character
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.key == "enter" and self._typed:
            self._send_typed(board, control)
        else:
            self.dismiss()
            return
        self._draw()

    def _send_typed(self, board: str, control: Control) -> None:
        typed, self._typed = self._typed, ""
        try:
            self._send(board, control, float(typed.replace(",", ".")))
        except ValueError:
            return

    def _send(self, board: str, control: Control, value: float) -> None:
        value = float(f"{max(control.low, min(control.high, value)):.6g}")
        self._values[board, control.name] = value
        self._set(board, control.name, value)

    def _draw(self) -> None:
        page = self.query_one(Letters)
        columns, room = page.size.width, max(1, page.size.height - 2)
        # Of more controls than rows (forty boards) those around the chosen one.
        first = max(0, min(self._at - room // 2, len(self._controls) - room))
        rows: list[Row] = [
            self._slider(board, control, chosen=i == self._at, columns=columns)
            for i, (board, control) in enumerate(self._controls)
            if first <= i < first + room
        ]
        hint = tr(N_("↑ ↓ choose, ← → change, or type a number and Enter; Esc leaves"))
        page.show([*rows, fitted([], columns), fitted([(hint, "dim")], columns)])

    def _slider(self, board: str, control: Control, *, chosen: bool, columns: int) -> Row:
        value = self._values[board, control.name]
        room = max(10, columns - 42)
        filled = round((value - control.low) / (control.high - control.low) * room)
        shown = self._typed + "_" if chosen and self._typed else number(value, "g")
        return fitted(
            [
                (padded(f" {board} {control.name}", 20), "selected" if chosen else "bold"),
                (f" {number(control.low, '>6g')} ", "dim"),
                ("█" * filled, "line1"),
                ("░" * (room - filled), "dim"),
                (f" {number(control.high, '<6g')} ", "dim"),
                (f"{shown:>8}", "bold"),
            ],
            columns,
        )
