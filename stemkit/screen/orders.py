"""What keys and answers do to a session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stemkit.analysis.calibration import calibrate
from stemkit.analysis.errors import CalibrationError, FormulaError
from stemkit.analysis.formula import parse_definition, parse_formula
from stemkit.analysis.pipeline import channels, with_channel, with_formula, without_formula
from stemkit.analysis.statistics import statistics as statistics_of
from stemkit.formats.experiment import experiment_toml
from stemkit.model.experiment import ChannelSetup, FormulaSetup, computed_from_itself
from stemkit.model.reading import Happening, Kind
from stemkit.screen.errors import SetupExistsError
from stemkit.screen.messages import Message
from stemkit.screen.session import Session
from stemkit.screen.tiles import layout
from stemkit.screen.viewer import Page
from stemkit.storage import atomic
from stemkit.words import N_, tr

# A channel is calibrated by the mean of its last second.
_CALIBRATION_S = 1.0


def say(session: Session, sentence: str) -> None:
    """Tell a marked sentence below the picture."""
    session.messages.append(Message(session.now_s(), lambda: tr(sentence), "warn"))


def together(session: Session) -> None:
    """All channels in one panel, or apart."""
    session.viewer.together = not session.viewer.together


def statistics(session: Session) -> None:
    """Show numbers, or hide them."""
    session.viewer.statistics = not session.viewer.statistics


def turn(session: Session, page: Page) -> None:
    """Go to a page, or from it back to the lines."""
    session.viewer.go(Page.LINES if session.viewer.page is page else page)


def choose_tile(session: Session, steps: int) -> None:
    """The next tile."""
    n = len(session.boards())
    if n:
        session.viewer.tile = max(0, min(n - 1, session.viewer.tile + steps))


def choose_tile_below(session: Session, steps: int, columns: int, rows: int) -> None:
    """The tile below (`steps` > 0) or above."""
    n = len(session.boards())
    if n:
        choose_tile(session, steps * layout(n, columns, rows).across)


def open_tile(session: Session) -> None:
    """The lines of the chosen tile's board."""
    boards = session.boards()
    if session.viewer.page is Page.TILES and boards:
        session.viewer.board = boards[min(session.viewer.tile, len(boards) - 1)]
        session.viewer.go(Page.LINES)
        session.viewer.from_tile = True


def formula(session: Session, text: str) -> None:
    """A new channel, `name = formula`; a name alone takes it away. Raises `FormulaError`."""
    experiment = session.watching.experiment
    if text in {made.label for made in experiment.formulas}:
        session.watching.experiment = without_formula(experiment, text)
        return
    label, understood = parse_definition(text)
    others = {f.label: channels(parse_formula(f.formula)) for f in experiment.formulas}
    if computed_from_itself(others | {label: channels(understood)}):
        reason = tr(N_("the new channel would be computed from itself."))
        raise FormulaError(formula=text, near=label, reason=reason)
    session.watching.experiment = with_formula(experiment, FormulaSetup(label, understood.text))


def calibrate_now(session: Session, text: str) -> None:
    """`channel = value`: what the channel should show now; a channel alone forgets its points.

    Raises `CalibrationError`.
    """
    label, found, value = (part.strip() for part in text.partition("="))
    if label not in session.labels():
        raise CalibrationError(points=text)
    experiment = session.watching.experiment
    if not found:
        session.watching.experiment = with_channel(
            experiment, label, lambda channel: replace(channel, calibration=())
        )
        return
    try:
        true = float(value.replace(",", "."))
    except ValueError:
        raise CalibrationError(points=text) from None
    shown = _shown_now(session, label)

    def with_point(channel: ChannelSetup) -> ChannelSetup:
        raw = shown
        if channel.calibration:
            # What is shown is calibrated already: back to what the sensor itself says.
            before = calibrate(channel.calibration)
            raw = (shown - before.offset) / before.gain
        return replace(channel, calibration=(*channel.calibration, (raw, true)))

    changed = with_channel(experiment, label, with_point)
    session.watching.experiment = changed


def _shown_now(session: Session, label: str) -> float:
    for (board, name), series in session.history.series.items():
        if name == label and session.viewer.board in ("", board) and len(series):
            last_s = series.t[-1]
            numbers = statistics_of(series.values_between(last_s - _CALIBRATION_S, last_s)[1])
            if numbers.n:
                return numbers.mean
    raise CalibrationError(points=label)


def mark(session: Session, t_s: float, text: str) -> None:
    """Mark a moment."""
    session.watching.feed.tell(Happening("", t_s, Kind.MARK, {"text": text}))


def record(session: Session, name: str) -> None:
    """Begin a recording; raises what `Recorder` raises."""
    session.watching.record(name)


def end_recording(session: Session) -> None:
    """End the recording and make its table (takes a while)."""
    ended = session.watching.end_recording()
    if ended is not None and ended.error is None:
        folder = str(ended.folder.path)
        text = N_("Recorded in {folder}")
        session.messages.append(Message(session.now_s(), lambda: tr(text, folder=folder)))


def save_setup(session: Session, path: Path) -> None:
    """Write the set-up with the view as it is; raises `SetupExistsError`, file errors."""
    if path.exists():
        raise SetupExistsError(path=path)
    viewer = session.viewer
    view = replace(
        session.watching.experiment.view,
        span_s=viewer.span_s,
        grid=viewer.page is Page.TILES,
        channels=tuple(label for label in session.labels() if viewer.shows(label))
        if viewer.hidden
        else viewer.only,
    )
    experiment = replace(session.watching.experiment, view=view)
    atomic.write_bytes(path.expanduser(), experiment_toml(experiment).encode())
    shown = str(path)
    text = N_("The set-up is in {path}")
    session.messages.append(Message(session.now_s(), lambda: tr(text, path=shown)))
