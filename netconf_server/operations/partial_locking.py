"""partial-lock and partial-unlock (RFC 5717)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lxml import etree

from netconf_server.errors import RpcError
from netconf_server.filters.filter import XPathFilter
from netconf_server.markup import PARTIAL_LOCK, new_element, text_of
from netconf_server.operations.parameters import (
    Parameters,
    bad_element,
    missing_element,
    whole_number,
)
from netconf_server.operations.request import Request
from netconf_server.protocol.replies import path_element
from netconf_server.provider import DataPath

_MAX_LOCK_ID: Final = 2**32 - 1


def partial_lock(request: Request) -> list[etree._Element]:
    """Lock the nodes of running that any of the expressions selects (RFC 5717 §2.4.1)."""
    parameters = Parameters(request.operation)
    selections = parameters.every("select")
    parameters.finish()
    if not selections:
        raise missing_element("select", "partial-lock")
    nodes = [path for each in selections for path in _selected(request, each)]
    expressions = [text_of(each) for each in selections]
    lock = request.management.partial_lock(request.session_id, expressions, nodes)
    namespaces = request.management.namespaces
    return [
        _lock_id(lock.lock_id),
        *(path_element("locked-node", PARTIAL_LOCK, path, namespaces) for path in lock.nodes),
    ]


def _selected(request: Request, element: etree._Element) -> list[DataPath]:
    """Return the nodes that an expression selects, of those that the session may read."""
    prefixes = {prefix: uri for prefix, uri in element.nsmap.items() if prefix}
    selection = XPathFilter(text_of(element), prefixes)
    try:
        return request.management.datastores.selected_in_running(selection, request.rights.read)
    except RpcError as error:
        raise replace(error, info={"bad-element": "select"}) from error


def _lock_id(number: int) -> etree._Element:
    element = new_element("lock-id", PARTIAL_LOCK)
    element.text = str(number)
    return element


def partial_unlock(request: Request) -> list[etree._Element]:
    """Give up one partial lock of this session (RFC 5717 §2.4.2)."""
    parameters = Parameters(request.operation)
    text = text_of(parameters.required("lock-id"))
    parameters.finish()
    number = whole_number(text, 0, _MAX_LOCK_ID)
    if number is None:
        raise bad_element("lock-id", f"{text!r} is not the number of a lock")
    request.management.locks.partial.release(request.session_id, number)
    return []
