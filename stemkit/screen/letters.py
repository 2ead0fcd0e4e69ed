"""A widget that shows rows of letters, and redraws only those that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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


class _Line(Strip):
    """A strip that does not keep itself.

    Textual's keeps itself among its own pieces; some 1500 of them a second would be garbage that
    only the collector finds, and looking for it stops the reading thread, too.
    """

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """See `Strip.divide`."""
        inside = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if inside == [self.cell_length] else super().divide(inside)


class Letters(Widget):
    """Shows what `show` was given last."""

    DEFAULT_CSS = "Letters { width: 100%; height: 1fr; }"

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._rows: list[Row] = []
        self._strips: list[_Line] = []
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
            self._strips.append(_Line([Segment(text, look[m]) for text, m in row if text], width))
            changed.append(Region(0, y, width, 1))
        if len(rows) != len(old):
            self.refresh()
        elif changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """See `Widget.render_lines`: rows as they are, without border, padding or tint."""
        across, filters = crop.column_span, self.get_line_filters()
        _, background = self.background_colors
        found = []
        for y in crop.line_range:
            strip = self.render_line(y)
            for each in filters:
                strip = strip.apply_filter(each, background)
            whole = strip.cell_length == crop.width and not crop.x
            found.append(strip if whole else strip.crop_extend(*across, None))
        return found
