"""Which form a port's lines have: tried in order, locked after five lines that agree."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from stemkit.wire.forms import Bare, Form, Row, Table, new_forms

LINES_TO_AGREE = 5


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
    """Chooses a form and keeps to it until another one has agreed with itself as often."""

    def __init__(self) -> None:
        self._forms = new_forms()
        self._table = next(form for form in self._forms if isinstance(form, Table))
        self.form: Form | None = None
        """The locked form."""
        self._rival: Form | None = None
        self._shape: Hashable = None
        self._agreed = 0
        self._waiting: list[tuple[float, list[Row]]] = []
        self._bare = 0

    def read(self, text: str, t_s: float) -> Read:
        """Offer a line that arrived at `t_s`."""
        found = self._read(text, t_s)
        if not found.rows:
            return found
        form, bare = self._rival or self.form, self._bare
        self._bare = form.n if isinstance(form, Bare) else 0
        columns = self._table.columns if form is self._table else ()
        return replace(found, named=columns) if bare and bare == len(columns) else found

    def restarted(self) -> None:
        """Another program may run: a header that it prints names nothing that came before."""
        self._bare = 0

    def _read(self, text: str, t_s: float) -> Read:
        if self.form is None:
            return self._offer(text, t_s)
        rows = self.form.read(text)
        if rows is not None:
            self._forget()
            return Read(rows)
        found = self._offer(text, t_s, rival=True)
        # A header among bare numbers names them from here on.
        if isinstance(self.form, Bare) and self._table.fits(self.form.n):
            self.form = None
        return found

    def kept_to(self) -> None:
        """Lines of the locked form were read without being offered."""
        self._forget()

    def _offer(self, text: str, t_s: float, *, rival: bool = False) -> Read:
        form, rows = self._first_that_reads(text)
        if form is None or rows is None:
            return Read(None)
        if not rows:
            return Read(rows)
        if form is not self._rival or form.shape_of_last != self._shape:
            self._forget()
            self._rival, self._shape = form, form.shape_of_last
        self._agreed += 1
        held_back = rival or form.waits
        if self._agreed < LINES_TO_AGREE:
            if held_back:
                self._waiting.append((t_s, rows))
                return Read(None)
            return Read(rows)
        believed = tuple(self._waiting)
        self.form = form
        self._forget()
        return Read(rows, form, believed)

    def _first_that_reads(self, text: str) -> tuple[Form | None, list[Row] | None]:
        for form in self._forms:
            rows = form.read(text)
            if rows is not None:
                return form, rows
        return None, None

    def _forget(self) -> None:
        self._rival, self._shape, self._agreed = None, None, 0
        self._waiting.clear()
