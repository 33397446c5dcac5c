"""The paths of data node rules (``node-instance-identifier``, RFC 8341 §3.5.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from netconf_server.provider import DataPath
from netconf_server.schema.native import Fault
from netconf_server.schema.nodes import NodeKind, SchemaNode, SchemaNodes

#: In place of the value of a key: the name of the session's user.
USER: Final = "$USER"

#: In place of a key's name: the value of a leaf-list's entry.
VALUE: Final = "."

_STEP: Final = re.compile(
    r"""/(?:(?P<module>[\w.-]+):)?(?P<name>[\w.-]+)(?P<predicates>(?:\[(?:[^\]'"]|'[^']*'|"[^"]*")*\])*)"""
)
_PREDICATE: Final = re.compile(
    r"""\[(?:[\w.-]+:)?(?P<name>[\w.-]+)=(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<user>\$USER))\]"""
)


class RulePathError(Exception):
    """A path that names nothing in the schema; says why."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Which entries of a list or leaf-list are meant: the values of keys, as in the rule."""

    node: SchemaNode
    values: tuple[tuple[str, str], ...]

    def for_user(self, username: str) -> dict[str, str] | None:
        """Return the keys' canonical values for one user; None if no entry can have them."""
        values: dict[str, str] = {}
        for name, value in self.values:
            canonical = _canonical(self.node, name, username if value == USER else value[1:-1])
            if canonical is None:
                return None
            values[name] = canonical
        return values

    @property
    def is_for_user(self) -> bool:
        """True if the user's name decides."""
        return any(value == USER for _, value in self.values)


@dataclass(frozen=True, slots=True)
class RulePath:
    """The nodes that a rule is about, and all below them; no ``target`` stands for all data."""

    target: SchemaNode | None
    selectors: tuple[Selector, ...] = ()


def resolve(nodes: SchemaNodes, path: str) -> RulePath:
    """Find what a path means, module names being its prefixes; raises RulePathError."""
    if path == "/":
        return RulePath(None)
    target: SchemaNode | None = None
    selectors: list[Selector] = []
    for step in _steps(path):
        target = _find(nodes, target, step["module"], step["name"])
        if step["predicates"]:
            selectors.append(_selector(target, step["predicates"]))
    return RulePath(target, tuple(selectors))


def node_at(nodes: SchemaNodes, path: DataPath) -> SchemaNode | None:
    """Find what a data path names in the schema."""
    node: SchemaNode | None = None
    try:
        for step in _steps(path):
            node = _find(nodes, node, step["module"], step["name"])
    except RulePathError:
        return None
    return node


def _steps(path: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise RulePathError(f"{path[position:]!r} is no step of an instance-identifier")
        yield step
        position = step.end()


def _find(
    nodes: SchemaNodes, parent: SchemaNode | None, module: str | None, name: str
) -> SchemaNode:
    """Find a step's node; RFC 7951 §6.11: without a module's name it is in its parent's module."""
    known: Mapping[tuple[str, str], SchemaNode] = nodes.top if parent is None else parent.children
    wanted = module or (parent.module if parent else None)
    for node in known.values():
        if node.name == name and node.module == wanted:
            return node
    place = parent.data_path if parent else "the top level"
    raise RulePathError(f"there is no {name!r} at {place}")


def _selector(node: SchemaNode, text: str) -> Selector:
    values: list[tuple[str, str]] = []
    position = 0
    names = {VALUE} if node.kind is NodeKind.LEAF_LIST else {key.name for key in node.keys}
    while position < len(text):
        predicate = _PREDICATE.match(text, position)
        if predicate is None or predicate["name"] not in names:
            raise RulePathError(f"{text[position:]!r} does not name a key of {node.data_path}")
        value = _written(predicate)
        if value != USER and _canonical(node, predicate["name"], value[1:-1]) is None:
            raise RulePathError(f"{value} is no value of {node.data_path}/{predicate['name']}")
        values.append((predicate["name"], value))
        position = predicate.end()
    return Selector(node, tuple(values))


def _written(predicate: re.Match[str]) -> str:
    """Return the variable, or the value between quotes."""
    return predicate["user"] or predicate[0].partition("=")[2][:-1]


def _canonical(node: SchemaNode, name: str, value: str) -> str | None:
    leaf = node if name == VALUE else next(key for key in node.keys if key.name == name)
    canonical = leaf.canonical(value)
    return None if isinstance(canonical, Fault) else canonical
