"""Subtree filtering (RFC 6241 §6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lxml import etree

from netconf_server.editing.payload import child_elements, selector_of
from netconf_server.filters.picks import Pick
from netconf_server.markup import child_with, local_name, namespace_of, text_of
from netconf_server.schema.data import DataNode, LibraryError
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.printing import Defaults, is_shown
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree


def pick_subtree(
    schema: Schema, tree: DataTree, element: etree._Element, defaults: Defaults
) -> Pick:
    """Pick what the children of a ``filter`` element select."""
    root = Pick()
    pick_siblings(Level(schema, tree, None, defaults), list(child_elements(element)), root)
    return root


class Level:
    """One set of sibling nodes: those below a data node, or at the top of a tree."""

    def __init__(
        self, schema: Schema, tree: DataTree, parent: DataNode | None, defaults: Defaults
    ) -> None:
        self._schema = schema
        self._tree = tree
        self._parent = parent
        self._defaults = defaults

    def below(self, node: DataNode) -> Level:
        """Go down to the children of a node."""
        return Level(self._schema, self._tree, node, self._defaults)

    def candidates(self, element: etree._Element) -> list[SchemaNode]:
        """Return the schema nodes that a filter element may mean here."""
        parent = None if self._parent is None else self._parent.schema
        return schema_candidates(self._schema, parent, element)

    def matching(self, element: etree._Element) -> Iterator[DataNode]:
        """Yield the nodes that a filter element names; an entry named by its keys by hash."""
        if element.attrib:
            return  # RFC 6241 §6.2.2: no node has the attribute, for no data has any
        for candidate in self.candidates(element):
            for node in self._instances(candidate, element):
                if is_shown(node, self._defaults):
                    yield node

    def _instances(self, schema: SchemaNode, element: etree._Element) -> Iterator[DataNode]:
        if schema.kind is NodeKind.LIST and names_one_entry(element, schema):
            selector = selector_of(element, schema, "")
            try:
                entry = self._find(schema, selector)
            except LibraryError:
                return  # a value that is not of the key's type names no entry
            if entry is not None:
                yield entry
            return
        node = self._find(schema, None)
        while node is not None:
            following = node.following
            yield node
            node = following

    def _find(self, schema: SchemaNode, selector: str | None) -> DataNode | None:
        if self._parent is None:
            return self._tree.find_top(schema, selector)
        return self._parent.find_child(schema, selector)


def schema_candidates(
    schema: Schema, parent: SchemaNode | None, element: etree._Element
) -> list[SchemaNode]:
    """Return what a filter element may mean below a schema node.

    RFC 6241 §6.2.1: an element without a namespace stands for those of all namespaces.
    """
    known = schema.nodes.top if parent is None else parent.children
    namespace, name = namespace_of(element), local_name(element)
    if namespace:
        node = known.get((namespace, name))
        return [] if node is None else [node]
    return [node for node in known.values() if node.name == name]


def is_content_match(element: etree._Element) -> bool:
    """Tell a content match node: text, and no child elements (RFC 6241 §6.2.5)."""
    return bool(text_of(element)) and next(child_elements(element), None) is None


def divided(
    elements: Iterable[etree._Element],
) -> tuple[list[etree._Element], list[etree._Element]]:
    """Tell content match nodes from all others."""
    matches: list[etree._Element] = []
    others: list[etree._Element] = []
    for element in elements:
        (matches if is_content_match(element) else others).append(element)
    return matches, others


def names_one_entry(element: etree._Element, schema: SchemaNode) -> bool:
    """Tell whether there is a plainly written content match for every key of a list."""
    found = [child_with(element, key.tag) for key in schema.keys]
    return bool(found) and all(key is not None and _is_plain_match(key) for key in found)


def _is_plain_match(element: etree._Element) -> bool:
    return is_content_match(element) and not element.attrib and element.text == text_of(element)


def pick_siblings(level: Level, elements: Sequence[etree._Element], pick: Pick) -> bool:
    """Process one set of sibling filter nodes (RFC 6241 §6.3); False if nothing is selected."""
    matches, others = divided(elements)
    matched = [list(with_content(level, element)) for element in matches]
    if not all(matched):
        return False
    if not others and matches:
        pick.is_whole = True
        return True
    for node in (node for nodes in matched for node in nodes):
        pick.child(node).is_whole = True
    selected = [_pick_element(level, element, pick) for element in others]
    return bool(matches) or any(selected)


def with_content(level: Level, element: etree._Element) -> Iterator[DataNode]:
    """Yield the leafs that a content match node matches, compared as values of their type."""
    for node in level.matching(element):
        schema = node.schema
        if schema.kind not in (NodeKind.LEAF, NodeKind.LEAF_LIST):
            continue
        value = schema.lexical(text_of(element), element.nsmap)
        if node.value in (value, schema.canonical(value)):
            yield node


def _pick_element(level: Level, element: etree._Element, pick: Pick) -> bool:
    """Process a selection or containment node for every data node that it names."""
    inner = list(child_elements(element))
    found = [_pick_node(level.below(node), node, inner, pick) for node in level.matching(element)]
    return any(found)


def _pick_node(below: Level, node: DataNode, inner: Sequence[etree._Element], pick: Pick) -> bool:
    """Pick a node: all of it for a selection node, what is selected inside for containment."""
    if not inner:
        pick.child(node).is_whole = True
        return True
    if not node.schema.is_inner:
        return False
    already = pick.children.get(node)
    child = Pick() if already is None else already
    if not pick_siblings(below, inner, child):
        return False
    pick.children[node] = child
    return True
