"""The grammar of metric math, as far as it is evaluated here.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

Not documented: which operator binds tighter. Here as everywhere: ^, then the sign, * and /,
+ and -, comparisons, AND, OR.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

MOST_LEVELS = 40
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<symbol>>=|<=|==|!=|&&|\|\||[-+*/^()\[\],<>]))"
)
_SAME = {"&&": "AND", "||": "OR"}
_LEVELS = (("OR",), ("AND",), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/"))


class ExpressionError(ValueError):
    """An expression cannot be read or evaluated; the message says which, where and why."""


@dataclass(frozen=True)
class Number:
    """A scalar as it was written."""

    value: float


@dataclass(frozen=True)
class Name:
    """The id of a metric or of another expression: it begins with a lowercase letter."""

    id: str


@dataclass(frozen=True)
class Keyword:
    """A word in capitals that is no function: REPEAT, LINEAR."""

    word: str


@dataclass(frozen=True)
class Array:
    """``[m1, m2]``."""

    members: tuple[Node, ...]


@dataclass(frozen=True)
class Call:
    """``FUNCTION(argument, ...)``."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Operation:
    """Two operands and what is between them; AND and OR by these names."""

    symbol: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Negation:
    """``-m1``."""

    operand: Node


Node = Number | Name | Keyword | Array | Call | Operation | Negation


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def read(text: str) -> Node:
    """Read an expression, or raise `ExpressionError`."""
    reader = _Reader(text)
    node = reader.expression()
    reader.end()
    return node


class _Reader:
    """Descends by precedence; each method reads as much as belongs to it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def expression(self) -> Node:
        """A whole expression, up to what cannot belong to one."""
        self._depth += 1
        if self._depth > MOST_LEVELS:
            raise ExpressionError(f"{self._text!r} is nested in more than {MOST_LEVELS} levels")
        node = self._operations(0)
        self._depth -= 1
        return node

    def end(self) -> None:
        """Nothing may be left."""
        if self._token.kind != "end":
            raise self._unexpected("an operator or the end")

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next += 1
        return token

    def _operations(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._signed()
        node = self._operations(level + 1)
        while self._token.text in _LEVELS[level]:
            node = Operation(self._take().text, node, self._operations(level + 1))
        return node

    def _signed(self) -> Node:
        minus = 0
        while self._token.text == "-":
            self._take()
            minus += 1
        node = self._power()
        return Negation(node) if minus % 2 else node

    def _power(self) -> Node:
        node = self._operand()
        while self._token.text == "^":
            self._take()
            node = Operation("^", node, self._operand())
        return node

    def _operand(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "word":
            return self._word(token)
        if token.text == "(":
            node = self.expression()
            self._expect(")")
            return node
        if token.text == "[":
            return Array(self._list("]"))
        self._next -= 1
        raise self._unexpected("a number, an id, a function or an opening bracket")

    def _word(self, token: _Token) -> Node:
        if self._token.text == "(":
            self._take()
            return Call(token.text, self._list(")"))
        return Name(token.text) if token.text[0].islower() else Keyword(token.text)

    def _list(self, closing: str) -> tuple[Node, ...]:
        if self._token.text == closing:
            self._take()
            return ()
        members = [self.expression()]
        while self._token.text == ",":
            self._take()
            members.append(self.expression())
        self._expect(closing)
        return tuple(members)

    def _expect(self, symbol: str) -> None:
        if self._token.text != symbol:
            raise self._unexpected(repr(symbol))
        self._take()

    def _unexpected(self, wanted: str) -> ExpressionError:
        found = repr(self._token.text) if self._token.text else "the end"
        return ExpressionError(
            f"{self._text!r} has {found} at character {self._token.at + 1}, where {wanted} "
            "is expected"
        )


def visit(node: Node, see: Callable[[Node], object]) -> None:
    """Show `see` the node and everything in it."""
    see(node)
    match node:
        case Array(members) | Call(_, members):
            for one in members:
                visit(one, see)
        case Operation(_, left, right):
            visit(left, see)
            visit(right, see)
        case Negation(operand):
            visit(operand, see)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(
                f"{text!r} has {text[at:].lstrip()[0]!r} after character {at}, which no "
                "expression contains"
            )
        kind = str(match.lastgroup)
        found = match[kind]
        if found in ("AND", "OR"):
            kind = "symbol"
        tokens.append(_Token(kind, _SAME.get(found, found), match.start(kind)))
        at = match.end()
    return [*tokens, _Token("end", "", end)]
