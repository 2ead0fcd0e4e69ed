"""The page of tiles: every board at a glance, forty on one screen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stemkit.actions.readings.channels import ChannelBook
from stemkit.actions.readings.titles import Title
from stemkit.actions.stream.station import BoardState
from stemkit.analysis.history import History, Series
from stemkit.screen.canvas import Style
from stemkit.screen.digits import Digits
from stemkit.screen.picture import Row, cut, fitted, padded, width
from stemkit.screen.sparks import Look, Sparks
from stemkit.screen.viewer import Viewer
from stemkit.words import N_, tr

LEAST_WIDTH = 15
LEAST_HEIGHT = 2
_AWAY = (BoardState.WAITING, BoardState.REFUSED)
_Lines = Sequence[tuple[str, Series]]


@dataclass(frozen=True, slots=True)
class TileScene:
    """What the tiles show."""

    now_s: float
    boards: Sequence[str]
    history: History
    book: ChannelBook
    states: Mapping[str, BoardState] = field(default_factory=dict)
    titles: Mapping[str, Title] = field(default_factory=dict)
    """What boards are called, where that is not their name."""
    quiet: Mapping[str, str] = field(default_factory=dict)
    """How long boards have sent nothing, in words."""
    alarms: Mapping[str, str] = field(default_factory=dict)
    """What is wrong, by board."""
    lost: Mapping[str, int] = field(default_factory=dict)
    style: Style = Style.BRAILLE
    sparks: Sparks = field(default_factory=Sparks)
    digits: Digits = field(default_factory=Digits)


@dataclass(frozen=True, slots=True)
class Layout:
    """How tiles lie: `across` of `width` letters in each of `down` rows of `height` letters."""

    across: int
    down: int
    width: int
    height: int


def layout(n: int, columns: int, rows: int) -> Layout:
    """Tiles for `n` boards, as square as letters allow; all of them where they fit at all."""
    best: tuple[float, Layout] | None = None
    for across in range(1, max(1, columns // LEAST_WIDTH) + 1):
        down = -(-n // across)
        wide, high = columns // across, rows // down
        if high < LEAST_HEIGHT:
            continue
        # A letter is twice as high as wide; a tile is best three times as wide as high.
        score = abs(math.log(wide / (2 * high * 3)))
        if best is None or score < best[0]:
            best = score, Layout(across, down, wide, min(high, 12))
    if best is not None:
        return best[1]
    across = max(1, columns // LEAST_WIDTH)
    return Layout(across, max(1, rows // LEAST_HEIGHT), columns // across, LEAST_HEIGHT)


def draw_tiles(viewer: Viewer, scene: TileScene, columns: int, rows: int) -> list[Row]:
    """The page in `columns` x `rows` letters."""
    blank: Row = [(" " * columns, "")]
    if not scene.boards:
        text = tr(N_("Plug a board in: it is taken at once."))
        return [[(padded("  " + text, columns), "dim")], *([blank] * (rows - 1))]
    tiles = layout(len(scene.boards), columns, rows)
    per_page = tiles.across * tiles.down
    first = viewer.tile // per_page * per_page
    found: list[Row] = []
    lines = _lines(viewer, scene)
    for line in range(tiles.down):
        boards = scene.boards[first + line * tiles.across : first + (line + 1) * tiles.across]
        drawn = [_tile(viewer, scene, board, lines.get(board, ()), tiles) for board in boards]
        # A tile's rows are as wide as it is.
        rest: Row = [(" " * (columns - tiles.width * len(drawn)), "")]
        for i in range(tiles.height if drawn else 0):
            found.append([*(part for tile in drawn for part in tile[i]), *rest])
    return (found + [blank] * rows)[:rows]


def _lines(viewer: Viewer, scene: TileScene) -> dict[str, list[tuple[str, Series]]]:
    """The channels that are shown, by board."""
    found: dict[str, list[tuple[str, Series]]] = {}
    for (board, label), series in scene.history.series.items():
        if viewer.shows(label):
            found.setdefault(board, []).append((label, series))
    return found


def _tile(viewer: Viewer, scene: TileScene, board: str, lines: _Lines, tiles: Layout) -> list[Row]:
    inner = tiles.width - 2
    chosen = scene.boards[viewer.tile] == board
    head = _head(scene, board, lines, inner, chosen=chosen, high=tiles.height > LEAST_HEIGHT)
    rows = [head]
    left = tiles.height - 1
    if tiles.height > 3:
        left -= 1  # A blank row below keeps tiles apart.
    if left >= 3 and len(lines) > 1:
        for label, series in lines[1 : 1 + min(len(lines) - 1, left - 2)]:
            rows.append(_value_row(scene, board, label, series, inner))
            left -= 1
    state = scene.states.get(board, BoardState.LIVE if lines else BoardState.SILENT)
    if not lines or state in _AWAY:
        told = scene.quiet.get(board) if state is BoardState.SILENT else None
        style = "bad" if state in _AWAY else "warn" if told else "dim"
        rows.append([(padded(told or _missing(state), inner), style)])
        left -= 1
    elif board in scene.quiet:
        rows.append([(padded(scene.quiet[board], inner), "warn")])
        left -= 1
    if lines and left:
        label, series = lines[0]
        look = Look(inner, left, viewer.span_s, scene.style)
        rows += scene.sparks.draw((board, label), series, look, viewer.right_s(scene.now_s))
    blank: Row = [(" " * inner, "")]
    rows = [*rows, *([blank] * tiles.height)][: tiles.height]
    return [[*row, ("  ", "")] for row in rows]


def _missing(state: BoardState) -> str:
    if state is BoardState.WAITING:
        return tr(N_("unplugged"))
    if state is BoardState.REFUSED:
        return tr(N_("port in use"))
    return tr(N_("no firmware")) if state is BoardState.BARE else tr(N_("no readings"))


def _head(
    scene: TileScene,
    board: str,
    lines: _Lines,
    inner: int,
    *,
    chosen: bool,
    high: bool,
) -> Row:
    state = scene.states.get(board, BoardState.LIVE)
    alarm = board in scene.alarms
    sign, meaning = _sign(scene, board, state)
    value, unit = "", ""
    if lines and state not in _AWAY:
        label, series = lines[0]
        known = scene.book.known(board, label)
        value, unit = scene.digits.label((board, label), series.last), known.unit
        if high and inner > 24:
            value = f"{known.name} {value}"
    # The name goes first: a value without its unit is still one, and forty boards need names.
    room = inner - 3 - width(value)
    title = scene.titles.get(board) or Title("", board)
    called = title.whole if width(title.whole) <= room else title.short
    if unit and width(called) + 1 + width(unit) <= room:
        value, room = f"{value} {unit}", room - 1 - width(unit)
    name = padded(_short(called, max(4, room)), max(0, room))
    style = "alarm" if alarm else "selected" if chosen else "bold"
    rest: Row = [(" " + value, "alarm" if alarm else "bold")]
    front: Row = [(sign, "alarm" if alarm else meaning), (" ", ""), (name, style)]
    return fitted([*front, *rest], inner)


def _short(name: str, columns: int) -> str:
    """A name cut at its beginning: what tells boards of a kind apart stands at the end."""
    if width(name) <= columns:
        return name
    kept = ""
    for letter in reversed(name):
        if width(letter) + width(kept) >= columns:
            break
        kept = letter + kept
    return "…" + kept


def _sign(scene: TileScene, board: str, state: BoardState) -> tuple[str, str]:
    """A sign that is told apart without colour too."""
    plain = scene.style is not Style.BRAILLE  # Old consoles have few signs.
    if board in scene.alarms:
        return "!", "alarm"
    if state in _AWAY:
        return ("x" if plain else "✕"), "bad"
    if state in (BoardState.SILENT, BoardState.BARE, BoardState.QUIET):
        return ("." if plain else "○"), "warn"
    if scene.lost.get(board):
        return ("%" if plain else "◐"), "warn"
    return ("*" if plain else "●"), "good"


def _value_row(scene: TileScene, board: str, label: str, series: Series, inner: int) -> Row:
    known = scene.book.known(board, label)
    value = scene.digits.label((board, label), series.last)
    shown = f"{value} {known.unit}" if known.unit else value
    return [(padded(f"  {cut(known.name, inner - 3 - width(shown))} {shown}", inner), "")]
