"""XPath filters (RFC 6241 §8.9), evaluated by libyang."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from netconf_server.errors import ErrorTag, RpcError
from netconf_server.picks import Pick
from netconf_server.schema import Schema
from netconf_server.schema_data import DataNode, LibraryError
from netconf_server.schema_print import Defaults, is_shown
from netconf_server.schema_tree import DataTree

#: Literals first, so that nothing is found inside them; an axis is not a prefix.
_PREFIX: Final = re.compile(
    r"""(?P<literal>"[^"]*"|'[^']*')|(?P<prefix>[A-Za-z_][\w.-]*):(?=[A-Za-z_*])"""
)
_UNPREFIXED_TOP: Final = re.compile(r"\s*/(?P<name>[A-Za-z_][\w.-]*)(?![\w.:(-])")


def pick_xpath(
    schema: Schema,
    tree: DataTree,
    expression: str,
    namespaces: Mapping[str, str],
    defaults: Defaults,
) -> Pick:
    """Pick what an expression selects, each node with all that is in it; raises RpcError."""
    root = Pick(is_whole=expression.strip() == "/")
    for node in _select(schema, tree, expression, namespaces):
        if is_shown(node, defaults):
            root.add_path(node)
    return root


def with_module_names(schema: Schema, expression: str, namespaces: Mapping[str, str]) -> str:
    """Put module names in place of prefixes; raises RpcError.

    RFC 6241 §8.9.1: the prefixes are those in scope. A module's name is accepted as well, for it
    is what error-path and instance-identifiers in JSON have.
    """
    modules = schema.nodes.module_names

    def replace(match: re.Match[str]) -> str:
        prefix = match["prefix"]
        if prefix is None:
            return match[0]
        module = modules.get(namespaces[prefix]) if prefix in namespaces else None
        if module is None and prefix in modules.values():
            module = prefix
        if module is None:
            raise _bad_expression(expression, _unknown_prefix(prefix, namespaces))
        return f"{module}:"

    return _PREFIX.sub(replace, expression)


def _select(
    schema: Schema, tree: DataTree, expression: str, namespaces: Mapping[str, str]
) -> list[DataNode]:
    try:
        found = tree.select(with_module_names(schema, expression, namespaces))
    except LibraryError as error:
        raise _bad_expression(expression, error.fault.message) from error
    if not found:
        require_known_top(schema, expression)
    return found


def require_known_top(schema: Schema, expression: str) -> None:
    """Tell a client that wrote a name without a prefix when no module knows the name."""
    top = _UNPREFIXED_TOP.match(expression)
    if top is not None and top["name"] not in {node.name for node in schema.nodes.top.values()}:
        reason = f"there is no top-level node {top['name']!r} (a prefix is missing too)"
        raise _bad_expression(expression, reason)


def _unknown_prefix(prefix: str, namespaces: Mapping[str, str]) -> str:
    if prefix in namespaces:
        return f"prefix {prefix!r} stands for the unknown namespace {namespaces[prefix]!r}"
    return f"prefix {prefix!r} is not declared and no module's name"


def _bad_expression(expression: str, reason: str) -> RpcError:
    return RpcError(
        tag=ErrorTag.INVALID_VALUE,
        message=f"XPath {expression!r}: {reason}",
        info={"bad-element": "filter"},
    )
