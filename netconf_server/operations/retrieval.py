"""get and get-config (RFC 6241 §7.1, §7.7)."""

from __future__ import annotations

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.operations.parameters import (
    Parameters,
    datastore_in,
    filter_in,
)
from netconf_server.operations.request import Request
from netconf_server.operations.with_defaults import with_defaults_in
from netconf_server.protocol.replies import Streamed
from netconf_server.reading.request import Reading


def get(request: Request) -> Streamed:
    """Return running and the operational state, filtered (RFC 6241 §7.7)."""
    parameters = Parameters(request.operation)
    reading = _reading(request, parameters, with_state=True)
    parameters.finish()
    return _read(request, DatastoreName.RUNNING, reading)


def get_config(request: Request) -> Streamed:
    """Return the configuration of one datastore, filtered (RFC 6241 §7.1)."""
    parameters = Parameters(request.operation)
    source = datastore_in(parameters.required("source"))
    reading = _reading(request, parameters, with_state=False)
    parameters.finish()
    return _read(request, source, reading)


def _reading(request: Request, parameters: Parameters, *, with_state: bool) -> Reading:
    return Reading(
        selection=filter_in(parameters),
        defaults=with_defaults_in(parameters),
        with_state=with_state,
        gate=request.management.access.read_gate(request.session),
    )


def _read(request: Request, source: DatastoreName, reading: Reading) -> Streamed:
    content = request.management.datastores.read(source, reading)
    return Streamed(start=b"<data>", content=content, end=b"</data>")
