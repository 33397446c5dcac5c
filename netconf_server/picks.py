"""Which nodes of a tree a filter has picked, and rendering them as XML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from lxml import etree

from netconf_server.schema_data import DataFormat, DataNode
from netconf_server.schema_nodes import NodeKind
from netconf_server.schema_tree import DataTree


@dataclass(slots=True)
class Pick:
    """A picked node: all of it, or only some of its children."""

    is_whole: bool = False
    children: dict[DataNode, Pick] = field(default_factory=dict)

    def child(self, node: DataNode) -> Pick:
        """Return the pick of a child, new if need be."""
        return self.children.setdefault(node, Pick())

    def add_path(self, node: DataNode) -> None:
        """Pick a node, all of it, together with the way that leads to it."""
        steps = [node]
        while (parent := steps[-1].parent) is not None:
            steps.append(parent)
        pick = self
        for step in reversed(steps):
            pick = pick.child(step)
        pick.is_whole = True


def render_all(tree: DataTree) -> list[etree._Element]:
    """Render a whole tree without its implicit defaults."""
    return elements_in(tree.print(DataFormat.XML))


def render(tree: DataTree, pick: Pick) -> list[etree._Element]:
    """Render what is picked below the root."""
    return render_all(tree) if pick.is_whole else list(_render_children(pick))


def _render_children(pick: Pick) -> Iterator[etree._Element]:
    for node, child in pick.children.items():
        if child.is_whole:
            yield from elements_in(node.print(DataFormat.XML))
        else:
            yield from _render_partly(node, child)


def _render_partly(node: DataNode, pick: Pick) -> Iterator[etree._Element]:
    """Render a node with its picked children; the keys of a list entry come along."""
    children = list(_render_children(pick))
    if not children:
        return
    schema = node.schema
    element = etree.Element(schema.tag, nsmap=cast("dict[str, str]", {None: schema.namespace}))
    if schema.kind is NodeKind.LIST:
        keys = [key.tag for key in schema.keys]
        element.extend(_key_elements(node))
        children = [child for child in children if child.tag not in keys]
    element.extend(children)
    yield element


def _key_elements(entry: DataNode) -> Iterator[etree._Element]:
    for child in entry.children:
        if not child.schema.is_key:
            return
        yield from elements_in(child.print(DataFormat.XML))


def elements_in(xml: bytes) -> list[etree._Element]:
    """Parse a sequence of elements, as libyang prints siblings."""
    if not xml:
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return list(etree.fromstring(b"<data>" + xml + b"</data>", parser))


def explicit(nodes: Iterable[DataNode]) -> Iterator[DataNode]:
    """Leave out what no client set (RFC 6243 §2.3, the basic mode ``explicit``)."""
    return (node for node in nodes if not node.is_default)
