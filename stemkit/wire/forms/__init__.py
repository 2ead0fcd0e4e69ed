"""The forms in which boards print readings, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable

from stemkit.wire.forms.bare import Bare
from stemkit.wire.forms.in_text import InText
from stemkit.wire.forms.json_object import JsonObject
from stemkit.wire.forms.labelled import Labelled
from stemkit.wire.forms.row import Form, Row, Shape, numbered
from stemkit.wire.forms.sequence import Sequence
from stemkit.wire.forms.table import Table
from stemkit.wire.forms.teleplot import Teleplot

__all__ = ["FORMS", "Bare", "Form", "Row", "Sequence", "Shape", "Table", "new_forms", "numbered"]

FORMS: tuple[Callable[[], Form], ...] = (
    JsonObject,
    Teleplot,
    Table,
    Sequence,
    Labelled,
    Bare,
    InText,
)


def new_forms() -> tuple[Form, ...]:
    """A fresh set for one port: some forms remember what they have read."""
    return tuple(make() for make in FORMS)
