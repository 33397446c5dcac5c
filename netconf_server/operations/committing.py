"""validate, commit and discard-changes (RFC 6241 §8.6.4.1, §8.3.4.1, §8.3.4.2)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from netconf_server.datastore import DatastoreName
from netconf_server.operations.parameters import Parameters, not_supported, source_in
from netconf_server.operations.request import Request

_CONFIRMED_COMMIT: Final = ("confirmed", "confirm-timeout", "persist", "persist-id")


def validate(request: Request) -> list[etree._Element]:
    """Check a datastore or an inline configuration (RFC 6241 §8.6.4.1)."""
    parameters = Parameters(request.operation)
    source = source_in(parameters.required("source"))
    parameters.finish()
    request.management.datastores.validate(source)
    return []


def commit(request: Request) -> list[etree._Element]:
    """Make candidate running; in-use while another session has locked either (§8.3.4.1)."""
    parameters = Parameters(request.operation)
    for name in _CONFIRMED_COMMIT:
        if parameters.optional(name) is not None:
            raise not_supported(f"<{name}> needs :confirmed-commit, which is not announced")
    parameters.finish()
    request.management.locks.require_access(
        request.session_id, DatastoreName.RUNNING, DatastoreName.CANDIDATE
    )
    request.management.commit_candidate()
    return []


def discard_changes(request: Request) -> list[etree._Element]:
    """Reset candidate to running (RFC 6241 §8.3.4.2)."""
    Parameters(request.operation).finish()
    request.management.locks.require_access(request.session_id, DatastoreName.CANDIDATE)
    request.management.discard_candidate()
    return []
