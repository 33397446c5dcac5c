"""Plain location paths, ``/a:b/c[key='…']/d``: what most XPath filters are, and subtrees too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from netconf_server.editing.payload import parse_key_predicates
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.schema import Schema

_STEP: Final = re.compile(
    r"""/(?:(?P<module>[A-Za-z_][\w.-]*):)?(?P<name>[A-Za-z_][\w.-]*)
        (?P<predicates>(?:\[\s*[\w.:-]+\s*=\s*(?:'[^']*'|"[^"]*")\s*\])*)""",
    re.VERBOSE,
)
_PREDICATE_MODULE: Final = re.compile(r"\[\s*([A-Za-z_][\w.-]*):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: a schema node, and the values that leafs in it must have.

    ``values`` is None if there are predicates of another kind.
    """

    node: SchemaNode
    values: Mapping[str, str] | None


def location_steps(schema: Schema, expression: str) -> list[Step] | None:
    """Read an expression with module names as prefixes; None if it is anything but a plain path.

    The steps end before the first name that the schema does not have.
    """
    steps: list[Step] = []
    for match in _matches(expression.strip()):
        if match is None:
            return None
        node = _named(schema, steps[-1].node if steps else None, match["module"], match["name"])
        if node is None:
            return steps
        steps.append(Step(node=node, values=_values(match["predicates"], node)))
    return steps or None


def is_complete(steps: list[Step], expression: str) -> bool:
    """Tell whether the steps are the whole expression."""
    return len(steps) == sum(1 for _ in _matches(expression.strip()))


def as_subtree(schema: Schema, expression: str) -> etree._Element | None:
    """Write a plain location path as a ``filter`` element that selects the same; None if none does.

    A predicate on a key may be anywhere, since keys come with their entries; others would be shown
    too, so they are good only where all of the entry is selected, in the last step.
    """
    steps = location_steps(schema, expression)
    if steps is None or not is_complete(steps, expression):
        return None
    root = etree.Element("filter")
    element = root
    for step in steps:
        element = etree.SubElement(element, step.node.tag)
        if not _add_values(element, step, is_last=step is steps[-1]):
            return None
    return root


def _add_values(element: etree._Element, step: Step, *, is_last: bool) -> bool:
    """Add content match nodes; False where a comparison of strings would be another."""
    if step.values is None or (step.values and step.node.kind is not NodeKind.LIST):
        return False
    for name, value in step.values.items():
        leaf = step.node.children.get((step.node.namespace, name))
        if leaf is None or leaf.kind is not NodeKind.LEAF or not (is_last or leaf.is_key):
            return False
        if leaf.has_names_in_values or value != value.strip() or leaf.canonical(value) != value:
            return False
        etree.SubElement(element, leaf.tag).text = value
    return all(step.values.values())


def _values(predicates: str, node: SchemaNode) -> Mapping[str, str] | None:
    """Read predicates about leafs of the node's own module."""
    modules = _PREDICATE_MODULE.findall(predicates)
    return parse_key_predicates(predicates) if set(modules) <= {node.module} else None


def _matches(expression: str) -> Iterator[re.Match[str] | None]:
    """Yield the steps, None for what is no plain step."""
    position = 0
    while position < len(expression):
        step = _STEP.match(expression, position)
        yield step
        if step is None:
            return
        position = step.end()


def _named(
    schema: Schema, parent: SchemaNode | None, module: str | None, name: str
) -> SchemaNode | None:
    known = schema.nodes.top if parent is None else parent.children
    found = [node for node in known.values() if node.name == name and module in (None, node.module)]
    return found[0] if len(found) == 1 else None
