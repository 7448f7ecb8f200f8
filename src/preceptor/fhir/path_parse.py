"""FHIRPath read into a tree (hl7.org/fhirpath/N1, grammar of its appendix); pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>'(?:[^'\\]|\\.)*')|(?P<time>@[0-9T:.+Z-]+)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<quoted>`[^`]*`|\"[^\"]*\")|(?P<special>\$this|\$index|\$total)|(?P<external>%)"
    r"|(?P<sign><=|>=|!=|!~|[<>=~+\-*/&|.,()\[\]{}]))"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_BINDING = (
    ("implies",), ("or", "xor"), ("and",), ("in", "contains"), ("=", "~", "!=", "!~"), ("<=", "<", ">", ">="), ("|",),
    ("is", "as"), ("+", "-", "&"), ("*", "/", "div", "mod"),
)  # fmt: skip
"""Operators, the loosest first (section 6.8 of the specification)."""


class Unsupported(Exception):
    """The expression is not FHIRPath, or holds what is not evaluated here."""


@dataclass(frozen=True)
class Literal:
    """A value that stands in the expression; None for the empty collection `{}`."""

    value: str | bool | int | Decimal | None


@dataclass(frozen=True)
class Variable:
    """`$this`, `%resource` …"""

    name: str


@dataclass(frozen=True)
class Step:
    """`left.name`, or `name` of what is in focus."""

    left: Tree | None
    name: str


@dataclass(frozen=True)
class Call:
    """`left.name(arguments)`."""

    left: Tree | None
    name: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True)
class Indexed:
    """`left[index]`."""

    left: Tree
    index: Tree


@dataclass(frozen=True)
class Operation:
    """`left sign right`."""

    sign: str
    left: Tree
    right: Tree


@dataclass(frozen=True)
class Typed:
    """`left is type`, `left as type`."""

    sign: str
    left: Tree
    type: str


Tree: TypeAlias = Literal | Variable | Step | Call | Indexed | Operation | Typed


def parse(text: str) -> Tree:
    """The tree of an expression; Unsupported when it is none."""
    reader = _Reader(text)
    tree = reader.expression()
    if reader.sign is not None:
        raise Unsupported
    return tree


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list[tuple[str, str]]()
        place, end = 0, len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if found is None:
                raise Unsupported
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()
        self._place = 0

    @property
    def sign(self) -> str | None:
        """The text of the next token, None at the end."""
        return self._tokens[self._place][1] if self._place < len(self._tokens) else None

    def _next(self) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise Unsupported
        self._place += 1
        return self._tokens[self._place - 1]

    def _expect(self, sign: str) -> None:
        if self._next()[1] != sign:
            raise Unsupported

    def expression(self, level: int = 0) -> Tree:
        """Operators of this level and of those that bind closer."""
        if level == len(_BINDING):
            return self._term()
        left = self.expression(level + 1)
        while (sign := self.sign) in _BINDING[level] and self._tokens[self._place][0] in ("name", "sign"):
            self._next()
            if sign in ("is", "as"):
                left = Typed(sign, left, self._type())
            else:
                left = Operation(str(sign), left, self.expression(level + 1))
        return left

    def _type(self) -> str:
        name = self._next()[1].strip("`")
        if self.sign == "." and name in ("FHIR", "System"):
            self._next()
            return self._next()[1].strip("`")
        return name

    def _term(self) -> Tree:
        if self.sign == "-":
            self._next()
            return Operation("-", Literal(0), self._term())
        tree = self._primary()
        while self.sign in (".", "["):
            if self._next()[1] == "[":
                tree = Indexed(tree, self.expression())
                self._expect("]")
            else:
                tree = self._member(tree)
        return tree

    def _primary(self) -> Tree:
        kind, text = self._next()
        if kind == "number":
            return Literal(Decimal(text) if "." in text else int(text))
        if kind == "string":
            return Literal(_unescaped(text[1:-1]))
        if kind == "time":
            return Literal(text[1:].removeprefix("T"))
        if kind == "special":
            return Variable(text)
        if kind == "external":
            return Variable("%" + self._next()[1].strip("`'\""))
        if text == "(":
            tree = self.expression()
            self._expect(")")
            return tree
        if text == "{":
            self._expect("}")
            return Literal(None)
        if kind == "name" and text in ("true", "false"):
            return Literal(text == "true")
        self._place -= 1
        return self._member(None)

    def _member(self, left: Tree | None) -> Tree:
        kind, text = self._next()
        if kind == "special":
            return Variable(text)
        if kind not in ("name", "quoted"):
            raise Unsupported
        if self.sign == "(" and kind == "name":
            self._next()
            return Call(left, text, self._arguments())
        return Step(left, text.strip('`"'))

    def _arguments(self) -> tuple[Tree, ...]:
        found = list[Tree]()
        while self.sign != ")":
            found.append(self.expression())
            if self.sign == ",":
                self._next()
        self._expect(")")
        return tuple(found)


def _unescaped(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        said = found[1]
        return chr(int(said[1:], 16)) if said[0] == "u" and len(said) == 5 else _ESCAPES.get(said, said)

    return _ESCAPE.sub(one, text) if "\\" in text else text
