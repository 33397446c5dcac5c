"""The input of an operation on subscriptions, checked by the schema; faults are RpcErrors."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Final, cast

from lxml import etree

from netconf_server.editing.payload import data_schema, explain
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.filters.xpath import with_module_names
from netconf_server.markup import SUBSCRIBED, YANG_PUSH, local_name, namespace_of
from netconf_server.notifications.subscription_errors import subscription_error
from netconf_server.provider import Json
from netconf_server.schema.data import DataFormat, LibraryError
from netconf_server.schema.operations import MessageKind, parse_operation
from netconf_server.schema.schema import Schema

#: What the names of RFC 8641's parameters have in front of them in JSON.
PUSH: Final = "ietf-yang-push"

#: Parameters of which one takes the place of the others.
_ALTERNATIVES: Final = (
    frozenset({"stream-filter-name", "stream-subtree-filter", "stream-xpath-filter"}),
    frozenset(
        f"{PUSH}:{name}"
        for name in ("selection-filter-ref", "datastore-subtree-filter", "datastore-xpath-filter")
    ),
    frozenset({f"{PUSH}:periodic", f"{PUSH}:on-change"}),
)

#: The XPath filters: their names in JSON, and their elements.
_XPATH_FILTERS: Final = {
    "stream-xpath-filter": f"{{{SUBSCRIBED}}}stream-xpath-filter",
    f"{PUSH}:datastore-xpath-filter": f"{{{YANG_PUSH}}}datastore-xpath-filter",
}


@dataclass(frozen=True, slots=True)
class Input:
    """An operation's input: checked by the schema, as JSON and as it came."""

    element: etree._Element
    leafs: Mapping[str, Json]

    @property
    def operation(self) -> str:
        """The name of the operation."""
        return local_name(self.element)

    @property
    def subscription_id(self) -> int:
        """The subscription that is meant; raises RpcError ``missing-element``."""
        number = self.leafs.get("id")
        if not isinstance(number, int):
            raise self.missing("id")
        return number

    def shown_over(self, before: Mapping[str, Json]) -> dict[str, Json]:
        """Put what is given in place of what it replaces in the state of a subscription."""
        given = {name: value for name, value in self.leafs.items() if name != "id"}
        replaced = {
            name
            for alternatives in _ALTERNATIVES
            if not alternatives.isdisjoint(given)
            for name in alternatives
        }
        return {**{name: before[name] for name in before if name not in replaced}, **given}

    def missing(self, name: str) -> RpcError:
        """Make the error for a parameter that is not there."""
        return RpcError(
            tag=ErrorTag.MISSING_ELEMENT,
            type=ErrorType.PROTOCOL,
            message=f"<{self.operation}> lacks <{name}>",
            info={"bad-element": name},
        )

    def invalid(self, name: str, reason: str) -> RpcError:
        """Make the error for a parameter that cannot be."""
        return RpcError(
            tag=ErrorTag.INVALID_VALUE, message=f"<{name}>: {reason}", info={"bad-element": name}
        )


def read_input(schema: Schema, element: etree._Element) -> Input:
    """Check an operation's input against the schema."""
    shown = {name: _expression(schema, leaf) for name, leaf in _xpath_filters(element)}
    rest = deepcopy(element)
    for _, leaf in _xpath_filters(rest):
        rest.remove(leaf)
    try:
        with parse_operation(
            schema, etree.tostring(rest, with_tail=False), DataFormat.XML, MessageKind.INPUT
        ) as parsed:
            leafs = cast("dict[str, Json]", parsed.node.json_value())
            return Input(element, {**leafs, **shown})
    except LibraryError as error:
        node = schema.nodes.top[namespace_of(element), local_name(element)]
        path = f"/{node.module}:{node.name}"
        raise _specific(explain(schema, rest, node, path, error.fault, data_schema)) from error


def _xpath_filters(element: etree._Element) -> list[tuple[str, etree._Element]]:
    """Return the XPath filters, with their names in JSON.

    RFC 8639 §4: their prefixes may also be the names of modules, which libyang does not know.
    """
    found = [(name, element.find(tag)) for name, tag in _XPATH_FILTERS.items()]
    return [(name, leaf) for name, leaf in found if leaf is not None]


def _expression(schema: Schema, leaf: etree._Element) -> str:
    """Check an XPath expression, and write it with the names of modules for prefixes."""
    expression = (leaf.text or "").strip()
    try:
        etree.XPath(expression)
        prefixes = {prefix: uri for prefix, uri in leaf.nsmap.items() if prefix}
        return with_module_names(schema, expression, prefixes)
    except etree.XPathSyntaxError as fault:
        reason = f"XPath {expression!r}: {fault}"
        raise subscription_error("filter-unsupported", reason) from fault
    except RpcError as error:
        raise subscription_error("filter-unsupported", error.message) from error


def _specific(error: RpcError) -> RpcError:
    """Give the error of a leaf the identity that is meant for it."""
    leaf = (error.path or "").rpartition("/")[2].rpartition(":")[2]
    if leaf != "encoding":
        return error
    return subscription_error("encoding-unsupported", error.message)
