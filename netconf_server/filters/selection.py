"""Which part of the data a filter can need at all: a superset, found without looking at data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from netconf_server.editing.payload import child_elements, quote, step_to
from netconf_server.filters.filter import Filter, SubtreeFilter, XPathFilter
from netconf_server.filters.location import Step, location_steps
from netconf_server.filters.subtree import (
    is_content_match,
    names_one_entry,
    schema_candidates,
)
from netconf_server.filters.xpath import with_module_names
from netconf_server.provider import DataPath, StateSelection
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.schema import Schema


@dataclass(frozen=True, slots=True)
class Branch:
    """One part of the data: ``path`` as in StateSelection, and the schema node that it leads to.

    ``entrance`` is the part of the path before its first list without keys: at most one node.
    """

    path: DataPath
    entrance: DataPath
    node: SchemaNode | None

    def step(self, step: DataPath, node: SchemaNode, *, is_one_node: bool) -> Branch:
        """Go one step down."""
        is_open = is_one_node and self.entrance == self.path
        path = self.path + step
        return Branch(path, path if is_open else self.entrance, node)


EVERYTHING: Final = Branch("", "", None)


def state_selection(schema: Schema, selection: Filter | None) -> StateSelection | None:
    """Return what to ask a provider for; None if the filter cannot select anything."""
    found = branches(schema, selection)
    if not found:
        return None
    if EVERYTHING in found:
        return StateSelection()
    return StateSelection(paths=tuple(dict.fromkeys(branch.path for branch in found)))


def branches(schema: Schema, selection: Filter | None) -> list[Branch]:
    """Return the parts of the data that a filter can need, broader where it is complicated."""
    match selection:
        case None:
            return [EVERYTHING]
        case SubtreeFilter(element):
            elements = list(child_elements(element))
            return list(_subtree_branches(schema, elements, None, EVERYTHING)) if elements else []
        case XPathFilter(expression, namespaces):
            return [_xpath_branch(schema, with_module_names(schema, expression, namespaces))]


def element_branches(
    schema: Schema, element: etree._Element, node: SchemaNode, place: Branch
) -> Iterator[Branch]:
    """Yield what one filter element can need that stands for a schema node."""
    parent = place.node
    is_one = node.kind is not NodeKind.LIST or names_one_entry(element, node)
    is_named = node.kind is NodeKind.LIST and is_one
    step = step_to(element, node, parent) if is_named else _bare_step(node, parent)
    is_one = is_one and node.kind is not NodeKind.LEAF_LIST
    below = place.step(step, node, is_one_node=is_one)
    inner = list(child_elements(element))
    if not inner or not node.is_inner:
        yield below
    else:
        yield from _subtree_branches(schema, inner, node, below)


def _subtree_branches(
    schema: Schema,
    elements: Sequence[etree._Element],
    parent: SchemaNode | None,
    place: Branch,
) -> Iterator[Branch]:
    """Yield what one set of sibling filter nodes can need.

    A content match decides about all of its siblings, so everything at its level is needed; but
    for keys, which come with every entry.
    """
    if any(is_content_match(element) and not _is_key(element, parent) for element in elements):
        yield place
        return
    others = [element for element in elements if not is_content_match(element)]
    if not others:
        yield place
    for element in others:
        for node in schema_candidates(schema, parent, element):
            yield from element_branches(schema, element, node, place)


def _is_key(element: etree._Element, parent: SchemaNode | None) -> bool:
    return parent is not None and any(element.tag == key.tag for key in parent.keys)


def _bare_step(node: SchemaNode, parent: SchemaNode | None) -> DataPath:
    is_qualified = parent is None or parent.module != node.module
    return f"/{node.module}:{node.name}" if is_qualified else f"/{node.name}"


def _xpath_branch(schema: Schema, expression: str) -> Branch:
    """Follow a plain location path; anything else may need everything."""
    place = EVERYTHING
    for step in location_steps(schema, expression) or ():
        predicates = _key_predicates(step)
        is_one = predicates is not None and step.node.kind is not NodeKind.LEAF_LIST
        path = _bare_step(step.node, place.node) + (predicates or "")
        place = place.step(path, step.node, is_one_node=is_one)
        if step.values is None or (step.values and not predicates):
            return place
    return place


def _key_predicates(step: Step) -> str | None:
    """Return the key predicates of one entry, "" where none are needed, None for many nodes."""
    if step.node.kind is not NodeKind.LIST:
        return "" if step.values == {} else None
    keys = [key.name for key in step.node.keys]
    if not keys or step.values is None or step.values.keys() != set(keys):
        return None
    return "".join(f"[{key}={quote(step.values[key])}]" for key in keys)
