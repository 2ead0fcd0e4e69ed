"""Pages set by typst, with the letters of its own fonts: the only import of typst and fontpkg.

Fonts are those that come with the two packages (Be Vietnam Pro for text, DejaVu Sans Mono for
programs) and never the computer's, so that the same source gives the same bytes everywhere.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from stemkit.export.errors import ExportPartMissingError, TypesetError
from stemkit.extras import extra_command

TEXT_FONT: Final = "Be Vietnam Pro"
"""The family that `#set text(font: ...)` finds."""
# A time of making would make every run another file; a source may set its own date.
_NO_DATE: Final = "#set document(date: none)\n"


def to_pdf(source: str, files: Mapping[str, bytes]) -> bytes:
    """The PDF of a typst source; the same input gives the same bytes.

    `files` are what the source may read, by the path that it names (`pictures/a.svg`); nothing on
    the disk is. Raises `ExportPartMissingError` without typst or the fonts, `TypesetError`.
    """
    for part, module in (("typst", "typst"), ("Be Vietnam Pro", "fontpkg_be_vietnam_pro")):
        if importlib.util.find_spec(module) is None:
            raise ExportPartMissingError(part=part, command=extra_command("pdf"))
    import typst

    with tempfile.TemporaryDirectory(prefix="stemkit-") as temporary:
        root, packages = Path(temporary, "root"), Path(temporary, "packages")
        packages.mkdir()
        _lay_out(root, files)
        try:
            # typst reads below the root alone. The package paths keep it from packages that this
            # computer's account has.
            pdf: bytes = typst.compile(
                (_NO_DATE + source).encode(), root=str(root), font_paths=_fonts(), format="pdf",
                timestamp=0, package_path=str(packages), package_cache_path=str(packages),
            )  # fmt: skip
        except RuntimeError as error:  # TypstError is one; a broken picture gives a plain one.
            raise TypesetError(reason=str(error)) from error
    return pdf


def _lay_out(root: Path, files: Mapping[str, bytes]) -> None:
    """Write the files that a page may read; typst takes only text from the memory."""
    root.mkdir()
    for name, data in files.items():
        path = root / name
        if not path.resolve().is_relative_to(root.resolve()):
            raise ValueError(f"outside the page's files: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@cache
def _fonts() -> Any:
    import fontpkg_be_vietnam_pro as vietnamese
    import typst

    folder = Path(vietnamese.__file__).parent / "files"
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])
