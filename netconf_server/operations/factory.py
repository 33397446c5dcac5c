"""factory-reset (RFC 8808 §2)."""

from __future__ import annotations

from lxml import etree

from netconf_server.operations.parameters import Parameters
from netconf_server.operations.request import Request


def factory_reset(request: Request) -> list[etree._Element]:
    """Give every datastore the content that it had before anybody configured it."""
    Parameters(request.operation).finish()
    request.management.reset_to_factory_default(request.session)
    return []
