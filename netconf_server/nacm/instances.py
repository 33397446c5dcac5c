"""Which entries of lists a data node is in: from the data, or from a path alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from netconf_server.nacm.rule_paths import VALUE
from netconf_server.provider import DataPath
from netconf_server.schema.data import DataNode
from netconf_server.schema.native import Fault
from netconf_server.schema.nodes import NodeKind, SchemaNode

_STEP: Final = re.compile(r"""/[^/\['"]+(?P<predicates>(?:\[(?:[^\]'"]|'[^']*'|"[^"]*")*\])*)""")
_PREDICATE: Final = re.compile(
    r"""\[\s*(?:[\w.-]+:)?(?P<name>[\w.-]+)\s*=\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*\]"""
)


class Instance(Protocol):
    """One data node, as far as rules can tell it from others of its kind."""

    def keys(self, node: SchemaNode) -> Mapping[str, str]:
        """Return the canonical keys of the entry, around the node or itself, of this list."""


class ExistingInstance:
    """A node of a tree."""

    __slots__ = ("_node",)

    def __init__(self, node: DataNode) -> None:
        self._node = node

    def keys(self, node: SchemaNode) -> Mapping[str, str]:
        """Read the keys, or the value of a leaf-list's entry."""
        entry: DataNode | None = self._node
        while entry is not None and entry.schema is not node:
            entry = entry.parent
        if entry is None:
            return {}
        if node.kind is NodeKind.LEAF_LIST:
            return {VALUE: entry.value}
        return dict(zip((key.name for key in node.keys), entry.key_values, strict=True))


class NamedInstance:
    """A node that is only known by its path, with values as a client wrote them."""

    __slots__ = ("_path", "_schema")

    def __init__(self, schema: SchemaNode, path: DataPath) -> None:
        self._schema = schema
        self._path = path

    def keys(self, node: SchemaNode) -> Mapping[str, str]:
        """Read the predicates of the step that is the list's."""
        steps = [step["predicates"] for step in _STEP.finditer(self._path)]
        depth = sum(1 for _ in ancestry(self._schema))
        place = sum(1 for _ in ancestry(node))
        if len(steps) != depth or place > depth:
            return {}
        return dict(_canonical_values(node, steps[place - 1]))


def _canonical_values(node: SchemaNode, predicates: str) -> Iterator[tuple[str, str]]:
    leafs = {key.name: key for key in node.keys} if node.kind is NodeKind.LIST else {VALUE: node}
    for predicate in _PREDICATE.finditer(predicates):
        leaf = leafs.get(predicate["name"])
        value = predicate["single"] or predicate["double"] or ""
        canonical = None if leaf is None else leaf.canonical(value)
        if canonical is not None and not isinstance(canonical, Fault):
            yield predicate["name"], canonical


def ancestry(node: SchemaNode) -> Iterator[SchemaNode]:
    """Yield a node and the data nodes around it, from the inside out."""
    current: SchemaNode | None = node
    while current is not None:
        yield current
        current = current.data_parent
