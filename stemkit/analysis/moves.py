"""What is measured of a movement, and how a tree of questions answers it.

This file goes onto boards as it is (`stemkit.analysis.learned` puts it into the model), so it is
written in what MicroPython and a beginner both read. A row is one reading of each channel, a window
some rows that follow each other.
"""

MEASURES = ("move", "peak", "pace", "turns")


def measure(rows: list[list[float]]) -> list[float]:
    """Four numbers of a window that do not ask how the board is held.

    move: how strong (root of the channels' summed variances); peak: the farthest point, and pace:
    the way from reading to reading on average, both in units of move; turns: how often the
    strongest channel crosses its mean.
    """
    count = len(rows)
    channels = range(len(rows[0]))
    means = [sum([row[i] for row in rows]) / count for i in channels]
    spreads = [sum([(row[i] - means[i]) ** 2 for row in rows]) / count for i in channels]
    move = sum(spreads) ** 0.5 or 1e-9
    peak = max([sum([(row[i] - means[i]) ** 2 for i in channels]) ** 0.5 for row in rows])
    way = 0.0
    turns = 0
    strong = spreads.index(max(spreads))
    for at in range(1, count):
        old, new = rows[at - 1], rows[at]
        way += sum([(new[i] - old[i]) ** 2 for i in channels]) ** 0.5
        turns += (old[strong] < means[strong]) != (new[strong] < means[strong])
    return [move, peak / move, way / (count - 1) / move, turns]


def walk(tree: tuple, values: list[float]) -> int:  # type: ignore[type-arg]
    """Follow the questions to an answer."""
    at = tree[0]
    while isinstance(at, tuple):
        number, limit, below, above = at
        at = tree[below if values[number] < limit else above]
    return int(at)
