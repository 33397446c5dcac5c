"""What a subtree filter wants of each node of one level (RFC 6241 §6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from netconf_server.editing.payload import child_elements
from netconf_server.filters.picks import Pick
from netconf_server.filters.subtree import (
    Level,
    divided,
    pick_siblings,
    schema_candidates,
    with_content,
)
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.schema import Schema

#: One set of sibling filter nodes.
Group: TypeAlias = Sequence[etree._Element]


@dataclass(slots=True)
class Wanted:
    """What is wanted of a schema node's instances: all, or what filter elements select in them.

    ``matched`` are leafs that a content match has selected.
    """

    is_whole: bool = False
    elements: list[etree._Element] = field(default_factory=list)
    matched: list[DataNode] = field(default_factory=list)

    def add(self, element: etree._Element) -> None:
        """Want what an element selects; RFC 6241 §6.2.4: everything, if it has no content."""
        if next(child_elements(element), None) is None:
            self.is_whole = True
        else:
            self.elements.append(element)

    @property
    def groups(self) -> list[Group]:
        """The sets of filter nodes to be applied to the content of each instance."""
        return [list(child_elements(element)) for element in self.elements]


#: Everything, with all that is in it.
WHOLE = Wanted(is_whole=True)


def wanted_children(
    schema: Schema, parent: SchemaNode | None, level: Level | None, groups: Sequence[Group]
) -> dict[SchemaNode, Wanted] | None:
    """Decide what is wanted of a container's children; None for all of them.

    RFC 6241 §6.2.5: content match nodes say yes or no to all that is beside them. ``level`` has the
    leafs that they are held against, None if there are none.
    """
    wanted: dict[SchemaNode, Wanted] = {}
    for group in groups:
        matches, others = divided(group)
        matched = [list(with_content(level, element)) if level else [] for element in matches]
        if not all(matched):
            continue
        if matches and not others:
            return None
        for leaf in (leaf for leafs in matched for leaf in leafs):
            wanted.setdefault(leaf.schema, Wanted()).matched.append(leaf)
        for element in others:
            for node in () if element.attrib else schema_candidates(schema, parent, element):
                wanted.setdefault(node, Wanted()).add(element)
    return wanted


def pick_in(level: Level, groups: Sequence[Group]) -> Pick | None:
    """Pick what filter nodes select inside of one node; ``level`` are its children."""
    pick = Pick()
    selected = [pick_siblings(level, group, pick) for group in groups]
    return pick if any(selected) else None
