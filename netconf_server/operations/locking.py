"""lock and unlock (RFC 6241 §7.5, §7.6)."""

from __future__ import annotations

from lxml import etree

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.operations.parameters import Parameters, datastore_in
from netconf_server.operations.request import Request


def lock(request: Request) -> list[etree._Element]:
    """Lock a datastore for this session (RFC 6241 §7.5)."""
    request.management.lock(request.session_id, _target(request))
    return []


def unlock(request: Request) -> list[etree._Element]:
    """Release this session's lock (RFC 6241 §7.6)."""
    request.management.unlock(request.session_id, _target(request))
    return []


def _target(request: Request) -> DatastoreName:
    parameters = Parameters(request.operation)
    target = datastore_in(parameters.required("target"))
    parameters.finish()
    return target
