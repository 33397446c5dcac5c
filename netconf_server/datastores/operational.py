"""Operational state as a tree, as far as somebody needs to look at it as a whole."""

from __future__ import annotations

import json

from netconf_server.errors import ErrorTag, RpcError
from netconf_server.provider import Json, Provider, StateFragment, StateSelection
from netconf_server.schema.data import DataFormat, LibraryError
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree


def add_state(schema: Schema, tree: DataTree, provider: Provider, wanted: StateSelection) -> None:
    """Merge the provider's state into a tree."""
    for fragment in provider.read_state(wanted):
        tree.merge(parse_fragment(schema, fragment))


def parse_fragment(schema: Schema, fragment: StateFragment) -> DataTree:
    """Make a tree of a fragment; raises RpcError."""
    try:
        return schema.parse(to_json(fragment.data), DataFormat.JSON, with_state=True)
    except LibraryError as error:
        raise RpcError(
            tag=ErrorTag.OPERATION_FAILED,
            message=f"operational state that does not fit the schema: {error.fault.message}",
        ) from error


def to_json(data: Json) -> bytes:
    """Write values for the library to parse.

    Characters stand as they are: it does not take pairs of escapes for those beyond 16 bits.
    """
    return json.dumps(data, ensure_ascii=False).encode(errors="replace")
