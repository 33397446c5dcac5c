"""The XML attributes that steer an edit-config (RFC 6241 §7.2, RFC 7950 §7.7.9 and §7.8.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from lxml import etree

from netconf_server.editing.payload import data_error, selector_in_attribute
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.markup import BASE, DEFAULT_ATTRIBUTE, YANG
from netconf_server.provider import DataPath
from netconf_server.schema.nodes import NodeKind, SchemaNode

OPERATION: Final = f"{{{BASE}}}operation"
INSERT: Final = f"{{{YANG}}}insert"
KEY: Final = f"{{{YANG}}}key"
VALUE: Final = f"{{{YANG}}}value"


class Operation(Enum):
    """The ``operation`` attribute; NONE exists as default-operation only."""

    MERGE = "merge"
    REPLACE = "replace"
    CREATE = "create"
    DELETE = "delete"
    REMOVE = "remove"
    NONE = "none"


_OPERATIONS: Final = {each.value: each for each in Operation if each is not Operation.NONE}


class Where(Enum):
    """The ``insert`` attribute for entries of user-ordered lists."""

    FIRST = "first"
    LAST = "last"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """Where an entry goes; ``anchor`` selects the entry that it goes before or after."""

    where: Where
    anchor: str | None = None


def operation_of(element: etree._Element, inherited: Operation, path: DataPath) -> Operation:
    """Return the operation on an element, that of its parent where it has none of its own."""
    text = element.get(OPERATION)
    if text is None:
        return inherited
    operation = _OPERATIONS.get(text)
    if operation is None:
        raise _bad_attribute("operation", element, path, f"operation {text!r} does not exist")
    return operation


def insertion_of(element: etree._Element, node: SchemaNode, path: DataPath) -> Insertion | None:
    """Return where an entry is to go, None if nothing is said.

    RFC 7950 §8.3.1: an unknown-attribute error on what is not a user-ordered list.
    """
    place = element.get(INSERT)
    if place is None:
        return None
    if not node.is_user_ordered:
        raise _attribute_error(
            ErrorTag.UNKNOWN_ATTRIBUTE, "insert", element, path, "entries are not ordered by user"
        )
    if place not in {where.value for where in Where}:
        raise _bad_attribute("insert", element, path, f"insert {place!r} does not exist")
    where = Where(place)
    if where in (Where.FIRST, Where.LAST):
        return Insertion(where=where)
    return Insertion(where=where, anchor=_anchor_of(element, node, path))


def _anchor_of(element: etree._Element, node: SchemaNode, path: DataPath) -> str:
    name = KEY if node.kind is NodeKind.LIST else VALUE
    short_name = etree.QName(name).localname
    text = element.get(name)
    if text is None:
        raise _attribute_error(
            ErrorTag.MISSING_ATTRIBUTE, short_name, element, path, f"insert needs {short_name}"
        )
    anchor = selector_in_attribute(text, element, node)
    if anchor is None:
        raise _bad_attribute(short_name, element, path, f"{text!r} does not name an entry")
    return anchor


def missing_anchor(element: etree._Element, node: SchemaNode, path: DataPath) -> RpcError:
    """Make the error for an insertion next to an entry that does not exist (RFC 7950 §15.7)."""
    name = "key" if node.kind is NodeKind.LIST else "value"
    text = element.get(KEY if node.kind is NodeKind.LIST else VALUE, "")
    reason = f"there is no entry {text} to insert next to"
    return _bad_attribute(name, element, path, reason, app_tag="missing-instance")


def bad_key_operation(element: etree._Element, path: DataPath) -> RpcError:
    """Make the error for an operation on a key, which exists as long as its entry does."""
    return _bad_attribute("operation", element, path, "a key cannot be deleted from its entry")


def require_known_attributes(element: etree._Element, path: DataPath) -> None:
    """Refuse attributes without a meaning: a misspelt one must not make another edit of it."""
    for name in element.attrib:
        if name not in (OPERATION, INSERT, KEY, VALUE, DEFAULT_ATTRIBUTE):
            short_name = etree.QName(name).localname
            raise _attribute_error(
                ErrorTag.UNKNOWN_ATTRIBUTE, short_name, element, path, f"unknown attribute {name!s}"
            )


def require_no_steering(config: etree._Element) -> None:
    """Refuse what steers an edit on the element around all data, where default-operation does."""
    for name in config.attrib:
        if name in (OPERATION, INSERT, KEY, VALUE):
            short_name = etree.QName(name).localname
            reason = f"{short_name} is for the elements inside of <config>"
            raise _attribute_error(ErrorTag.UNKNOWN_ATTRIBUTE, short_name, config, "", reason)


def require_no_operations(config: etree._Element) -> None:
    """Refuse operations in what is a whole configuration, as copy-config takes it.

    RFC 6241 §7.2: the attribute is of edit-config.
    """
    element = config.find(f".//*[@{OPERATION}]")
    if element is not None:
        reason = "operation is for the elements of edit-config"
        raise _attribute_error(ErrorTag.UNKNOWN_ATTRIBUTE, "operation", element, "", reason)


def _bad_attribute(
    name: str,
    element: etree._Element,
    path: DataPath,
    reason: str,
    app_tag: str | None = None,
) -> RpcError:
    return _attribute_error(ErrorTag.BAD_ATTRIBUTE, name, element, path, reason, app_tag)


def _attribute_error(
    tag: ErrorTag,
    name: str,
    element: etree._Element,
    path: DataPath,
    reason: str,
    app_tag: str | None = None,
) -> RpcError:
    bad_element = etree.QName(element).localname
    return data_error(tag, path, reason, app_tag, bad_attribute=name, bad_element=bad_element)
