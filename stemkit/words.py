"""Translated text: the English sentence is the key, a compiled catalogue holds the Vietnamese.

`N_` marks a sentence where it is defined, `tr` and `ntr` translate it where it is shown, so that
one process can speak both languages (an error made in one is still shown in the other).
"""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

LANGUAGES: Final = ("vi", "en")
DOMAIN: Final = "stemkit"
LOCALE_FOLDER: Final = Path(__file__).parent / "locale"

# Read in this order where neither --lang nor STEMKIT_LANG says (POSIX, locale(7)).
_LOCALE_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
# A locale that asks for no language; LANGUAGE counts for nothing there (GNU gettext, 2.3.2).
_NO_LANGUAGE: Final = ("c", "posix")
# As Windows names its locales: Vietnamese_Vietnam.1258.
_NAMES: Final = {"vietnamese": "vi", "english": "en"}

_WINDOWS_VIETNAMESE: Final = 0x2A

_chosen: str | None = None


def N_(message: str) -> str:
    """Mark a sentence for translation and return it unchanged."""
    return message


def language_from(
    environ: Mapping[str, str], windows_language_id: Callable[[], int] | None = None
) -> str:
    """The language that a machine asks for: `vi`, or `en` where it asks for neither.

    `STEMKIT_LANG` first, then the locale variables (before them the list in `LANGUAGE`, for a
    locale that has a language), then (on Windows, which has no such variables) the language of
    the desktop as a LANGID (winnt.h: 10 low bits are the language).
    """
    chosen = _letters(environ.get("STEMKIT_LANG", ""))
    if chosen in LANGUAGES:
        return chosen
    locale = next((value for name in _LOCALE_VARIABLES if (value := environ.get(name, ""))), "")
    asked = _letters(locale)
    if asked not in _NO_LANGUAGE and (locale or windows_language_id is not None):
        for value in environ.get("LANGUAGE", "").split(":"):
            if _letters(value) in LANGUAGES:
                return _letters(value)
    if locale:
        return asked if asked in LANGUAGES else "en"
    if windows_language_id is not None:
        return "vi" if windows_language_id() & 0x3FF == _WINDOWS_VIETNAMESE else "en"
    return "en"


def _letters(value: str) -> str:
    match = re.match(r"[A-Za-z]+", value)
    letters = match.group(0).lower() if match else ""
    return _NAMES.get(letters, letters)


def _windows_language_id() -> Callable[[], int] | None:
    if os.name != "nt":
        return None
    import ctypes

    return ctypes.windll.kernel32.GetUserDefaultUILanguage  # type: ignore[attr-defined,no-any-return]


def set_language(language: str | None) -> None:
    """Choose `vi` or `en` for this process; None goes back to what the environment asks for.

    Raises ValueError for any other language.
    """
    global _chosen
    if language is not None and language not in LANGUAGES:
        raise ValueError(f"no such language: {language}")
    _chosen = language


def current_language() -> str:
    """The language that messages are shown in now."""
    return _chosen or language_from(os.environ, _windows_language_id())


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE_FOLDER, languages=[language], fallback=True)


def translation(message: str, language: str) -> str:
    """`message` in `language`, or the message itself where there is no translation."""
    # gettext gives the catalogue's header for an empty key.
    return _catalogue(language).gettext(message) if message else ""


def tr(message: str, **fields: object) -> str:
    """`message` in the current language, with `{name}` fields filled in."""
    text = translation(message, current_language())
    return text.format_map(fields) if fields else text


def number(value: float, form: str = ".1f") -> str:
    """`value` in a format specification, as the current language writes it: 1.5, or 1,5.

    For sentences only: what a program or a formula reads keeps its point. A number that is none
    (nan) is a dash; below ten million all digits are written, not 6.05e+03 for 6050.
    """
    if value != value:
        return "—"
    digits = f"{value:{form}}"
    return written(f"{float(digits):.0f}" if "e+0" in digits and abs(value) < 1e7 else digits)


def written(digits: str) -> str:
    """The text of a number as the current language writes it."""
    return digits.replace(".", ",") if current_language() == "vi" else digits


def day(moment: date) -> str:
    """A day as the current language writes it: 2026-11-20, or 20/11/2026."""
    return f"{moment:%d/%m/%Y}" if current_language() == "vi" else f"{moment:%Y-%m-%d}"


def typed(word: object) -> str:
    """A path or a name as it is typed in this system's shell: in quotes where it needs them.

    Windows: cmd and PowerShell take double quotes, which no file name holds; elsewhere POSIX.
    """
    text = str(word)
    if re.fullmatch(r"[\w@%+=:,./~-]+" if os.name != "nt" else r"[\w@+=:./\\~-]+", text):
        return text
    if os.name == "nt":
        return f'"{text}"'
    import shlex  # few paths need it

    return shlex.quote(text)


def ntr(singular: str, plural: str, n: int, **fields: object) -> str:
    """The form for `n` in the current language; `{n}` and other fields are filled in."""
    text = _catalogue(current_language()).ngettext(singular, plural, n)
    return text.format_map({"n": n, **fields})
