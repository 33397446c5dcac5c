"""Which changes a subscription is about: decided by the path of what has changed, at once.

So on-change filters may select entries of lists by their keys, but by nothing else in them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Final, TypeAlias

from lxml import etree

from netconf_server.editing.payload import child_elements
from netconf_server.filters.filter import Filter, SubtreeFilter, XPathFilter
from netconf_server.filters.location import Step, as_subtree, location_steps
from netconf_server.filters.subtree import is_content_match, schema_candidates
from netconf_server.filters.xpath import with_module_names
from netconf_server.markup import local_name, text_of
from netconf_server.provider import DataPath
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.schema import Schema

#: A set of sibling filter nodes.
Group: TypeAlias = Sequence[etree._Element]


class UnsupportedFilterError(Exception):
    """A filter that is good for reading, but not for following changes."""


@dataclass(frozen=True, slots=True)
class Selected:
    """What is selected of a node: all of it, or what filter nodes select inside."""

    is_whole: bool
    groups: Sequence[Group] = ()


_DATA: Final = frozenset(
    {NodeKind.CONTAINER, NodeKind.LIST, NodeKind.LEAF, NodeKind.LEAF_LIST, NodeKind.ANY}
)
_WHOLE = Selected(is_whole=True)


class Scope:
    """A filter, held against paths."""

    def __init__(self, schema: Schema, selection: Filter | None) -> None:
        """Prepare a filter; raises UnsupportedFilterError."""
        self._schema = schema
        element = _subtree_of(schema, selection)
        self._top = None if element is None else list(child_elements(element))
        if self._top is not None:
            self._require_keys_only(None, self._top)

    def at(self, steps: Sequence[Step]) -> Selected | None:
        """Return what is selected of the node at a path, None for nothing."""
        if self._top is None:
            return _WHOLE
        groups: list[Group] = [self._top]
        parent: SchemaNode | None = None
        for step in steps:
            entered = [self._enter(element, step) for element in self._naming(groups, parent, step)]
            found = [selected for selected in entered if selected is not None]
            if any(selected.is_whole for selected in found):
                return _WHOLE
            if not found:
                return None
            groups = [group for selected in found for group in selected.groups]
            parent = step.node
        return Selected(is_whole=False, groups=groups)

    def _naming(
        self, groups: Sequence[Group], parent: SchemaNode | None, step: Step
    ) -> Iterator[etree._Element]:
        for group in groups:
            for element in group:
                if step.node in self._meant(element, parent) and not is_content_match(element):
                    yield element

    def _enter(self, element: etree._Element, step: Step) -> Selected | None:
        """Go into a node with the filter node that names it (RFC 6241 §6.2.5)."""
        inner = list(child_elements(element))
        if not inner:
            return _WHOLE
        matches = [each for each in inner if is_content_match(each)]
        others = [each for each in inner if not is_content_match(each)]
        if not all(_has_key(step.values or {}, each, step.node) for each in matches):
            return None
        return Selected(is_whole=False, groups=[others]) if others else _WHOLE

    def is_within(self, paths: Collection[DataPath]) -> bool:
        """Tell whether nothing is selected but what is at or in one of the paths without keys."""
        return self._top is not None and self._are_within(None, self._top, "", paths)

    def _are_within(
        self, parent: SchemaNode | None, group: Group, place: DataPath, paths: Collection[DataPath]
    ) -> bool:
        for element in group:
            for node in () if is_content_match(element) else self._meant(element, parent):
                path = place + _bare_step(node, parent)
                inner = list(child_elements(element))
                others = [each for each in inner if not is_content_match(each)]
                if _is_all_in(node, path, paths):
                    continue
                if not others or not self._are_within(node, others, path, paths):
                    return False
        return True

    def _meant(self, element: etree._Element, parent: SchemaNode | None) -> list[SchemaNode]:
        return [] if element.attrib else schema_candidates(self._schema, parent, element)

    def _require_keys_only(self, parent: SchemaNode | None, group: Group) -> None:
        for element in group:
            if is_content_match(element):
                _require_key(parent, element)
                continue
            for node in self._meant(element, parent):
                self._require_keys_only(node, list(child_elements(element)))


def _subtree_of(schema: Schema, selection: Filter | None) -> etree._Element | None:
    match selection:
        case None:
            return None
        case SubtreeFilter(element):
            return element
        case XPathFilter(expression, namespaces):
            subtree = as_subtree(schema, with_module_names(schema, expression, namespaces))
            if subtree is None:
                reason = "is no plain path with keys only, which changes can be followed by"
                raise UnsupportedFilterError(f"{expression!r} {reason}")
            return subtree


def _require_key(parent: SchemaNode | None, element: etree._Element) -> None:
    keys = [] if parent is None else [key.tag for key in parent.keys]
    if element.tag not in keys:
        reason = "is no key, and changes can be followed by keys only"
        raise UnsupportedFilterError(f"<{local_name(element)}> {reason}")


def _has_key(values: Mapping[str, str], element: etree._Element, node: SchemaNode) -> bool:
    """Compare a key of an entry with what a content match node wants."""
    key = next(key for key in node.keys if key.tag == element.tag)
    wanted = key.lexical(text_of(element), element.nsmap)
    return values.get(key.name) in (wanted, key.canonical(wanted))


def _is_all_in(node: SchemaNode, path: DataPath, paths: Collection[DataPath]) -> bool:
    """Tell whether a node is in the paths, or a container of nothing but nodes that are."""
    if path in paths:
        return True
    if node.kind is not NodeKind.CONTAINER or node.is_presence:
        return False
    inner = [child for child in node.children.values() if child.kind in _DATA]
    return bool(inner) and all(
        _is_all_in(child, path + _bare_step(child, node), paths) for child in inner
    )


def _bare_step(node: SchemaNode, parent: SchemaNode | None) -> DataPath:
    is_qualified = parent is None or parent.module != node.module
    return f"/{node.module}:{node.name}" if is_qualified else f"/{node.name}"


def steps_to(schema: Schema, path: DataPath) -> list[Step]:
    """Take a data path apart; of a value of a leaf-list there is no more than the leaf-list."""
    return location_steps(schema, path) or []


def chain_to(steps: Sequence[Step], selected: Selected) -> SubtreeFilter:
    """Write a filter for the part of one node that is selected."""
    root = etree.Element("filter")
    for group in selected.groups or [()]:
        element = root
        for step in steps:
            element = etree.SubElement(element, step.node.tag)
            if step.node.kind is NodeKind.LIST:
                for key in step.node.keys:
                    etree.SubElement(element, key.tag).text = (step.values or {}).get(key.name)
        element.extend(deepcopy(each) for each in group)
    return SubtreeFilter(root)
