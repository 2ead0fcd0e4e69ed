"""Write the page of labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stemkit.errors import UsageError
from stemkit.formats.label_sheet import label_sheet
from stemkit.model.kit import KitBoard
from stemkit.storage import atomic
from stemkit.words import N_, current_language, tr


class SheetExistsError(UsageError):
    """The page is there already."""

    code = "sheet-exists"
    message = N_("The file {path} is there already.")
    remedy = N_("Choose another name, or replace it with --force.")


class NothingToLabelError(UsageError):
    """No board has a number."""

    code = "nothing-to-label"
    message = N_("No board of the kit has a number yet.")
    remedy = N_("Plug the boards in and give them numbers: stemkit kit label --all")


def may_write(path: Path | None, *, force: bool) -> None:
    """Raise SheetExistsError where `path` is there already and `force` does not allow that."""
    if path is not None and path.exists() and not force:
        raise SheetExistsError(path=path)


def write_sheet(path: Path, boards: Sequence[KitBoard]) -> None:
    """A page with a label for each board at `path`. Raises NothingToLabelError."""
    if not boards:
        raise NothingToLabelError
    ordered = sorted(boards, key=lambda board: board.number)
    title = tr(N_("Labels of the kit"))
    atomic.write_bytes(path, label_sheet(ordered, title, current_language()))
