"""Recordings of people's gestures -> a tree, an honest test of it, and its module for boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from stemkit.analysis.moves import MEASURES, measure, walk
from stemkit.analysis.tree import Example, Tree, learn_tree

Rows = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One recording: what it shows, who made it, and its readings, a row each."""

    label: str
    person: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Tested:
    """How windows were answered by trees that had not seen the person who made them.

    With one person alone: by a tree that had seen the first two thirds of each recording.
    """

    confusion: tuple[tuple[int, ...], ...]
    """A row a label that it was, a column a label that was answered; in windows."""
    by_person: tuple[tuple[str, int, int], ...]
    """Person, right answers, windows."""

    @property
    def right(self) -> int:
        """Windows that were answered right."""
        return sum(row[n] for n, row in enumerate(self.confusion))

    @property
    def windows(self) -> int:
        """All windows that were asked."""
        return sum(map(sum, self.confusion))


@dataclass(frozen=True, slots=True)
class Learned:
    """A tree from all recordings, and the test of its kind."""

    labels: tuple[str, ...]
    channels: tuple[str, ...]
    length: int
    """Readings in a window."""
    recordings: int
    people: tuple[str, ...]
    tree: Tree
    tested: Tested


def windows(rows: Rows, length: int) -> list[list[list[float]]]:
    """Pieces of `length` rows, each beginning in the middle of the one before."""
    step = max(1, length // 2)
    return [
        [list(row) for row in rows[at : at + length]]
        for at in range(0, len(rows) - length + 1, step)
    ]


def learn(recordings: Sequence[Labelled], channels: Sequence[str], length: int) -> Learned:
    """Learn from recordings of at least two labels, each with at least one whole window."""
    labels = tuple(sorted({one.label for one in recordings}))
    people = tuple(sorted({one.person for one in recordings}))
    ordered = sorted(recordings, key=lambda one: (one.label, one.person))
    tree = learn_tree([e for one in ordered for e in _examples(one, labels, length)])
    tested = _test(ordered, labels, people, length)
    return Learned(labels, tuple(channels), length, len(ordered), people, tree, tested)


def _examples(one: Labelled, labels: tuple[str, ...], length: int) -> list[Example]:
    answer = labels.index(one.label)
    return [Example(tuple(measure(window)), answer) for window in windows(one.rows, length)]


def _test(
    recordings: list[Labelled], labels: tuple[str, ...], people: tuple[str, ...], length: int
) -> Tested:
    confusion = [[0] * len(labels) for _ in labels]
    by_person = []
    for person in people:
        seen, unseen = _split(recordings, person, alone=len(people) == 1)
        tree = learn_tree([e for one in seen for e in _examples(one, labels, length)])
        asked = [e for one in unseen for e in _examples(one, labels, length)]
        answers = [walk(tree, list(example.values)) for example in asked]
        for example, answer in zip(asked, answers, strict=True):
            confusion[example.answer][answer] += 1
        right = sum(e.answer == a for e, a in zip(asked, answers, strict=True))
        by_person.append((person, right, len(asked)))
    return Tested(tuple(map(tuple, confusion)), tuple(by_person))


def _split(
    recordings: list[Labelled], person: str, *, alone: bool
) -> tuple[list[Labelled], list[Labelled]]:
    """What a tree may see, and what it is asked. No window lies in both."""
    if alone:
        cuts = [(one, len(one.rows) * 2 // 3) for one in recordings]
        return (
            [Labelled(one.label, one.person, one.rows[:cut]) for one, cut in cuts],
            [Labelled(one.label, one.person, one.rows[cut:]) for one, cut in cuts],
        )
    return (
        [one for one in recordings if one.person != person],
        [one for one in recordings if one.person == person],
    )


def module(learned: Learned) -> str:
    """The text of the model as a module for boards: `model.guess(rows)` gives a number in LABELS.

    It imports nothing and holds plain numbers.
    """
    questions = "\n".join(f"    {_told(node, learned)}" for node in learned.tree)
    moves = files("stemkit.analysis").joinpath("moves.py").read_text("utf-8")
    _, _, code = moves.partition('"""\n\n')
    return (
        f"# Learned by stemkit from {learned.recordings} recordings of {len(learned.people)}"
        " people. Do not change it: learn again.\n"
        f"LABELS = {_words(learned.labels)}\n"
        f"CHANNELS = {_words(learned.channels)}\n"
        f"LENGTH = {learned.length}\n\n"
        "# A question: which measure, its limit, the line to go on with below it, and otherwise.\n"
        "# A number alone is the answer: its place in LABELS. Lines count from 0.\n"
        f"TREE = (\n{questions}\n)\n\n{code.replace('  # type: ignore[type-arg]', '')}\n\n"
        "def guess(rows):\n    return walk(TREE, measure(rows))\n"
    )


def _told(node: tuple[int, float, int, int] | int, learned: Learned) -> str:
    if isinstance(node, int):
        return f"{node},  # {learned.labels[node]}"
    return f"{node!r},  # {MEASURES[node[0]]} < {node[1]:g}?"


def _words(words: tuple[str, ...]) -> str:
    return "(" + "".join(f'"{word}", ' for word in words).rstrip() + ")"
