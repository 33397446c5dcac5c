"""Configuration and operational state in one tree, as ``get`` shows them (RFC 6241 §7.7)."""

from __future__ import annotations

import json

from netconf_server.errors import ErrorTag, RpcError
from netconf_server.filters import Filter
from netconf_server.provider import DataPath, Provider, StateFragment, StateSelection
from netconf_server.schema import Schema
from netconf_server.schema_data import DataFormat, DataNode, LibraryError
from netconf_server.schema_tree import DataTree
from netconf_server.selection import branches, state_selection


def collect(
    schema: Schema, running: DataTree, provider: Provider, selection: Filter | None
) -> DataTree:
    """Return a tree, for the caller to free, with all that a filter can select and little else."""
    tree = _configuration(schema, running, selection)
    try:
        wanted = state_selection(schema, selection)
        if wanted is not None:
            add_state(schema, tree, provider, wanted)
    except BaseException:
        tree.free()
        raise
    return tree


def add_state(schema: Schema, tree: DataTree, provider: Provider, wanted: StateSelection) -> None:
    """Merge the provider's state into a tree."""
    for fragment in provider.read_state(wanted):
        tree.merge(_parse(schema, fragment))


def _configuration(schema: Schema, running: DataTree, selection: Filter | None) -> DataTree:
    entrances = {branch.entrance for branch in branches(schema, selection)}
    if "" in entrances:
        return running.duplicate()
    tree = schema.new_tree()
    for entrance in sorted(entrances):
        node = _find(running, entrance)
        if node is not None:
            tree.copy_in(node)
    return tree


def _find(tree: DataTree, path: DataPath) -> DataNode | None:
    """Find a node by a path with a client's values in it, which may be none of their type."""
    try:
        return tree.find(path)
    except LibraryError:
        return None


def _parse(schema: Schema, fragment: StateFragment) -> DataTree:
    try:
        return schema.parse(json.dumps(fragment.data).encode(), DataFormat.JSON, with_state=True)
    except LibraryError as error:
        raise RpcError(
            tag=ErrorTag.OPERATION_FAILED,
            message=f"operational state that does not fit the schema: {error.fault.message}",
        ) from error
