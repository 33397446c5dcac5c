"""Errors as a session may see them: nothing in them that it may not read (RFC 8341 §3.2.5, §3.4.3).

A commit can fail for what others have configured. The error names the place, and its message may
name others; where the session cannot read one of them, only the kind of error is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from netconf_server.errors import ErrorTag, MultipleRpcError, RpcError
from netconf_server.nacm.compiled import CompiledRules
from netconf_server.nacm.instances import NamedInstance, ancestry
from netconf_server.nacm.policy import Access
from netconf_server.nacm.rule_paths import node_at
from netconf_server.provider import DataPath
from netconf_server.schema.nodes import NodeKind, SchemaNode, SchemaNodes

_QUOTED_PATH: Final = re.compile(r'"(/[^"]*)')
_OPERATIONS: Final = (NodeKind.RPC, NodeKind.ACTION)


def redacted(rules: CompiledRules, nodes: SchemaNodes, error: RpcError) -> RpcError:
    """Return an error without what the session may not read."""
    first = _one_redacted(rules, nodes, error)
    if isinstance(first, MultipleRpcError):
        others = tuple(_one_redacted(rules, nodes, other) for other in first.others)
        return replace(first, others=others)
    return first


def _one_redacted(rules: CompiledRules, nodes: SchemaNodes, error: RpcError) -> RpcError:
    if error.tag is ErrorTag.ACCESS_DENIED or all(
        _is_readable(rules, nodes, path) for path in _paths_in(error)
    ):
        return error
    reason = "refused because of data that this user may not read"
    return replace(error, message=reason, path=None, info={})


def _paths_in(error: RpcError) -> Iterator[DataPath]:
    if error.path is not None:
        yield error.path
    yield from (found[1] for found in _QUOTED_PATH.finditer(error.message))


def _is_readable(rules: CompiledRules, nodes: SchemaNodes, path: DataPath) -> bool:
    """Decide about a path; one that is not of the schema is a constraint's text if without keys."""
    node = node_at(nodes, path)
    if node is None:
        return "[" not in path
    instance = NamedInstance(node, path)
    return all(rules.is_permitted(Access.READ, each, instance) for each in _data_around(node))


def _data_around(node: SchemaNode) -> list[SchemaNode]:
    """Return a node and the data around it; of an operation's own data, what is around that."""
    around = list(ancestry(node))
    for place, each in enumerate(around):
        if each.kind in _OPERATIONS:
            return around[place + 1 :]
    return around
