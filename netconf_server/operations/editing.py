"""edit-config (RFC 6241 §7.2)."""

from __future__ import annotations

from enum import Enum

from lxml import etree

from netconf_server.datastores.datastore import DatastoreName, DefaultOperation, TestOption
from netconf_server.errors import RpcError, all_of
from netconf_server.markup import text_of
from netconf_server.operations.parameters import (
    Parameters,
    bad_element,
    datastore_in,
    not_supported,
)
from netconf_server.operations.request import Request


class ErrorOption(Enum):
    """The ``error-option`` parameter of edit-config (RFC 6241 §7.2, §8.5.5.1)."""

    STOP_ON_ERROR = "stop-on-error"
    CONTINUE_ON_ERROR = "continue-on-error"
    ROLLBACK_ON_ERROR = "rollback-on-error"


def edit_config(request: Request) -> list[etree._Element]:
    """Edit candidate, or running where that is allowed (RFC 6241 §7.2).

    Stopped on an error, an edit leaves nothing behind, rollback-on-error or not; continue-on-error
    leaves out what is at fault. Candidate is tested where test-option says so: else RFC 7950 §8.3.3
    leaves that to validate and commit, and it may take several edits to fill it.
    """
    parameters = Parameters(request.operation)
    target = datastore_in(parameters.required("target"))
    default_operation = parameters.choice(
        "default-operation", DefaultOperation, DefaultOperation.MERGE
    )
    test_option = parameters.choice("test-option", TestOption, TestOption.SET)
    error_option = parameters.choice("error-option", ErrorOption, ErrorOption.STOP_ON_ERROR)
    config = _config_in(request, parameters)
    parameters.finish()
    if target is DatastoreName.STARTUP:
        raise not_supported("startup cannot be edited: copy running or candidate to it")
    management = request.management
    faults: list[RpcError] = []

    def change() -> None:
        management.datastores.edit(
            DatastoreName.CANDIDATE,
            config,
            default_operation,
            test_option,
            request.rights.write,
            faults if error_option is ErrorOption.CONTINUE_ON_ERROR else None,
        )

    if target is DatastoreName.CANDIDATE:
        management.change_candidate(request.session_id, change)
    else:
        management.change_running(request.session, change, request.rights.write)
    if faults:
        raise all_of(faults)
    return []


def _config_in(request: Request, parameters: Parameters) -> etree._Element:
    """Take the inline configuration, or the one in a file (RFC 6241 §8.8.5.1)."""
    url = parameters.optional("url")
    if url is None:
        return parameters.required("config")
    if parameters.optional("config") is not None:
        raise bad_element("url", "there is a <config> as well as an <url>")
    return request.management.files.read(text_of(url))
