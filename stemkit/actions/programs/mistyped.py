"""What is wrong in a line that is no Python, as beginners mistype it: one row of a table each."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from typing import Final

from stemkit.words import N_, tr

_OPENERS: Final = "if|elif|else|for|while|def|class|try|except|finally|with"
_TEXT: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_FORMATTED: Final = re.compile(rf"\bf(?:{_TEXT.pattern})")
_KEYWORDS: Final = "|".join(keyword.kwlist)
_BETWEEN: Final = "and|or|not|in|is|if|else|for|lambda|await"

CURLY: Final = re.compile("[“”‘’]")
LOOKALIKE: Final = re.compile("[\u00a0\u200b\ufeff\u3000（），：；＝＋－［］]")
"""Letters that look like a space or a sign: from web pages, and from wide keyboards."""
CURLY_HINT: Final = N_("These quotation marks come from a text editor: use \" or ' instead.")
LOOKALIKE_HINT: Final = N_(
    "A character in this line only looks like a space or a sign (it was copied from a web page, "
    "or typed with another keyboard): delete it and type it again."
)
_COLON: Final = N_("A colon (:) is missing at the end of the line.")

# What a line without its texts and comment looks like, and the hint. The first that fits counts.
_MISTYPED: Final[tuple[tuple[str, str], ...]] = (
    (rf"\s*(?P<name>{_KEYWORDS})\s*=[^=]",
     N_("“{name}” is a word of Python's own and cannot be a name: choose another one.")),
    (r"\s*else\s+if\b", N_("Write “elif” instead of “else if”.")),
    (r".*(\+\+|--)\s*;?$", N_("Python has no ++ and no --: write += 1 or -= 1.")),
    (r".*(&&|\|\||!(?!=))", N_("Write “and”, “or”, “not” instead of &&, ||, !.")),
    (r".*\{$|\s*\}",
     N_("Python has no braces around lines: a colon (:) ends the line above, and what belongs to "
        "it begins 4 spaces further right.")),
    (r"\s*(int|float|double|char|bool|String|void|var|let|const)\s+(?P<name>[^\W\d]\w*)\s*[=;]",
     N_("Python wants no type in front of a name: write only {name} = ...")),
    (r"\s*(def)\s+(?P<name>\w+)\s*:",
     N_("Brackets are missing behind the function's name: def {name}():")),
    (r".*[^=<>!]=[<>]", N_("Write >= or <=, with the equals sign behind.")),
    (rf"\s*({_OPENERS})\b[^:]*(?<![:\\,(])$", _COLON),
    (r"\s*print\s+[^=(\s]", N_("print needs brackets: print(...).")),
    (r"\s*(if|elif|while)\b[^=!<>]*[^=!<>]=[^=]",
     N_("To compare, write == (two equals signs); a single = stores a value.")),
)  # fmt: skip
_NO_SIGN_BETWEEN: Final = re.compile(
    rf".*[(\[{{].*(''|\b\d[\d.]*)\s+(?!({_BETWEEN})\b)(?!'')\w"
    rf"|.*[(\[{{].*\b(?!({_BETWEEN})\b)[^\W\d]\w*\s+''"
    r"|.*[(\[{].*\b\d[\d.]*\s+''"
)


def wrong_in(line: str) -> str:
    """A hint in the current language; empty where nothing is seen."""
    if LOOKALIKE.search(_TEXT.sub("''", line)):
        return tr(LOOKALIKE_HINT)
    bare = without_comment(_TEXT.sub("''", line))
    for look, hint in _MISTYPED:
        if found := re.match(look, bare):
            return tr(hint, **found.groupdict())
    if open_brackets(bare) or any(map(open_brackets, _FORMATTED.findall(line))):
        return tr(N_("A bracket was opened and not closed, or closed without being opened."))
    if bare.count('"') % 2 or bare.replace("''", "").count("'") % 2:
        return tr(N_("A text begins with a quotation mark and does not end with one."))
    if CURLY.search(bare):
        return tr(CURLY_HINT)
    if _NO_SIGN_BETWEEN.match(bare):
        return tr(N_("Between two values something is missing: a comma, or a sign such as +."))
    return ""


def without_comment(line: str) -> str:
    """A line up to its comment."""
    return line.split("#")[0].rstrip()


def depth(line: str) -> int:
    """How many letters stand before the line's text."""
    return len(line) - len(line.lstrip())


def open_brackets(line: str) -> int:
    """How many brackets a line opens more than it closes."""
    return sum(line.count(a) - line.count(b) for a, b in ("()", "[]", "{}"))


def unclosed(lines: Sequence[str]) -> int:
    """Number, from 1, of the line that opens a bracket which stays open in all `lines`; else 0."""
    opened: list[int] = []
    for number, line in enumerate(lines, 1):
        more = open_brackets(without_comment(_TEXT.sub("''", line)))
        opened = [*opened, *[number] * more] if more > 0 else opened[: len(opened) + more]
    return opened[-1] if opened else 0


def misfit(lines: Sequence[str]) -> int:
    """Number, from 1, of the first line that goes back left, but to no place before; else 0."""
    places = [0]
    for number, line in enumerate(lines, 1):
        if not without_comment(line).strip():
            continue
        here = depth(line)
        while here < places[-1]:
            places.pop()
            if here > places[-1]:
                return number
        if here > places[-1]:
            places.append(here)
    return 0
