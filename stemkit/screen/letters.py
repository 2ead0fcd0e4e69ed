"""A widget that shows rows of letters, and redraws only those that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from stemkit.screen.palette import MEANINGS, PLAIN, has_colour
from stemkit.screen.picture import Row


def styles() -> Mapping[str, Style]:
    """Rich styles of all meanings, for this terminal."""
    words = MEANINGS if has_colour() else PLAIN
    return {name: Style.parse(style) for name, style in words.items()}


class Letters(Widget):
    """Shows what `show` was given last."""

    DEFAULT_CSS = "Letters { width: 100%; height: 1fr; }"

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._rows: list[Row] = []
        self._strips: list[Strip] = []
        self._styles = styles()

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows, each as wide as the widget."""
        width = self.size.width
        old, old_strips = self._rows, self._strips
        self._rows = list(rows)
        self._strips = []
        changed: list[Region] = []
        for y, row in enumerate(rows):
            if y < len(old) and old[y] == row and old_strips[y].cell_length == width:
                self._strips.append(old_strips[y])
                continue
            look = self._styles
            self._strips.append(Strip([Segment(text, look[m]) for text, m in row if text], width))
            changed.append(Region(0, y, width, 1))
        if len(rows) != len(old):
            self.refresh()
        elif changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)
