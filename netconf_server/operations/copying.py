"""copy-config and delete-config (RFC 6241 §7.3, §7.4), files included (§8.8)."""

from __future__ import annotations

from lxml import etree

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.operations.parameters import (
    Parameters,
    datastore_in,
    invalid_value,
    not_supported,
    source_in,
    url_in,
)
from netconf_server.operations.request import Request
from netconf_server.operations.with_defaults import with_defaults_in
from netconf_server.reading.request import Reading
from netconf_server.schema.printing import Defaults


def copy_config(request: Request) -> list[etree._Element]:
    """Replace a datastore or a file by another, or by an inline configuration (RFC 6241 §7.3)."""
    parameters = Parameters(request.operation)
    target = parameters.required("target")
    source = parameters.required("source")
    defaults = with_defaults_in(parameters)  # of use where the target is a file (RFC 6243 §4.5.1)
    parameters.finish()
    url = url_in(target)
    if url is None:
        _copy_to_datastore(request, source, datastore_in(target))
    else:
        _copy_to_file(request, source, url, defaults)
    return []


def _copy_to_file(
    request: Request, parameter: etree._Element, url: str, defaults: Defaults
) -> None:
    """Write what the session may read of the source (RFC 8341 §3.2.6), constraints or not."""
    files = request.management.files
    source_url = url_in(parameter)
    if source_url is not None and files.is_same(source_url, url):
        raise invalid_value(f"source and target are both {url}")
    source = source_in(parameter, files)
    gate = request.rights.read if isinstance(source, DatastoreName) else None
    reading = Reading(gate=gate, defaults=defaults)
    files.write(url, b"".join(request.management.datastores.read(source, reading)))


def _copy_to_datastore(request: Request, parameter: etree._Element, target: DatastoreName) -> None:
    source = source_in(parameter, request.management.files)
    if source is target:
        raise invalid_value(f"source and target are both {target.value}")
    management = request.management

    def change() -> None:
        management.datastores.copy(source, DatastoreName.CANDIDATE, request.rights)

    if target is DatastoreName.CANDIDATE:
        management.change_candidate(request.session_id, change)
    elif target is DatastoreName.RUNNING:
        management.change_running(request.session, change, request.rights.write)
    else:
        management.locks.require_access(request.session_id, target)
        management.datastores.copy(source, target, request.rights)
        management.tell_changed(target, request.session)


def delete_config(request: Request) -> list[etree._Element]:
    """Delete startup, or a file (RFC 6241 §7.4); no other datastore can be deleted."""
    parameters = Parameters(request.operation)
    parameter = parameters.required("target")
    parameters.finish()
    url = url_in(parameter)
    if url is not None:
        request.management.files.delete(url)
        return []
    target = datastore_in(parameter)
    if target is not DatastoreName.STARTUP:
        raise not_supported(f"{target.value} cannot be deleted, only startup")
    request.management.locks.require_access(request.session_id, target)
    request.management.datastores.delete(target)
    request.management.tell_changed(target, request.session)
    return []
