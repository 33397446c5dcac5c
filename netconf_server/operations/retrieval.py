"""get and get-config (RFC 6241 §7.1, §7.7)."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from netconf_server.markup import new_element
from netconf_server.operations.parameters import Parameters, datastore_in, filter_in
from netconf_server.operations.request import Request


def get(request: Request) -> list[etree._Element]:
    """Return running and the operational state, filtered (RFC 6241 §7.7)."""
    parameters = Parameters(request.operation)
    selection = filter_in(parameters)
    parameters.finish()
    return [_data(request.management.datastores.get(selection))]


def get_config(request: Request) -> list[etree._Element]:
    """Return the configuration of one datastore, filtered (RFC 6241 §7.1)."""
    parameters = Parameters(request.operation)
    source = datastore_in(parameters.required("source"))
    selection = filter_in(parameters)
    parameters.finish()
    return [_data(request.management.datastores.get_config(source, selection))]


def _data(content: Iterable[etree._Element]) -> etree._Element:
    data = new_element("data")
    data.extend(content)
    return data
