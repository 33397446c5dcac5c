"""What must be directly below a node: mandatory nodes, numbers of entries, one case of a choice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from netconf_server.schema.constraints import is_mandatory, limits_of
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import NodeKind, SchemaNode


class Requirement(Protocol):
    """Something about the children of a node."""

    def is_met(self, parent: DataNode) -> bool:
        """Tell whether a node with these children has what it needs."""


@dataclass(frozen=True, slots=True)
class _Present:
    """RFC 7950 §7.6.5, §7.10.1."""

    node: SchemaNode

    def is_met(self, parent: DataNode) -> bool:
        return parent.find_child(self.node) is not None


@dataclass(frozen=True, slots=True)
class _Number:
    """RFC 7950 §7.7.5, §7.7.6."""

    node: SchemaNode
    least: int
    most: int | None

    def is_met(self, parent: DataNode) -> bool:
        enough = self.least if self.most is None else self.most + 1
        number, entry = 0, parent.find_child(self.node)
        while entry is not None and number < enough:
            number, entry = number + 1, entry.following
        return self.least <= number and (self.most is None or number <= self.most)


@dataclass(frozen=True, slots=True)
class _OneCase:
    """RFC 7950 §7.9, §7.9.4: at most one case, one if it is mandatory, and that complete."""

    is_mandatory: bool
    cases: tuple[tuple[tuple[SchemaNode, ...], tuple[Requirement, ...]], ...]

    def is_met(self, parent: DataNode) -> bool:
        used = [
            inside
            for nodes, inside in self.cases
            if any(parent.find_child(node) is not None for node in nodes)
        ]
        if len(used) != 1:
            return not used and not self.is_mandatory
        return all(requirement.is_met(parent) for requirement in used[0])


def requirements_of(node: SchemaNode) -> tuple[Requirement, ...]:
    """Return what must be below every instance of a node."""
    return _requirements(node.statement_children)


def requirement_about(node: SchemaNode) -> Requirement | None:
    """Return what a parent needs that a node has to do with: it, or the choice that it is in."""
    outermost = node
    while (outer := outermost.statement_parent) is not None and outer.is_choice_or_case:
        outermost = outer
    return _requirement(outermost)


def _requirements(nodes: Iterable[SchemaNode]) -> tuple[Requirement, ...]:
    found = (_requirement(node) for node in nodes)
    return tuple(requirement for requirement in found if requirement is not None)


def _requirement(node: SchemaNode) -> Requirement | None:
    if not node.is_config:
        return None
    if node.kind is NodeKind.CHOICE:
        return _OneCase(is_mandatory(node), tuple(map(_case, node.statement_children)))
    least, most = limits_of(node)
    if least or most is not None:
        return _Number(node, least, most)
    is_single = node.kind in (NodeKind.LEAF, NodeKind.ANY, NodeKind.CONTAINER)
    return _Present(node) if is_single and is_mandatory(node) else None


def _case(case: SchemaNode) -> tuple[tuple[SchemaNode, ...], tuple[Requirement, ...]]:
    children = tuple(case.statement_children)
    return tuple(_data_nodes(children)), _requirements(children)


def _data_nodes(nodes: Iterable[SchemaNode]) -> Iterable[SchemaNode]:
    for node in nodes:
        if node.is_choice_or_case:
            yield from _data_nodes(node.statement_children)
        elif node.is_config:
            yield node
