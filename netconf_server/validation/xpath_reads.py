"""What an XPath expression of a schema can look at, found without any data.

A superset, and never less: an expression with a construct that is not followed here is an error,
and whoever asks must then take it that everything is looked at. Prefixes do not count, a name
stands for the children of that name in all modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from netconf_server.schema.nodes import SchemaNode, SchemaNodes

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<scalar>'[^']*'|"[^"]*"|\d+(?:\.\d*)?|\.\d+)
        |(?P<symbol>::|//|\.\.|!=|<=|>=|[./\[\]()|,@=<>+*$-])
        |(?P<name>[A-Za-z_][\w.-]*(?::(?:[A-Za-z_][\w.-]*|\*))?))""",
    re.VERBOSE,
)

_WORDS: Final = frozenset({"and", "or", "div", "mod"})
_OPERATORS: Final = frozenset({"|", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", *_WORDS})

#: Operators that do not care what a node contains, only whether it is there.
_OF_EXISTENCE: Final = frozenset({"and", "or", "|"})

#: The same of functions.
_EXISTENCE_FUNCTIONS: Final = frozenset({"count", "not", "boolean"})


class UnboundedError(Exception):
    """What the expression can look at is not known; the message says why."""


@dataclass(frozen=True, slots=True)
class Read:
    """One kind of node that is looked at.

    On the way to it from the context node nothing is entered but ``scope``, a node around or at the
    context node; None is the root. With ``is_deep`` what is inside counts as well.
    """

    node: SchemaNode
    scope: SchemaNode | None
    is_deep: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a location path has come to: a node, None for the root, and the scope (see Read)."""

    node: SchemaNode | None
    scope: SchemaNode | None


_Places: TypeAlias = "frozenset[Place]"
_NOWHERE: Final[_Places] = frozenset()


def reads_of(text: str, context: SchemaNode | None, nodes: SchemaNodes) -> frozenset[Read]:
    """Return all that an expression can look at; raises UnboundedError."""
    reader = _Reader(text, context, nodes)
    reader.expression(frozenset({Place(context, context)}), as_value=False)
    reader.finish()
    return frozenset(reader.reads)


def target_of(text: str, context: SchemaNode, nodes: SchemaNodes) -> frozenset[SchemaNode]:
    """Return the nodes that a location path leads to; raises UnboundedError."""
    return frozenset(
        place.node for place in places_at(text, context, nodes) if place.node is not None
    )


def places_at(text: str, context: SchemaNode, nodes: SchemaNodes) -> frozenset[Place]:
    """Return these nodes, each with the scope that it is looked for in; raises UnboundedError."""
    reader = _Reader(text, context, nodes)
    return reader.expression(frozenset({Place(context, context)}), as_value=False)


class _Reader:
    """Walks an expression once; each method takes its own part of the tokens."""

    def __init__(self, text: str, context: SchemaNode | None, nodes: SchemaNodes) -> None:
        self._tokens = _tokens(text)
        self._context = context
        self._nodes = nodes
        self._position = 0
        self.reads: set[Read] = set()

    @property
    def _next(self) -> str:
        is_end = self._position >= len(self._tokens)
        return "" if is_end else self._tokens[self._position]

    def _take(self) -> str:
        token = self._next
        self._position += 1
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise UnboundedError(f"{token} is expected")

    def finish(self) -> None:
        """Make sure that nothing is left over."""
        if self._next:
            raise UnboundedError(f"{self._next} is not expected")

    def expression(self, context: _Places, *, as_value: bool) -> _Places:
        """Take operands with operators between them; return the nodes of a union.

        Whether operands count as values is known from their operators only: they are taken twice.
        """
        start = self._position
        operators, places = self._operands(context, as_value=as_value)
        if as_value or operators <= _OF_EXISTENCE:
            return places
        self._position = start
        self._operands(context, as_value=True)
        return _NOWHERE

    def _operands(self, context: _Places, *, as_value: bool) -> tuple[set[str], _Places]:
        operators: set[str] = set()
        places = self._operand(context, as_value=as_value)
        while self._next in _OPERATORS:
            operators.add(self._take())
            places |= self._operand(context, as_value=as_value)
        return operators, places if operators <= {"|"} else _NOWHERE

    def _operand(self, context: _Places, *, as_value: bool) -> _Places:
        while self._next == "-":
            self._take()
            as_value = True
        places = self._path(context)
        for place in places:
            self._read(place, is_deep=as_value)
        return places

    def _read(self, place: Place, *, is_deep: bool = False) -> None:
        if place.node is not None:
            self.reads.add(Read(place.node, place.scope, is_deep))
        elif is_deep:
            raise UnboundedError("the root is used as a value")

    def _path(self, context: _Places) -> _Places:
        if _is_scalar(self._next):
            self._take()
            return _NOWHERE
        if self._next == "/":
            self._take()
            places = frozenset({Place(None, None)})
            return self._steps(places) if _begins_step(self._next) else places
        if self._next == "(" or self._is_function():
            places = self._predicates(self._primary(context))
            if self._next != "/":
                return places
            self._take()
            return self._steps(places)
        return self._steps(context)

    def _is_function(self) -> bool:
        following = self._tokens[self._position + 1 : self._position + 2]
        return following == ["("] and self._next not in ("node", "text")

    def _primary(self, context: _Places) -> _Places:
        name = self._take()
        if name == "(":
            places = self.expression(context, as_value=False)
            self._expect(")")
            return places
        self._take()
        if name == "current":
            self._expect(")")
            return frozenset({Place(self._context, self._context)})
        if name == "deref":
            raise UnboundedError("deref() goes where the data say")
        while self._next != ")":
            self.expression(context, as_value=name not in _EXISTENCE_FUNCTIONS)
            if self._next == ",":
                self._take()
            elif self._next != ")":
                raise UnboundedError(f"{name}() does not end")
        self._take()
        return _NOWHERE

    def _steps(self, places: _Places) -> _Places:
        places = self._step(places)
        while self._next == "/":
            self._take()
            places = self._step(places)
        if self._next == "//":
            raise UnboundedError("// goes to any depth")
        return places

    def _step(self, places: _Places) -> _Places:
        token = self._take()
        if self._next == "::":
            self._take()
            if token not in ("child", "self", "parent"):
                raise UnboundedError(f"axis {token} is not followed")
            name = self._take()
            found = self._along(token, name, places)
        elif token in (".", ".."):
            found = self._along("self" if token == "." else "parent", "*", places)
        else:
            found = self._along("child", token, places)
        for place in found:
            self._read(place)
        return self._predicates(found)

    def _along(self, axis: str, name: str, places: Iterable[Place]) -> _Places:
        if not _begins_step(name) or self._next == "(" or (axis != "child" and name != "*"):
            raise UnboundedError(f"step {name or 'at the end'} is not followed")
        if axis == "self":
            return frozenset(places)
        if axis == "parent":
            return frozenset(_parent(place) for place in places if place.node is not None)
        return frozenset(
            Place(child, place.scope)
            for place in places
            for child in self._children(place.node)
            if name.rpartition(":")[2] in ("*", child.name)
        )

    def _children(self, node: SchemaNode | None) -> Iterable[SchemaNode]:
        return (self._nodes.top if node is None else node.children).values()

    def _predicates(self, places: _Places) -> _Places:
        while self._next == "[":
            self._take()
            self.expression(places, as_value=False)
            self._expect("]")
        return places


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        token = _TOKEN.match(text, position)
        if token is None:
            raise UnboundedError(f"{text[position:]!r} is not understood")
        tokens.append(token[0].strip())
        position = token.end()
    return tokens


def _is_scalar(token: str) -> bool:
    number = token.removeprefix(".")
    return token[:1] in ("'", '"') or number[:1].isdigit()


def _begins_step(token: str) -> bool:
    return token in (".", "..", "*") or token[:1].isalpha() or token[:1] == "_"


def _parent(place: Place) -> Place:
    """Go one step up; the scope grows when that leaves it."""
    assert place.node is not None, "nothing is above the root"
    parent = place.node.data_parent
    return Place(parent, parent if place.node is place.scope else place.scope)
