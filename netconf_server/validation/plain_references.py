"""References that can be looked up all at once, when everything is validated (RFC 7950 §9.9).

libyang goes through all targets for each reference: a million steps for 10,000 references to a
hundred entries. Where all references of a kind have the same targets, two sets are compared here
instead. What is not a plain case, or not as it should be, is left to libyang, which words errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netconf_server.provider import DataPath
from netconf_server.schema.constraints import (
    Condition,
    granted_references,
    has_default,
    has_own_reference,
    whens_of,
)
from netconf_server.schema.nodes import NodeKind, SchemaNode, SchemaNodes
from netconf_server.schema.tree import DataTree
from netconf_server.validation.xpath_reads import UnboundedError, places_at


@dataclass(frozen=True, slots=True)
class PlainReference:
    """A kind of leafs, and those among whose values each of theirs must be."""

    leaf: SchemaNode
    target: SchemaNode

    def holds(self, tree: DataTree) -> bool:
        """Tell whether every reference in a tree has a target."""
        used = tree.count_values(self.leaf.data_path)
        return used.keys() <= tree.count_values(self.target.data_path).keys()


def plain_references(
    leaf: SchemaNode, path: Condition, nodes: SchemaNodes
) -> Iterator[PlainReference]:
    """Yield the reference that a leaf is, if it is a plain one.

    Its targets are the same for all instances; validation makes and removes neither of the two, so
    what is found before is so when libyang would look; and equal values are equal as texts.
    """
    if "[" in path.text or not (has_own_reference(leaf) and _is_steady(leaf)):
        return
    try:
        places = places_at(path.text, leaf, nodes)
    except UnboundedError:
        return
    for place in places if len(places) == 1 else ():
        is_one_for_all = place.scope is None or not _is_in_list(place.scope)
        if place.node is not None and is_one_for_all and _is_steady(place.node):
            yield PlainReference(leaf, place.node)


def validate_all(tree: DataTree, references: Iterable[PlainReference]) -> list[DataPath]:
    """Validate a complete configuration, as ``DataTree.validate`` does; raises LibraryError."""
    held = [reference.leaf for reference in references if reference.holds(tree)]
    with granted_references(held):
        return tree.validate()


def _is_in_list(node: SchemaNode) -> bool:
    return any(each.kind is NodeKind.LIST for each in _ancestry(node))


def _is_steady(node: SchemaNode) -> bool:
    """Tell whether instances come and go with edits only, never with validation."""
    return not has_default(node) and not any(
        each.cases or whens_of(each) for each in _ancestry(node)
    )


def _ancestry(node: SchemaNode) -> Iterator[SchemaNode]:
    current: SchemaNode | None = node
    while current is not None:
        yield current
        current = current.data_parent
