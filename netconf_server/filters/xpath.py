"""XPath filters (RFC 6241 §8.9), evaluated by libyang."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from netconf_server.errors import ErrorTag, RpcError
from netconf_server.filters.picks import Pick
from netconf_server.schema.data import DataNode, LibraryError
from netconf_server.schema.printing import Defaults, is_shown
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree

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
    for node in select(schema, tree, expression, namespaces):
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


def select(
    schema: Schema, tree: DataTree, expression: str, namespaces: Mapping[str, str]
) -> list[DataNode]:
    """Return the nodes that an expression selects; raises RpcError."""
    named = with_module_names(schema, expression, namespaces)
    try:
        found = tree.select(named)
    except LibraryError as error:
        app_tag = "not-a-node-set" if tree.can_evaluate(named) else None
        raise _bad_expression(expression, error.fault.message, app_tag) from error
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


def _bad_expression(expression: str, reason: str, app_tag: str | None = None) -> RpcError:
    return RpcError(
        tag=ErrorTag.INVALID_VALUE,
        message=f"XPath {expression!r}: {reason}",
        app_tag=app_tag,
        info={"bad-element": "filter"},
    )
