"""One element of an edit-config: what it meets in the tree, and turning it into XML for there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from lxml import etree

from netconf_server.editing.attributes import Insertion
from netconf_server.editing.payload import child_elements, data_error
from netconf_server.errors import ErrorTag
from netconf_server.markup import local_name, namespace_of
from netconf_server.provider import DataPath
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import NodeKind, SchemaNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One element of an edit, and what it meets in the tree."""

    element: etree._Element
    schema: SchemaNode
    path: DataPath
    parent: DataNode | None
    selector: str | None
    existing: DataNode | None
    insertion: Insertion | None

    @property
    def exists(self) -> bool:
        """True if a client made the node."""
        return self.existing is not None and not self.existing.is_default

    @property
    def is_plain_container(self) -> bool:
        """True for containers that mean nothing by themselves (RFC 7950 §7.5.1)."""
        return self.schema.kind is NodeKind.CONTAINER and not self.schema.is_presence


class Cases:
    """The cases that one sibling set of an edit has used (RFC 7950 §8.3.1)."""

    def __init__(self) -> None:
        self._used: dict[int, int] = {}

    def require_one(self, schema: SchemaNode, path: DataPath) -> None:
        """Refuse data for more than one case of a choice."""
        for choice, case in schema.cases.items():
            if self._used.setdefault(choice, case) != case:
                reason = "another case of the same choice is given too"
                raise data_error(ErrorTag.BAD_ELEMENT, path, reason, bad_element=schema.name)


def elements_around_attributes(config: etree._Element) -> set[etree._Element]:
    """Return every element that has attributes somewhere inside."""
    found: set[etree._Element] = set()
    for element in config.iterdescendants(etree.Element):
        if element.attrib:
            for ancestor in element.iterancestors():
                if ancestor in found:
                    break
                found.add(ancestor)
    return found


def has_same_value(element: etree._Element, node: DataNode) -> bool:
    """Tell whether an element is a leaf with the value that is there, written as it is kept.

    False where that is not plain to see: a union may have two values that are written alike.
    """
    schema = node.schema
    if schema.kind is not NodeKind.LEAF or len(schema.base_types) > 1 or schema.has_names_in_values:
        return False
    return len(element) == 0 and (element.text or "") == node.value


def shell_of(target: Target) -> etree._Element:
    """Copy an element with nothing in it but the keys."""
    shell = etree.Element(target.element.tag, nsmap=_prefixes(target.element))
    for key in target.schema.keys if target.schema.kind is NodeKind.LIST else ():
        source = target.element.find(key.tag)
        assert source is not None, "the selector was made of the keys"
        copy = etree.SubElement(shell, source.tag, nsmap=_prefixes(source))
        copy.text = source.text
    return shell


def put_keys_first(element: etree._Element, schema: SchemaNode) -> bool:
    """Move the keys of entries to where RFC 7950 §7.8.5 wants them; False if they are there."""
    is_moved = False
    if schema.kind is NodeKind.LIST:
        found = (element.find(key.tag) for key in schema.keys)
        keys = [key for key in found if key is not None]
        is_moved = list(element)[: len(keys)] != keys
        for position, key in enumerate(keys):
            element.insert(position, key)
    for child in child_elements(element):
        node = schema.children.get((namespace_of(child), local_name(child)))
        if node is not None and node.is_inner:
            is_moved |= put_keys_first(child, node)
    return is_moved


def _prefixes(element: etree._Element) -> dict[str, str]:
    """Return the prefixes in scope; the type stubs do not know of a default namespace."""
    return cast("dict[str, str]", element.nsmap)


def to_xml(element: etree._Element) -> bytes:
    """Serialize an element without its own attributes, all prefixes in scope declared."""
    attributes = element.attrib.items()
    element.attrib.clear()
    try:
        return etree.tostring(element, with_tail=False)
    finally:
        element.attrib.update(dict(attributes))
