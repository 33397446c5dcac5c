"""close-session and kill-session (RFC 6241 §7.8, §7.9)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from netconf_server.management import SessionEnd
from netconf_server.markup import text_of
from netconf_server.operations.parameters import (
    Parameters,
    bad_element,
    invalid_value,
    whole_number,
)
from netconf_server.operations.request import Request

_MAX_SESSION_ID: Final = 2**32 - 1


def close_session(request: Request) -> list[etree._Element]:
    """End this session after its reply (RFC 6241 §7.8)."""
    Parameters(request.operation).finish()
    request.management.end_session(request.session, SessionEnd.CLOSED)
    return []


def kill_session(request: Request) -> list[etree._Element]:
    """End another session and close its connection (RFC 6241 §7.9)."""
    parameters = Parameters(request.operation)
    session_id = _session_id_in(parameters.required("session-id"))
    parameters.finish()
    if session_id == request.session_id:
        raise invalid_value("a session cannot kill itself: close it")
    victim = request.management.sessions.find(session_id)
    if victim is None:
        raise invalid_value(f"there is no session {session_id}")
    request.management.end_session(victim, SessionEnd.KILLED, killed_by=request.session_id)
    victim.disconnect()
    return []


def _session_id_in(element: etree._Element) -> int:
    number = whole_number(text_of(element), 0, _MAX_SESSION_ID)
    if number is None:
        raise bad_element("session-id", f"{text_of(element)!r} is not a session-id")
    return number
