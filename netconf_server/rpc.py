"""From the bytes of a request to the element of its reply (RFC 6241 §4.1, §4.2)."""

from __future__ import annotations

import logging

from lxml import etree

from netconf_server.errors import ErrorTag, ErrorType, MultipleRpcError, RpcError
from netconf_server.management import Management
from netconf_server.markup import BASE, MalformedMessageError, parse_document
from netconf_server.operations import Request, carry_out
from netconf_server.replies import error_element, fill_reply, new_reply
from netconf_server.sessions import SessionRecord

_log = logging.getLogger(__name__)


def answer(message: bytes, session: SessionRecord, management: Management) -> etree._Element:
    """Carry out one request and return its reply; raises MalformedMessageError only."""
    try:
        rpc = parse_document(message)
    except MalformedMessageError:
        session.count_bad_rpc()
        raise
    is_rpc = rpc.tag == f"{{{BASE}}}rpc"
    reply = new_reply(rpc if is_rpc else None)
    try:
        operation = _operation_in(rpc)
    except RpcError as error:
        session.count_bad_rpc()
        return _refuse(reply, error, session, management)
    session.count_rpc()
    request = Request(operation=operation, session=session, management=management)
    try:
        fill_reply(reply, carry_out(request))
    except RpcError as error:
        return _refuse(reply, error, session, management)
    except Exception:  # the session loop: a fault of ours ends one request, not the server
        _log.exception("session %d: %s failed", session.session_id, operation.tag)
        return _refuse(reply, _internal_error(operation), session, management)
    return reply


def answer_malformed(
    fault: MalformedMessageError, session: SessionRecord, management: Management
) -> etree._Element:
    """Make the reply to what is not XML; RFC 6241 Appendix A: only for sessions of :base:1.1."""
    error = RpcError(tag=ErrorTag.MALFORMED_MESSAGE, type=ErrorType.RPC, message=str(fault))
    return _refuse(new_reply(), error, session, management)


def _operation_in(rpc: etree._Element) -> etree._Element:
    """Check the envelope and return the one operation inside."""
    if rpc.tag != f"{{{BASE}}}rpc":
        raise _rpc_fault(f"expected <rpc> of namespace {BASE}, got {rpc.tag}")
    if "message-id" not in rpc.attrib:
        raise RpcError(
            tag=ErrorTag.MISSING_ATTRIBUTE,
            type=ErrorType.RPC,
            message="<rpc> lacks the attribute message-id",
            info={"bad-attribute": "message-id", "bad-element": "rpc"},
        )
    if len(rpc) != 1:
        raise _rpc_fault(f"<rpc> holds {len(rpc)} operations, not one")
    return rpc[0]


def _rpc_fault(message: str) -> RpcError:
    return RpcError(tag=ErrorTag.OPERATION_FAILED, type=ErrorType.RPC, message=message)


def _internal_error(operation: etree._Element) -> RpcError:
    name = etree.QName(operation).localname
    return RpcError(
        tag=ErrorTag.OPERATION_FAILED,
        message=f"internal error in <{name}>; the server's log has the details",
    )


def _refuse(
    reply: etree._Element, error: RpcError, session: SessionRecord, management: Management
) -> etree._Element:
    session.count_rpc_error()
    others = error.others if isinstance(error, MultipleRpcError) else ()
    reply.extend(error_element(each, management.namespaces) for each in (error, *others))
    return reply
