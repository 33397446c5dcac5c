"""Leafs in an edit that are marked as default data (RFC 6243 §4.5.1, §4.5.2, §6)."""

from __future__ import annotations

from lxml import etree

from netconf_server.editing.attributes import Operation
from netconf_server.editing.payload import data_error
from netconf_server.errors import ErrorTag
from netconf_server.markup import DEFAULT_ATTRIBUTE
from netconf_server.provider import DataPath
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.values import is_default_value


def is_marked_default(
    element: etree._Element, node: SchemaNode, operation: Operation, path: DataPath
) -> bool:
    """Tell whether an element asks for its node to be default data again.

    RFC 6243 §4.5.2: invalid-value unless it has the schema's default value, and the operation is
    one of create, merge and replace.
    """
    mark = element.get(DEFAULT_ATTRIBUTE, "false")
    if mark in ("false", "0"):
        return False
    if mark not in ("true", "1"):
        reason = f"the attribute default is {mark!r}"
    elif operation not in (Operation.CREATE, Operation.MERGE, Operation.REPLACE):
        reason = f"default data cannot have the operation {operation.value}"
    elif not is_default_value(node, element):
        reason = f"{element.text or ''!r} is not the default value"
    else:
        return True
    raise data_error(ErrorTag.INVALID_VALUE, path, reason)
