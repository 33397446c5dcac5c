"""Hiding data nodes from libyang's printer in place, for the moment of printing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from netconf_server.schema.data import DataNode
from netconf_server.schema.native import NULL, Pointer, declared, extra, ffi, lib
from netconf_server.schema.nodes import SchemaNode


@contextmanager
def skipped(nodes: Iterable[DataNode]) -> Iterator[None]:
    """Leave nodes, none of them at the top and none inside another, out of their siblings' chain.

    Until this ends, nothing may be done with the tree but printing.
    """
    links: dict[Pointer, _Link] = {}
    try:
        for node in nodes:
            pointer = node.pointer
            link = links.get(pointer.prev) or _Link(pointer)
            link.lead_to(pointer.next)
            links[pointer] = link
        yield
    finally:
        for link in links.values():
            link.restore()


def only_children(parents: Iterable[DataNode], schemas: Sequence[SchemaNode]) -> Iterator[DataNode]:
    """Find what nodes have of children that there is one of at most, each to be hidden.

    This is the inner loop of large reads: so it has the library's look-up for itself.
    """
    holder, find = declared.new("void **"), extra.lyd_find_sibling_val
    for parent in parents:
        first = lib.lyd_child(parent.pointer)
        for schema in schemas if first else ():
            if find(first, schema.pointer, NULL, 0, holder) == lib.LY_SUCCESS:
                yield DataNode(ffi.cast("struct lyd_node *", holder[0]), parent.nodes)


class _Link:
    """What leads to a node: the ``next`` of the sibling before it, or its parent's ``child``."""

    __slots__ = ("_before", "_node")

    def __init__(self, node: Pointer) -> None:
        self._node = node
        self._before: Pointer = node.prev if node.prev.next else None

    def lead_to(self, pointer: Pointer) -> None:
        if self._before is None:
            self._node.parent.child = pointer
        else:
            self._before.next = pointer

    def restore(self) -> None:
        self.lead_to(self._node)
