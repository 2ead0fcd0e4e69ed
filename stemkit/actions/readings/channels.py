"""How channels are called and measured: by the set-up, the board, or the kit's catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stemkit.model.experiment import Experiment
from stemkit.model.reading import Channel, Described, Description, Item
from stemkit.model.recording import RecordingMeta
from stemkit.model.text import Text
from stemkit.storage.quantities import usual_quantity
from stemkit.storage.recordings.setup import experiment_of
from stemkit.words import current_language


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a channel, in the current language."""

    label: str
    name: str
    """As people call it; the label where nobody has said."""
    unit: str
    low: float | None
    high: float | None


class ChannelBook:
    """Collects what boards tell of their channels; the set-up's word goes first."""

    def __init__(self) -> None:
        self._experiment = Experiment()
        self._told: dict[tuple[str, str], Channel] = {}
        self._looked_up: dict[tuple[str, str, str], Known] = {}
        self.descriptions: dict[str, Description] = {}
        """What each board has said of itself."""

    @classmethod
    def of(cls, meta: RecordingMeta) -> ChannelBook:
        """What a recording knows of its channels."""
        made = cls()
        made.experiment = experiment_of(meta)
        for board in meta.boards:
            for channel in board.channels:
                if channel != Channel(channel.label):
                    made._told[board.name, channel.label] = channel
        return made

    @property
    def experiment(self) -> Experiment:
        """The set-up; it may be replaced at any time."""
        return self._experiment

    @experiment.setter
    def experiment(self, experiment: Experiment) -> None:
        if experiment is not self._experiment:
            self._experiment = experiment
            self._looked_up.clear()

    def take(self, item: Item) -> None:
        """Take note of what an item tells."""
        if isinstance(item, Described):
            self._looked_up.clear()
            self.descriptions[item.board] = item.description
            for channel in item.description.channels:
                self._told[item.board, channel.label] = channel

    def unit_of_all(self, label: str, boards: Iterable[str]) -> str:
        """The unit of a channel on those of `boards` that tell; "" where they do not agree."""
        units = {self.known(board, label).unit for board in boards} - {""}
        return units.pop() if len(units) == 1 else ""

    def known(self, board: str, label: str) -> Known:
        """What is known of a board's channel."""
        # A display asks for every channel twenty times a second.
        key = (board, label, current_language())
        found = self._looked_up.get(key)
        if found is None:
            found = self._looked_up[key] = self._look_up(board, label)
        return found

    def _look_up(self, board: str, label: str) -> Known:
        setup = next((c for c in self.experiment.channels if c.label == label), None)
        formula = next((f for f in self.experiment.formulas if f.label == label), None)
        told = self._told.get((board, label))
        usual = None if formula is not None else usual_quantity(label)
        text: Text | None = None
        for source in (setup, formula):
            text = text or (source.name if source is not None else None)
        if text is None and usual is not None:
            text = usual.name
        units = [s.unit for s in (setup, formula, told) if s is not None and s.unit]
        if usual is not None and told is None:
            units.append(usual.unit)
        low = next((s.low for s in (setup, told) if s is not None and s.low is not None), None)
        high = next((s.high for s in (setup, told) if s is not None and s.high is not None), None)
        name = text.told(current_language()) if text is not None else label
        return Known(label, name, units[0] if units else "", low, high)
