"""What is wrong with a line of TOML, in the words of who wrote it: pupils and teachers."""

from __future__ import annotations

from typing import Final

from stemkit.formats.archive_errors import Reason
from stemkit.words import N_

_NOT_CLOSED: Final = N_('a text is not closed; it ends with the same quotation mark (")')
_NO_BRACKET: Final = N_("a closing “]” is missing")
_BACKSLASH: Final = N_("in a text a “\\” is written twice: “\\\\”")
_REASONS: Final = (
    ("Illegal character '\\n'", _NOT_CLOSED),
    ("Illegal character '\\r'", _NOT_CLOSED),
    ("Unterminated string", _NOT_CLOSED),
    ("Invalid value", N_('behind “=” stands no value; a text needs straight quotation marks (")')),
    ("Expected '='", N_("behind a name there must be “=”")),
    ("Expected newline", N_("behind the value stands something that does not belong there")),
    ("Cannot overwrite a value", N_("this name has a value already")),
    ("Cannot declare", N_("this part is there twice")),
    ("Expected ']", _NO_BRACKET),
    ("Unclosed array", _NO_BRACKET),
    ("Unclosed inline table", N_("a closing curly bracket is missing")),
    ("Unescaped '\\'", _BACKSLASH),
    ("Invalid hex value", _BACKSLASH),
    ("Invalid statement", N_("a line begins with a name, with “[” or with “#”")),
    ("Invalid initial character", N_("a line begins with a name, with “[” or with “#”")),
)


def toml_reason(told: str) -> Reason | str:
    """`tomllib`'s words as a sentence that is translated; its own words for what is rare."""
    found = next((reason for begin, reason in _REASONS if told.startswith(begin)), None)
    return told if found is None else Reason(found)
