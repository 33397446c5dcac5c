"""Hiding data nodes from libyang's printer in place, for the moment of printing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from netconf_server.schema.data import DataNode
from netconf_server.schema.native import Pointer


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
