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


class ErrorOption(Enum):
    """The ``error-option`` parameter of edit-config (RFC 6241 §7.2, §8.5.5.1)."""

    STOP_ON_ERROR = "stop-on-error"
    CONTINUE_ON_ERROR = "continue-on-error"
    ROLLBACK_ON_ERROR = "rollback-on-error"


def edit_config(request: Request) -> list[etree._Element]:
    """Edit candidate, all or nothing (RFC 6241 §7.2).

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
    _require_candidate(target)
    if error_option is ErrorOption.CONTINUE_ON_ERROR:
        raise not_supported("error-option continue-on-error: an edit is all or nothing here")
    request.management.change_candidate(
        request.session_id,
        lambda: request.management.datastores.edit(target, config, default_operation, test_option),
    )
    return []


def _require_candidate(target: DatastoreName) -> None:
    """Refuse an edit elsewhere: there is no :writable-running, and startup is copied to."""
    if target is DatastoreName.RUNNING:
        raise not_supported(
            "running cannot be edited (no :writable-running): edit candidate and commit"
        )
    if target is DatastoreName.STARTUP:
        raise not_supported("startup cannot be edited: copy running or candidate to it")


def copy_config(request: Request) -> list[etree._Element]:
    """Replace a datastore by another or by an inline configuration (RFC 6241 §7.3)."""
    parameters = Parameters(request.operation)
    target = datastore_in(parameters.required("target"))
    source = source_in(parameters.required("source"))
    parameters.finish()
    if source is target:
        raise invalid_value(f"source and target are both {target.value}")
    if target is DatastoreName.RUNNING:
        raise not_supported(
            "running cannot be copied to (no :writable-running): copy to candidate and commit"
        )
    _copy(request, source, target)
    return []


def _copy(request: Request, source: DatastoreName | etree._Element, target: DatastoreName) -> None:
    management = request.management
    if target is DatastoreName.CANDIDATE:
        management.change_candidate(
            request.session_id, lambda: management.datastores.copy(source, target)
        )
    else:
        management.locks.require_access(request.session_id, target)
        management.datastores.copy(source, target)


def delete_config(request: Request) -> list[etree._Element]:
    """Delete startup (RFC 6241 §7.4); no other datastore can be deleted."""
    parameters = Parameters(request.operation)
    target = datastore_in(parameters.required("target"))
    parameters.finish()
    if target is not DatastoreName.STARTUP:
        raise not_supported(f"{target.value} cannot be deleted, only startup")
    request.management.locks.require_access(request.session_id, target)
    request.management.datastores.delete(target)
    return []
