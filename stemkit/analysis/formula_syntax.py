"""Text of a formula -> its tree. Nothing of Python is evaluated.

    or < and < not < comparison < + - < * / % < sign < ^

Names are labels (`temp`, `nhiệt_độ`, `acc.x`), or anything in quotes (`"độ ẩm"`); functions and
constants are those of `formula`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from stemkit.analysis.errors import FormulaError
from stemkit.words import N_, tr

LONGEST = 240
"""Letters of a formula: a tree as deep as that is still computed without trouble."""
DEEPEST = 40
"""Brackets and signs within each other."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in the text."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A channel, a constant, or the time `t`."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator, and what it works on."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Name | Call

_TOKENS = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<name>[^\W\d][\w.]*)"
    r"|(?P<quoted>\"[^\"]*\"|`[^`]*`)|(?P<op>\*\*|<=|>=|==|!=|[-+*/%^()<>=,]))"
)
_COMPARISONS = ("<", ">", "<=", ">=", "==", "!=", "=")
_SAME = {"**": "^", "=": "=="}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str, arity: Mapping[str, tuple[int, int]]) -> Node:
    """The tree of `text`. `arity` gives each function's least and greatest number of arguments.

    Raises `FormulaError`.
    """
    return _Parser(unicodedata.normalize("NFC", text), arity).whole()


class _Parser:
    """Precedence climbing over the tokens."""

    def __init__(self, text: str, arity: Mapping[str, tuple[int, int]]) -> None:
        self._text, self._arity = text, arity
        self._depth = 0
        if len(text) > LONGEST:
            self._fail(0, tr(N_("it is too long.")))
        self._tokens = self._read()
        self._at = 0

    def whole(self) -> Node:
        node = self._either()
        token = self._peek()
        if token.kind == "op" and token.text == ",":
            self._fail(token.at, tr(N_("a decimal number is written with a point: 1.5")))
        if token.kind != "end":
            self._fail(token.at, tr(N_("an operator such as * or + is missing before it.")))
        return node

    def _read(self) -> list[_Token]:
        tokens = []
        at, end = 0, len(self._text.rstrip())
        while at < end:
            match = _TOKENS.match(self._text, at)
            if match is None:
                rest = at + len(self._text[at:]) - len(self._text[at:].lstrip())
                self._fail(rest, tr(N_("this sign has no meaning here.")))
            kind = str(match.lastgroup)
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            at = match.end()
        return [*tokens, _Token("end", "", end)]

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _taken(self, *words: str) -> str:
        """The operator or word that comes next, if it is one of `words`."""
        token = self._peek()
        if token.kind in ("op", "name") and token.text in words:
            self._at += 1
            return _SAME.get(token.text, token.text)
        return ""

    def _left(self, inner: Callable[[], Node], *words: str) -> Node:
        node = inner()
        while word := self._taken(*words):
            node = Call(word, (node, inner()))
        return node

    def _either(self) -> Node:
        self._deeper()
        node = self._left(self._both, "or")
        self._depth -= 1
        return node

    def _both(self) -> Node:
        return self._left(self._not, "and")

    def _not(self) -> Node:
        if self._taken("not"):
            self._deeper()
            node = Call("not", (self._not(),))
            self._depth -= 1
            return node
        return self._comparison()

    def _comparison(self) -> Node:
        node = self._sum()
        word = self._taken(*_COMPARISONS)
        return Call(word, (node, self._sum())) if word else node

    def _sum(self) -> Node:
        return self._left(self._product, "+", "-")

    def _product(self) -> Node:
        return self._left(self._signed, "*", "/", "%")

    def _signed(self) -> Node:
        word = self._taken("+", "-")
        if word:
            self._deeper()
            inner = self._signed()
            self._depth -= 1
            return Call("negative", (inner,)) if word == "-" else inner
        return self._power()

    def _power(self) -> Node:
        base = self._atom()
        if self._taken("^", "**"):
            # 2^-1 and 2^3^2 = 2^9: the exponent is read as a signed power.
            return Call("^", (base, self._signed()))
        return base

    def _atom(self) -> Node:
        token = self._next()
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "quoted":
            return Name(token.text[1:-1].strip())
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            node = self._either()
            self._expect(")")
            return node
        reason = N_("something is missing at the end.") if token.kind == "end" else N_(
            "a number, a name or a bracket is expected here."
        )  # fmt: skip
        self._fail(token.at, tr(reason))

    def _named(self, token: _Token) -> Node:
        if self._peek().text != "(" or self._peek().kind != "op":
            if token.text in self._arity:
                self._fail(
                    token.at, tr(N_("a function needs brackets: {name}(...)"), name=token.text)
                )
            return Name(token.text)
        if token.text not in self._arity:
            known = ", ".join(sorted(name for name in self._arity if name.isalnum()))
            self._fail(
                token.at, tr(N_("there is no such function. There are: {known}"), known=known)
            )
        self._next()
        arguments = self._arguments()
        low, high = self._arity[token.text]
        if not low <= len(arguments) <= high:
            wanted = str(low) if low == high else f"{low}–{high}"
            self._fail(
                token.at, tr(N_("this function takes another number of values: {n}"), n=wanted)
            )
        return Call(token.text, tuple(arguments))

    def _arguments(self) -> Sequence[Node]:
        if self._taken(")"):
            return []
        found = [self._either()]
        while self._taken(","):
            found.append(self._either())
        self._expect(")")
        return found

    def _expect(self, word: str) -> None:
        token = self._peek()
        if not self._taken(word):
            self._fail(token.at, tr(N_("a closing bracket is missing.")))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(self._peek().at, tr(N_("too many brackets.")))

    def _fail(self, at: int, reason: str) -> NoReturn:
        near = self._text[at : at + 12] or self._text[-12:]
        raise FormulaError(formula=self._text[:60], near=near, reason=reason)
