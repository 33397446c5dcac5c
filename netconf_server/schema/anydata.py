"""The content of anydata, of which nothing may be lost (RFC 7950 §7.10)."""

from __future__ import annotations

from netconf_server.schema.data import DataNode
from netconf_server.schema.native import Pointer, ffi, lib
from netconf_server.schema.nodes import NodeKind


def keep_content(node: DataNode) -> DataNode:
    """Make all that stands in the anydata of a node be printed; returns the node.

    libyang takes an empty container for one that is there by default wherever it knows the name,
    and leaves it out. In a subtree filter it selects everything.
    """
    if node.schema.kind is NodeKind.ANY:
        content = ffi.cast("struct lyd_node_any *", node.pointer)
        if content.value_type == lib.LYD_ANYDATA_DATATREE:
            _mark_as_set(content.value.tree)
    elif node.schema.has_anydata:
        for child in node.children:
            keep_content(child)
    return node


def _mark_as_set(pointer: Pointer) -> None:
    """Take the mark of a default from a node, from all behind it, and from all inside."""
    while pointer:
        pointer.flags &= ~lib.LYD_DEFAULT
        _mark_as_set(lib.lyd_child(pointer))
        pointer = pointer.next
