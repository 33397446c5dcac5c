"""Which part of the data a filter can need at all: a superset, found without looking at data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from netconf_server.filter_subtree import (
    is_content_match,
    names_one_entry,
    schema_candidates,
)
from netconf_server.filter_xpath import with_module_names
from netconf_server.filters import Filter, SubtreeFilter, XPathFilter
from netconf_server.payload import child_elements, parse_key_predicates, quote, step_to
from netconf_server.provider import DataPath, StateSelection
from netconf_server.schema import Schema
from netconf_server.schema_nodes import NodeKind, SchemaNode

_STEP: Final = re.compile(
    r"""/(?:(?P<module>[A-Za-z_][\w.-]*):)?(?P<name>[A-Za-z_][\w.-]*)
        (?P<predicates>(?:\[\s*[\w.:-]+\s*=\s*(?:'[^']*'|"[^"]*")\s*\])*)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Branch:
    """One part of the data: ``path`` as in StateSelection.

    ``entrance`` is the part of the path before its first list without keys: at most one node.
    """

    path: DataPath
    entrance: DataPath

    def step(self, step: DataPath, *, is_one_node: bool) -> Branch:
        """Go one step down."""
        is_open = is_one_node and self.entrance == self.path
        return Branch(self.path + step, self.path + step if is_open else self.entrance)


_EVERYTHING: Final = Branch("", "")


def state_selection(schema: Schema, selection: Filter | None) -> StateSelection | None:
    """Return what to ask a provider for; None if the filter cannot select anything."""
    found = branches(schema, selection)
    if not found:
        return None
    if _EVERYTHING in found:
        return StateSelection()
    return StateSelection(paths=tuple(dict.fromkeys(branch.path for branch in found)))


def branches(schema: Schema, selection: Filter | None) -> list[Branch]:
    """Return the parts of the data that a filter can need, broader where it is complicated."""
    match selection:
        case None:
            return [_EVERYTHING]
        case SubtreeFilter(element):
            elements = list(child_elements(element))
            return list(_subtree_branches(schema, elements, None, _EVERYTHING)) if elements else []
        case XPathFilter(expression, namespaces):
            return [_xpath_branch(schema, with_module_names(schema, expression, namespaces))]


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
            yield from _element_branches(schema, element, node, parent, place)


def _element_branches(
    schema: Schema,
    element: etree._Element,
    node: SchemaNode,
    parent: SchemaNode | None,
    place: Branch,
) -> Iterator[Branch]:
    is_one = node.kind is not NodeKind.LIST or names_one_entry(element, node)
    is_named = node.kind is NodeKind.LIST and is_one
    step = step_to(element, node, parent) if is_named else _bare_step(node, parent)
    below = place.step(step, is_one_node=is_one and node.kind is not NodeKind.LEAF_LIST)
    inner = list(child_elements(element))
    if not inner or not node.is_inner:
        yield below
    else:
        yield from _subtree_branches(schema, inner, node, below)


def _is_key(element: etree._Element, parent: SchemaNode | None) -> bool:
    return parent is not None and any(element.tag == key.tag for key in parent.keys)


def _bare_step(node: SchemaNode, parent: SchemaNode | None) -> DataPath:
    is_qualified = parent is None or parent.module != node.module
    return f"/{node.module}:{node.name}" if is_qualified else f"/{node.name}"


def _xpath_branch(schema: Schema, expression: str) -> Branch:
    """Follow a plain location path; anything else may need everything."""
    steps = _plain_steps(expression.strip())
    if steps is None:
        return _EVERYTHING
    place, parent = _EVERYTHING, None
    for step in steps:
        node = _named(schema, parent, step["module"], step["name"])
        if node is None:
            return place
        predicates = _canonical_predicates(step["predicates"], node)
        is_one = predicates is not None and node.kind is not NodeKind.LEAF_LIST
        place = place.step(_bare_step(node, parent) + (predicates or ""), is_one_node=is_one)
        if step["predicates"] and not predicates:
            return place
        parent = node
    return place


def _plain_steps(expression: str) -> list[re.Match[str]] | None:
    """Split ``/a:b/c[key='…']/d`` into steps; None if it is anything else."""
    steps: list[re.Match[str]] = []
    position = 0
    while position < len(expression):
        step = _STEP.match(expression, position)
        if step is None:
            return None
        steps.append(step)
        position = step.end()
    return steps or None


def _named(
    schema: Schema, parent: SchemaNode | None, module: str | None, name: str
) -> SchemaNode | None:
    known = schema.nodes.top if parent is None else parent.children
    found = [node for node in known.values() if node.name == name and module in (None, node.module)]
    return found[0] if len(found) == 1 else None


def _canonical_predicates(predicates: str, node: SchemaNode) -> str | None:
    """Return the key predicates of one entry, "" where none are needed, None for many nodes."""
    if node.kind is not NodeKind.LIST:
        return None if predicates else ""
    values = parse_key_predicates(predicates) or {}
    keys = [key.name for key in node.keys]
    if not keys or values.keys() != set(keys):
        return None
    return "".join(f"[{key}={quote(values[key])}]" for key in keys)
