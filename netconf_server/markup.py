"""XML as NETCONF uses it: the namespaces, a parser that trusts nobody, and small builders."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, cast

from lxml import etree

BASE: Final = "urn:ietf:params:xml:ns:netconf:base:1.0"
MONITORING: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
NOTIFICATION: Final = "urn:ietf:params:xml:ns:netconf:notification:1.0"
FACTORY_DEFAULT: Final = "urn:ietf:params:xml:ns:yang:ietf-factory-default"
PARTIAL_LOCK: Final = "urn:ietf:params:xml:ns:netconf:partial-lock:1.0"
SUBSCRIBED: Final = "urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"
YANG: Final = "urn:ietf:params:xml:ns:yang:1"
YANG_PUSH: Final = "urn:ietf:params:xml:ns:yang:ietf-yang-push"
WITH_DEFAULTS: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults"
NMDA: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"
DATASTORES: Final = "urn:ietf:params:xml:ns:yang:ietf-datastores"
#: Marks default values (RFC 6243 §6).
DEFAULT_ATTRIBUTE: Final = "{urn:ietf:params:xml:ns:netconf:default:1.0}default"
ORIGIN: Final = "urn:ietf:params:xml:ns:yang:ietf-origin"
_NO_PREFIXES: Final[Mapping[str, str]] = MappingProxyType({})

XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


#: What every message begins with.
XML_DECLARATION: Final = b"<?xml version='1.0' encoding='UTF-8'?>\n"


class MalformedMessageError(Exception):
    """The bytes are not a well-formed XML document, or one that uses what is refused here."""


def parse_document(document: bytes) -> etree._Element:
    """Parse a message and return its root element.

    RFC 6241 §3: messages are UTF-8, and document type declarations must not appear. A doctype is
    refused here for safety too: nothing is expanded, nothing is fetched. Comments and processing
    instructions carry no meaning and are dropped.
    """
    try:
        root = etree.fromstring(document.lstrip(), _message_parser())
    except etree.XMLSyntaxError as fault:
        _message_parser.cache_clear()  # one that has failed must not colour the next message
        raise MalformedMessageError(str(fault)) from fault
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise MalformedMessageError("a document type declaration is not allowed (RFC 6241 §3)")
    return root


@cache
def _message_parser() -> etree.XMLParser:
    """Make a parser for messages, once: it takes half as long as reading a small one."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )


def elements_in(xml: bytes) -> list[etree._Element]:
    """Parse a sequence of elements, as they are printed by ourselves."""
    if not xml:
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return list(etree.fromstring(b"<data>" + xml + b"</data>", parser))


def serialize(element: etree._Element) -> bytes:
    """Render a whole message, XML declaration included."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True, with_tail=False)


def new_element(
    name: str, namespace: str = BASE, prefixes: Mapping[str, str] = _NO_PREFIXES
) -> etree._Element:
    """Build an element whose namespace is the default one; ``prefixes`` are declared besides."""
    nsmap = cast("dict[str, str]", {None: namespace, **prefixes})
    return etree.Element(f"{{{namespace}}}{name}", nsmap=nsmap)


def add_child(
    parent: etree._Element, name: str, text: str | None = None, namespace: str = BASE
) -> etree._Element:
    """Append an element with a text."""
    child = new_element(name, namespace)
    child.text = text
    parent.append(child)
    return child


def local_name(element: etree._Element) -> str:
    """Return the element's name without its namespace; QName would take three times as long."""
    return element.tag.rpartition("}")[2]


def namespace_of(element: etree._Element) -> str:
    """Return the element's namespace, the empty string if it has none."""
    return element.tag.rpartition("}")[0].removeprefix("{")


def child_with(element: etree._Element, tag: str) -> etree._Element | None:
    """Return the first child of a tag; ``find`` would read the tag as a path before."""
    return next(element.iterchildren(tag), None)


def identity_in(element: etree._Element, namespace: str) -> str:
    """Return the name of the identity in an element, an empty string if another module has it."""
    prefix, _, name = text_of(element).rpartition(":")
    return name if element.nsmap.get(prefix or None) == namespace else ""


def text_of(element: etree._Element) -> str:
    """Return the element's own text without the white space around it."""
    return (element.text or "").strip()
