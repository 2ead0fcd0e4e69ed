"""Which form a port's lines have: tried in order, locked after five lines that agree."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Final

from stemkit.wire.forms import Bare, Form, Row, Sequence, Shape, Table, new_forms
from stemkit.wire.heading import Headed, may_be_headed, without_heading

LINES_TO_AGREE = 5
# Lines in text take turns, and the last of them must not wait for one more turn than the first.
_LINES_OF_A_TURN: Final = LINES_TO_AGREE - 1
_MOST_WAITING: Final = 128
_MOST_WORDINGS: Final = 128


@dataclass(frozen=True, slots=True)
class Read:
    """What came of offering a line. `rows` None: it is no reading (so far)."""

    rows: list[Row] | None
    form: Form | None = None
    """The form that was locked by this very line."""
    believed: tuple[tuple[float, list[Row]], ...] = ()
    """Earlier lines (time, rows) that were not believed until this line agreed with them."""
    named: tuple[str, ...] = ()
    """Where this line is the first under a header, and bare numbers came before: the columns."""


class FormLock:
    """Chooses a form and keeps to it until another one has agreed with itself as often.

    Of a form that waits, and of a log, only lines are believed that agree with enough others: one
    after the other, or in turn.
    """

    def __init__(self) -> None:
        self._forms = new_forms()
        self._table = next(form for form in self._forms if isinstance(form, Table))
        self.form: Form | None = None
        """The locked form."""
        self._rival: Form | None = None
        self._agreed = Counter[Hashable]()
        """How many of the rival's lines had each shape."""
        self._waiting = deque[tuple[float, list[Row], Hashable]](maxlen=_MOST_WAITING)
        self._trusted = Counter[Hashable]()
        """How often the locked form met each doubtful shape; from `LINES_TO_AGREE` on it is
        believed."""
        self._bare = 0

    def read(self, text: str, t_s: float) -> Read:
        """Offer a line that arrived at `t_s`."""
        line = without_heading(text)
        found = self._read(line, t_s)
        if not found.rows:
            return found
        form, bare = self._rival or self.form, self._bare
        self._bare = form.n if isinstance(form, Bare | Sequence) else 0
        columns = self._table.columns if form is self._table else ()
        return replace(found, named=columns) if bare and bare == len(columns) else found

    @property
    def holds_back(self) -> bool:
        """Whether lines wait for others that agree with them."""
        return bool(self._waiting)

    def shape(self, text: str, row: Row) -> Shape | None:
        """`Form.shape` of the locked form; None where a logger or a clock wrote before it, too."""
        if self.form is None or may_be_headed(text):
            return None
        return self.form.shape(text, row)

    def restarted(self) -> None:
        """Another program may run: a header that it prints names nothing that came before."""
        self._bare = 0

    def _read(self, line: Headed, t_s: float) -> Read:
        if self.form is None:
            return self._offer(line, t_s)
        rows = self._ask(self.form, line)
        shape = _shape(self.form, line, rows)
        if rows is not None and (not _doubtful(self.form, line) or self._trusts(shape)):
            self._forget()
            return Read(rows)
        found = self._offer(line, t_s, rival=True)
        if rows is not None and found.rows is None and self._meets(shape):
            return Read(rows)
        # A header among bare numbers names them from here on.
        if isinstance(self.form, Bare | Sequence) and self._table.fits(self.form.n):
            self.form = None
        return found

    def kept_to(self) -> None:
        """Lines of the locked form were read without being offered."""
        self._forget()

    def _offer(self, line: Headed, t_s: float, *, rival: bool = False) -> Read:
        form, rows = self._first_that_reads(line)
        if form is None or rows is None or form is self.form:
            return Read(None)
        if not rows:
            return Read(rows)
        shape, doubtful = _shape(form, line, rows), _doubtful(form, line)
        if form is not self._rival or not (doubtful or shape in self._agreed):
            self._forget()
            self._rival = form
        self._agreed[shape] += 1
        if self._agreed[shape] < LINES_TO_AGREE:
            if rival or doubtful:
                self._wait(t_s, rows, shape)
                return Read(None)
            return Read(rows)
        agreed = Counter({s: n for s, n in self._agreed.items() if n >= _LINES_OF_A_TURN})
        believed = tuple((t_s, rows) for t_s, rows, shape in self._waiting if shape in agreed)
        self.form = form
        self._trusted = Counter(dict.fromkeys(agreed, LINES_TO_AGREE))
        self._forget()
        return Read(rows, form, believed)

    def _wait(self, t_s: float, rows: list[Row], shape: Hashable) -> None:
        if len(self._waiting) == _MOST_WAITING:
            _, _, oldest = self._waiting.popleft()
            self._agreed[oldest] -= 1
            self._agreed += Counter()  # Shapes that no waiting line has are forgotten.
        self._waiting.append((t_s, rows, shape))

    def _trusts(self, shape: Hashable) -> bool:
        return self._trusted[shape] >= LINES_TO_AGREE

    def _meets(self, shape: Hashable) -> bool:
        """Take note of a line in words that are not believed yet; whether they are now."""
        if shape not in self._trusted and len(self._trusted) >= _MOST_WORDINGS:
            unsure = (known for known in self._trusted if not self._trusts(known))
            oldest = next(unsure, None)
            if oldest is None:
                return False
            del self._trusted[oldest]
        self._trusted[shape] += 1
        return self._trusts(shape)

    def _first_that_reads(self, line: Headed) -> tuple[Form | None, list[Row] | None]:
        for form in self._forms:
            rows = self._ask(form, line)
            if rows is not None:
                return form, rows
        return None, None

    def _ask(self, form: Form, line: Headed) -> list[Row] | None:
        rows = form.read(line.row if form is self._table else line.text)
        if rows is None or line.time_ms is None:
            return rows
        return [row if row.time_ms else row._replace(time_ms=line.time_ms) for row in rows]

    def _forget(self) -> None:
        self._rival = None
        self._agreed.clear()
        self._waiting.clear()


def _doubtful(form: Form, line: Headed) -> bool:
    """Text and logs say all sorts of things."""
    return form.waits or line.logged


def _shape(form: Form, line: Headed, rows: list[Row] | None) -> Hashable:
    labels = tuple(row.labels for row in rows) if rows and line.logged else ()
    return form.shape_of_last, labels
