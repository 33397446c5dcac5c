"""Taking out of a copy what a session may not read (RFC 8341 §3.2.4)."""

from __future__ import annotations

from collections.abc import Iterable

from netconf_server.access import ReadGate
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import NodeKind
from netconf_server.schema.tree import DataTree


def prune(tree: DataTree, gate: ReadGate | None) -> None:
    """Free all nodes of a tree that may not be read, before a filter looks at them."""
    if gate is not None:
        _prune_siblings(tree, list(tree.children), gate)


def _prune_siblings(tree: DataTree, nodes: list[DataNode], gate: ReadGate) -> bool:
    """Decide about all siblings before the first of them goes: paths need the keys.

    False if a key of the entry around them goes, which then cannot be shown.
    """
    hidden = {node for node in nodes if _is_hidden(node, gate)}
    is_key_hidden = any(node.schema.is_key for node in hidden)
    for node in nodes:
        is_open = node in hidden or gate.is_whole_readable(node.schema)
        if not is_open and not (
            _prune_siblings(tree, list(node.children), gate) and is_something(node, node.children)
        ):
            hidden.add(node)
    for node in hidden:
        tree.unlink(node)
        node.free()
    return not is_key_hidden


def is_something(node: DataNode, content: Iterable[DataNode]) -> bool:
    """Tell whether a node with this content is shown: a container that says nothing is not.

    Without its hidden content it would still tell that there is some (RFC 7950 §7.5.1).
    """
    schema = node.schema
    is_mere_container = schema.kind is NodeKind.CONTAINER and not schema.is_presence
    return not is_mere_container or next(iter(content), None) is not None


def _is_hidden(node: DataNode, gate: ReadGate) -> bool:
    schema = node.schema
    if gate.is_whole_readable(schema):
        return False
    return gate.is_never_readable(schema) or not gate.may_read(node)


def may_read(gate: ReadGate | None, node: DataNode) -> bool:
    """Tell whether one node is readable, whatever is in it; its parent is."""
    return gate is None or not _is_hidden(node, gate)
