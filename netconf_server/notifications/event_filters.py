"""Filters on events: what is sent is the whole event or nothing (RFC 5277 §3.6, RFC 8639 §2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from lxml import etree

from netconf_server.editing.payload import child_elements
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.filters.filter import Filter, SubtreeFilter, XPathFilter
from netconf_server.filters.subtree import is_content_match
from netconf_server.filters.xpath import with_module_names
from netconf_server.markup import local_name, namespace_of, text_of
from netconf_server.schema.schema import Schema


class EventFilter(Protocol):
    """A test that is made for each event."""

    def accepts(self, event: etree._Element) -> bool:
        """Tell whether the event is wanted."""


def event_filter(schema: Schema, selection: Filter | None) -> EventFilter | None:
    """Prepare a filter; None for all events. Raises RpcError ``invalid-value``."""
    match selection:
        case None:
            return None
        case SubtreeFilter(element):
            return _SubtreeTest(element)
        case XPathFilter():
            return _XPathTest(schema, selection)


class _SubtreeTest:
    """A subtree filter: it accepts an event of which it selects anything (RFC 5277 §3.6)."""

    def __init__(self, element: etree._Element) -> None:
        self._elements = list(child_elements(element))

    def accepts(self, event: etree._Element) -> bool:
        """Tell whether anything is selected."""
        return _selects(self._elements, [event])


def _selects(elements: Sequence[etree._Element], nodes: Sequence[etree._Element]) -> bool:
    """Apply one set of sibling filter nodes to sibling elements (RFC 6241 §6.3)."""
    matches = [element for element in elements if is_content_match(element)]
    if not all(_has_content(element, nodes) for element in matches):
        return False
    others = (element for element in elements if not is_content_match(element))
    return bool(matches) or any(_selects_in(element, nodes) for element in others)


def _has_content(element: etree._Element, nodes: Iterable[etree._Element]) -> bool:
    wanted = _value_of(element)
    return any(_is_named(node, element) and _value_of(node) == wanted for node in nodes)


def _selects_in(element: etree._Element, nodes: Iterable[etree._Element]) -> bool:
    """Apply a selection or containment node; no event has attributes (RFC 6241 §6.2.2)."""
    inner = list(child_elements(element))
    found = (node for node in nodes if _is_named(node, element) and not element.attrib)
    return any(not inner or _selects(inner, list(node)) for node in found)


def _is_named(node: etree._Element, element: etree._Element) -> bool:
    """Compare names; without a namespace the filter means that of any (RFC 6241 §6.2.1)."""
    if not namespace_of(element):
        return local_name(node) == local_name(element)
    return bool(node.tag == element.tag)


def _value_of(element: etree._Element) -> str:
    """Return a leaf's text; of an identity its namespace and name, whatever its prefix."""
    text = text_of(element)
    prefix, colon, name = text.partition(":")
    namespace = element.nsmap.get(prefix)
    return f"{{{namespace}}}{name}" if colon and namespace else text


class _XPathTest:
    """An XPath expression whose value is taken as a boolean (RFC 5277 §3.6).

    RFC 8639 §4: the context node is the root, the prefixes are those in scope and the names of the
    modules. XPath functions that are YANG's own are not known here.
    """

    def __init__(self, schema: Schema, selection: XPathFilter) -> None:
        expression = with_module_names(schema, selection.expression, selection.namespaces)
        modules = schema.nodes.module_names
        namespaces = {name: namespace for namespace, name in modules.items()}
        try:
            etree.XPath(expression, namespaces=namespaces, regexp=False)
            self._test = etree.XPath(
                f"boolean(/self::node()[boolean({expression})])",
                namespaces=namespaces,
                regexp=False,
            )
            self._test(etree.Element("nothing"))
        except etree.XPathError as fault:
            raise RpcError(
                tag=ErrorTag.INVALID_VALUE,
                message=f"XPath {selection.expression!r}: {fault}",
                info={"bad-element": "filter"},
            ) from fault

    def accepts(self, event: etree._Element) -> bool:
        """Tell whether the expression is true of the event."""
        try:
            return bool(self._test(event))
        except etree.XPathError:
            return False
