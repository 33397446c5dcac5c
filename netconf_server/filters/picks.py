"""Which nodes of a tree a filter has picked, and printing them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from netconf_server.schema.data import DataNode
from netconf_server.schema.printing import Defaults, print_node
from netconf_server.schema.tree import DataTree
from netconf_server.xml_text import tags


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


def print_tree(tree: DataTree, pick: Pick, defaults: Defaults) -> Iterator[bytes]:
    """Yield what is picked below the root, a top-level element at a time."""
    for node in tree.children:
        chosen = pick if pick.is_whole else pick.children.get(node)
        if chosen is not None:
            yield print_picked(node, chosen, defaults)


def print_picked(node: DataNode, pick: Pick, defaults: Defaults) -> bytes:
    """Print a node with its picked children; the keys of a list entry come along."""
    if pick.is_whole:
        return print_node(node, defaults)
    pieces: list[bytes] = []
    is_any = False
    for child in node.children:
        chosen = pick.children.get(child)
        piece = b""
        if chosen is not None:
            piece = print_picked(child, chosen, defaults)
            is_any = is_any or bool(piece)
        elif child.schema.is_key:
            piece = print_node(child, defaults)
        pieces.append(piece)
    start, end = tags(node.schema)
    return b"".join((start, *pieces, end)) if is_any else b""
