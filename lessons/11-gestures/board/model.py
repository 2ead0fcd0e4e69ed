# Learned by stemkit from 16 recordings of 4 people. Do not change it: learn again.
LABELS = ("circle", "shake", "still", "tilt",)
CHANNELS = ("acc_x", "acc_y", "acc_z",)
LENGTH = 20

# A question: which measure, its limit, the line to go on with below it, and otherwise.
# A number alone is the answer: its place in LABELS. Lines count from 0.
TREE = (
    (0, 0.9, 1, 2),  # move < 0.9?
    2,  # still
    (2, 0.72, 3, 10),  # pace < 0.72?
    (3, 2.5, 4, 7),  # turns < 2.5?
    (1, 1.407, 5, 6),  # peak < 1.407?
    0,  # circle
    3,  # tilt
    (1, 1.63, 8, 9),  # peak < 1.63?
    0,  # circle
    3,  # tilt
    1,  # shake
)

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


def walk(tree: tuple, values: list[float]) -> int:
    """Follow the questions to an answer."""
    at = tree[0]
    while isinstance(at, tuple):
        number, limit, below, above = at
        at = tree[below if values[number] < limit else above]
    return int(at)


def guess(rows):
    return walk(TREE, measure(rows))
