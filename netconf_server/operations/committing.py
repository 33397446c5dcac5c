"""validate, commit and discard-changes (RFC 6241 §8.6.4.1, §8.3.4.1, §8.3.4.2)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from netconf_server.datastores.confirmed_commit import DEFAULT_TIMEOUT_S, Confirmation
from netconf_server.datastores.datastore import DatastoreName
from netconf_server.markup import text_of
from netconf_server.operations.parameters import (
    Parameters,
    bad_element,
    invalid_value,
    source_in,
    whole_number,
)
from netconf_server.operations.request import Request

_MAX_TIMEOUT_S: Final = 2**32 - 1


def validate(request: Request) -> list[etree._Element]:
    """Check a datastore or an inline configuration (RFC 6241 §8.6.4.1)."""
    parameters = Parameters(request.operation)
    source = source_in(parameters.required("source"), request.management.files)
    parameters.finish()
    request.management.datastores.validate(source)
    return []


def commit(request: Request) -> list[etree._Element]:
    """Make candidate running, for good or until it is confirmed (RFC 6241 §8.3.4.1, §8.4.5.1).

    In use while another session has locked either.
    """
    parameters = Parameters(request.operation)
    confirmation = _confirmation_in(parameters)
    persist_id = _text_in(parameters, "persist-id")
    parameters.finish()
    management = request.management
    management.locks.require_access(
        request.session_id, DatastoreName.RUNNING, DatastoreName.CANDIDATE
    )
    management.confirmed.require_access(request.session, persist_id)
    if confirmation is None:
        management.confirmed.confirm(request.session, request.rights.write)
    else:
        management.confirmed.begin(request.session, confirmation, request.rights.write)
    return []


def cancel_commit(request: Request) -> list[etree._Element]:
    """Take back a confirmed commit that waits (RFC 6241 §8.4.4.1)."""
    parameters = Parameters(request.operation)
    persist_id = _text_in(parameters, "persist-id")
    parameters.finish()
    request.management.confirmed.require_access(request.session, persist_id)
    request.management.confirmed.cancel(request.session)
    return []


def _confirmation_in(parameters: Parameters) -> Confirmation | None:
    """Take what makes a commit a confirmed one; None if it is to last."""
    is_confirmed = parameters.optional("confirmed") is not None
    timeout = parameters.optional("confirm-timeout")
    persist = _text_in(parameters, "persist")
    if not is_confirmed:
        if timeout is not None or persist is not None:
            raise invalid_value("<confirm-timeout> and <persist> are for a <confirmed/> commit")
        return None
    timeout_s = DEFAULT_TIMEOUT_S if timeout is None else _timeout_in(text_of(timeout))
    return Confirmation(timeout_s=timeout_s, persist=persist)


def _timeout_in(text: str) -> int:
    timeout_s = whole_number(text, 1, _MAX_TIMEOUT_S)
    if timeout_s is None:
        raise bad_element("confirm-timeout", f"{text!r} is not 1 to {_MAX_TIMEOUT_S} seconds")
    return timeout_s


def _text_in(parameters: Parameters, name: str) -> str | None:
    element = parameters.optional(name)
    return None if element is None else text_of(element)


def discard_changes(request: Request) -> list[etree._Element]:
    """Reset candidate to running (RFC 6241 §8.3.4.2)."""
    Parameters(request.operation).finish()
    request.management.locks.require_access(request.session_id, DatastoreName.CANDIDATE)
    request.management.discard_candidate()
    return []
