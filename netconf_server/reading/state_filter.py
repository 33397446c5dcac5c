"""Subtree filters on entries of state as JSON values, before anything is built of them.

Names can be picked here for good. A content match is only a sieve: what passes is filtered once
more, by the values of the types; the provider's values are canonical, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from netconf_server.editing.payload import child_elements
from netconf_server.filters.subtree import is_content_match
from netconf_server.markup import local_name, namespace_of, text_of
from netconf_server.provider import Json
from netconf_server.reading.wanted import Group
from netconf_server.schema.native import Fault
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.values import needs_resolution

#: What is picked of a node, by the children's names in JSON; None is all of a child.
_Picked: TypeAlias = "dict[str, _Part]"


@dataclass(frozen=True, slots=True)
class _Part:
    """A picked child: all of it, or only some of its content."""

    keys: tuple[str, ...]
    picked: _Picked | None


class StateFilter:
    """The sets of filter nodes that are applied to the entries of one list."""

    def __init__(self, node: SchemaNode, groups: Sequence[Group]) -> None:
        self._tests = [_tests(node, group) for group in groups]
        self._part = _part_of(node, groups)

    @property
    def picks_names_only(self) -> bool:
        """True if ``pick`` does all that the filter says."""
        return self._part is not None

    def sift(self, entries: Sequence[Json]) -> list[Json]:
        """Leave out entries that a content match excludes."""
        return [entry for entry in entries if isinstance(entry, dict) and self._may_pass(entry)]

    def _may_pass(self, entry: Mapping[str, Json]) -> bool:
        return any(
            all(_text(entry.get(name)) in texts for name, texts in tests) for tests in self._tests
        )

    def pick(self, entries: Sequence[Json]) -> list[Json]:
        """Return what is selected of each entry, with its keys; only if names are all there is."""
        assert self._part is not None, "there are content matches"
        found = (_pick(entry, self._part) for entry in entries)
        return [entry for entry in found if entry is not None]


def _tests(node: SchemaNode, group: Group) -> list[tuple[str, frozenset[str]]]:
    """Return the leafs that must have one of certain texts, as far as that is sure."""
    tests = []
    for element in filter(is_content_match, group):
        leaf = node.children.get((namespace_of(element), local_name(element)))
        is_sure = leaf is not None and leaf.kind is NodeKind.LEAF and not needs_resolution(leaf)
        if leaf is not None and is_sure and leaf.module == node.module and not element.attrib:
            canonical = leaf.canonical(text_of(element))
            own = set() if isinstance(canonical, Fault) else {canonical}
            tests.append((leaf.name, frozenset({text_of(element), *own})))
    return tests


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _part_of(node: SchemaNode, groups: Sequence[Group]) -> _Part | None:
    """Work out which names the filter nodes pick in a node; None if they do more than that."""
    picked: _Picked = {}
    for element in (element for group in groups for element in group):
        child = node.children.get((namespace_of(element), local_name(element)))
        if is_content_match(element) or element.attrib or not namespace_of(element):
            return None
        if child is None:
            continue
        part = _part_of_child(child, element)
        if part is None:
            return None
        name = child.name if child.module == node.module else f"{child.module}:{child.name}"
        picked[name] = _union(picked[name], part) if name in picked else part
    return _Part(_keys(node), picked)


def _part_of_child(child: SchemaNode, element: etree._Element) -> _Part | None:
    inner = list(child_elements(element))
    if not inner:
        return _Part(_keys(child), None)
    return _part_of(child, [inner]) if child.is_inner else _Part((), {})


def _keys(node: SchemaNode) -> tuple[str, ...]:
    return tuple(key.name for key in node.keys) if node.kind is NodeKind.LIST else ()


def _union(one: _Part, other: _Part) -> _Part:
    if one.picked is None or other.picked is None:
        return _Part(one.keys, None)
    both = dict(one.picked)
    for name, part in other.picked.items():
        both[name] = _union(both[name], part) if name in both else part
    return _Part(one.keys, both)


def _pick(value: Json, part: _Part) -> Json:
    """Return what is picked of a value, None if it is nothing."""
    if part.picked is None:
        return value
    if isinstance(value, list):
        return [found for item in value if (found := _pick(item, part)) is not None] or None
    if not isinstance(value, dict):
        return None
    found = {
        name: inner
        for name, child in part.picked.items()
        if name in value and (inner := _pick(value[name], child)) is not None
    }
    return {**{key: value[key] for key in part.keys if key in value}, **found} if found else None
