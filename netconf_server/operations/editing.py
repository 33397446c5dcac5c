"""edit-config, copy-config, delete-config (RFC 6241 §7.2, §7.3, §7.4)."""

from __future__ import annotations

from enum import Enum

from lxml import etree

from netconf_server.datastore import DatastoreName, DefaultOperation, TestOption
from netconf_server.operations.parameters import (
    Parameters,
    datastore_in,
    invalid_value,
    not_supported,
    source_in,
)
from netconf_server.operations.request import Request
from netconf_server.operations.with_defaults import with_defaults_in


class ErrorOption(Enum):
    """The ``error-option`` parameter of edit-config (RFC 6241 §7.2, §8.5.5.1)."""

    STOP_ON_ERROR = "stop-on-error"
    CONTINUE_ON_ERROR = "continue-on-error"
    ROLLBACK_ON_ERROR = "rollback-on-error"


def edit_config(request: Request) -> list[etree._Element]:
    """Edit candidate, or running where that is allowed, all or nothing (RFC 6241 §7.2).

    All or nothing is what rollback-on-error asks for, and a way to stop on the first error; to
    continue after one would leave half an edit, and is refused.
    """
    parameters = Parameters(request.operation)
    target = datastore_in(parameters.required("target"))
    default_operation = parameters.choice(
        "default-operation", DefaultOperation, DefaultOperation.MERGE
    )
    test_option = parameters.choice("test-option", TestOption, TestOption.TEST_THEN_SET)
    error_option = parameters.choice("error-option", ErrorOption, ErrorOption.STOP_ON_ERROR)
    if parameters.optional("url") is not None:
        raise not_supported("<url> needs the :url capability, which this server does not have")
    config = parameters.required("config")
    parameters.finish()
    if target is DatastoreName.STARTUP:
        raise not_supported("startup cannot be edited: copy running or candidate to it")
    if error_option is ErrorOption.CONTINUE_ON_ERROR:
        raise not_supported("error-option continue-on-error: an edit is all or nothing here")
    management = request.management

    def change() -> None:
        management.datastores.edit(
            DatastoreName.CANDIDATE, config, default_operation, test_option, request.rights.write
        )

    if target is DatastoreName.CANDIDATE:
        management.change_candidate(request.session_id, change)
    else:
        _require_writable_running(request)
        management.change_running(request.session, change, request.rights.write)
    return []


def _require_writable_running(request: Request) -> None:
    if not request.management.is_running_writable:
        raise not_supported(
            "running is not writable here (no :writable-running): change candidate and commit"
        )


def copy_config(request: Request) -> list[etree._Element]:
    """Replace a datastore by another or by an inline configuration (RFC 6241 §7.3)."""
    parameters = Parameters(request.operation)
    target = datastore_in(parameters.required("target"))
    source = source_in(parameters.required("source"))
    with_defaults_in(parameters)  # means nothing where the target is no url (RFC 6243 §4.5.1)
    parameters.finish()
    if source is target:
        raise invalid_value(f"source and target are both {target.value}")
    _copy(request, source, target)
    return []


def _copy(request: Request, source: DatastoreName | etree._Element, target: DatastoreName) -> None:
    management = request.management

    def change() -> None:
        management.datastores.copy(source, DatastoreName.CANDIDATE, request.rights)

    if target is DatastoreName.CANDIDATE:
        management.change_candidate(request.session_id, change)
    elif target is DatastoreName.RUNNING:
        _require_writable_running(request)
        management.change_running(request.session, change, request.rights.write)
    else:
        management.locks.require_access(request.session_id, target)
        management.datastores.copy(source, target, request.rights)
        management.tell_changed(target, request.session)


def delete_config(request: Request) -> list[etree._Element]:
    """Delete startup (RFC 6241 §7.4); no other datastore can be deleted."""
    parameters = Parameters(request.operation)
    target = datastore_in(parameters.required("target"))
    parameters.finish()
    if target is not DatastoreName.STARTUP:
        raise not_supported(f"{target.value} cannot be deleted, only startup")
    request.management.locks.require_access(request.session_id, target)
    request.management.datastores.delete(target)
    request.management.tell_changed(target, request.session)
    return []
