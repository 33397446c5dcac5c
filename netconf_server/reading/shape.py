"""What the schema alone says about how its data is read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from netconf_server.schema.native import ffi
from netconf_server.schema.nodes import NodeKind, SchemaNode

_DATA: Final = frozenset(
    {NodeKind.CONTAINER, NodeKind.LIST, NodeKind.LEAF, NodeKind.LEAF_LIST, NodeKind.ANY}
)

#: Enough for all nodes of some hundred modules; a node lives as long as its schema.
_remembered = lru_cache(65536)


def data_nodes(nodes: Iterable[SchemaNode]) -> list[SchemaNode]:
    """Leave out rpcs, actions and notifications."""
    return [node for node in nodes if node.kind in _DATA]


@_remembered
def data_children(node: SchemaNode) -> tuple[SchemaNode, ...]:
    """Return the data nodes directly inside, in the order of the schema."""
    return tuple(data_nodes(node.children.values()))


@_remembered
def has_state(node: SchemaNode) -> bool:
    """Tell whether the node is operational state, or something inside of it is."""
    return not node.is_config or any(has_state(child) for child in data_children(node))


@_remembered
def is_streamed(node: SchemaNode) -> bool:
    """Tell whether the node is a list that has nothing but containers around it.

    Those can be large, and are read an entry at a time.
    """
    parent = node.data_parent
    return node.kind is NodeKind.LIST and (parent is None or _is_below_containers(parent))


def _is_below_containers(node: SchemaNode) -> bool:
    parent = node.data_parent
    is_container = node.kind is NodeKind.CONTAINER
    return is_container and (parent is None or _is_below_containers(parent))


@_remembered
def is_frame(node: SchemaNode) -> bool:
    """Tell whether the node is a container around streamed lists."""
    return node.kind is NodeKind.CONTAINER and any(
        is_streamed(child) or is_frame(child) for child in data_children(node)
    )


@_remembered
def has_streamed_state(node: SchemaNode) -> bool:
    """Tell whether the node is or holds a streamed list of operational state."""
    if is_streamed(node):
        return not node.is_config
    return is_frame(node) and any(has_streamed_state(child) for child in data_children(node))


@_remembered
def has_defaults(node: SchemaNode) -> bool:
    """Tell whether a leaf inside has a default value."""
    if node.kind in (NodeKind.LEAF, NodeKind.LEAF_LIST):
        return _has_default(node)
    return any(has_defaults(child) for child in data_children(node))


@_remembered
def has_default_state(node: SchemaNode) -> bool:
    """Tell whether a leaf of operational state inside has a default value."""
    if not node.is_config:
        return has_defaults(node)
    return any(has_default_state(child) for child in data_children(node))


def _has_default(node: SchemaNode) -> bool:
    if node.kind is NodeKind.LEAF:
        return bool(ffi.cast("struct lysc_node_leaf *", node.pointer).dflt)
    return bool(ffi.cast("struct lysc_node_leaflist *", node.pointer).dflts)


@_remembered
def bare_step(node: SchemaNode) -> str:
    """Return the last step of the node's data path, without keys."""
    parent = node.data_parent
    is_qualified = parent is None or parent.module != node.module
    return f"/{node.module}:{node.name}" if is_qualified else f"/{node.name}"


def bare_path(node: SchemaNode) -> str:
    """Return the data path of all instances, as a StateSelection has it."""
    parent = node.data_parent
    return (bare_path(parent) if parent is not None else "") + bare_step(node)
