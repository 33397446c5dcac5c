"""The rpcs and actions that YANG modules define (RFC 7950 §7.14, §7.15)."""

from __future__ import annotations

from functools import partial

from lxml import etree

from netconf_server.operations.request import Request


def action(request: Request) -> list[etree._Element]:
    """Carry out an action on the data node that the request leads to (RFC 7950 §7.15.2)."""
    authorize = partial(request.management.access.require_action, request.session)
    return request.management.datastores.invoke_action(request.operation, authorize)


def module_rpc(request: Request) -> list[etree._Element]:
    """Carry out an rpc that a module defines (RFC 7950 §7.14.4)."""
    return request.management.datastores.invoke_rpc(request.operation)
