"""From the bytes of a request to those of its reply (RFC 6241 §4.1, §4.2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

from lxml import etree

from netconf_server.errors import ErrorTag, ErrorType, MultipleRpcError, RpcError
from netconf_server.management import Management
from netconf_server.markup import (
    BASE,
    XML_DECLARATION,
    MalformedMessageError,
    local_name,
    parse_document,
    serialize,
)
from netconf_server.operations import Request, carry_out, is_read_only
from netconf_server.protocol.replies import (
    BrokenReplyError,
    Reply,
    Streamed,
    error_element,
    fill_reply,
    new_reply,
    tags_of,
)
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.reading.tokens import PAUSE

_log = logging.getLogger(__name__)

_SETTLED: Final = object()


def answer(message: bytes, session: SessionRecord, management: Management) -> Reply:
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
    if is_read_only(operation):
        return _carry_out(reply, request)
    reads = management.datastores.settle_reads()
    if next(reads, _SETTLED) is _SETTLED:
        return _carry_out(reply, request)
    return _carry_out_after(reads, reply, request)


def _carry_out_after(reads: Iterator[None], reply: etree._Element, request: Request) -> Reply:
    """Let others' reads come to their end first, bit by bit: what they read may change now."""
    for _ in reads:
        yield PAUSE
    if request.session.is_open:
        yield from _carry_out(reply, request)


def _carry_out(reply: etree._Element, request: Request) -> Reply:
    try:
        output = carry_out(request)
    except Exception as fault:  # the session loop: a fault of ours ends one request, not the server
        error = _error_of(fault, request)
        return _refuse(reply, error, request.session, request.management)
    if isinstance(output, Streamed):
        return _stream(reply, output, request)
    fill_reply(reply, output)
    return iter((serialize(reply),))


def _stream(reply: etree._Element, output: Streamed, request: Request) -> Reply:
    """Yield a reply around content that may still turn out to be an error, until it begins."""
    head, tail = _around_content(reply, output)
    is_begun = False
    try:
        for data in output.content:
            yield head + data if data and not is_begun else data
            is_begun = is_begun or bool(data)
    except Exception as fault:  # the session loop, as above
        if is_begun:
            _log.error("session %d: a reply has broken off", request.session_id, exc_info=fault)
            raise BrokenReplyError(f"a reply has broken off: {fault}") from fault
        error = _error_of(fault, request)
        yield from _refuse(reply, error, request.session, request.management)
        return
    yield tail if is_begun else head + tail


def _around_content(reply: etree._Element, output: Streamed) -> tuple[bytes, bytes]:
    start, end = tags_of(reply)
    return XML_DECLARATION + start + output.start, output.end + end


def answer_malformed(
    fault: MalformedMessageError, session: SessionRecord, management: Management
) -> Reply:
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


def _error_of(fault: Exception, request: Request) -> RpcError:
    if isinstance(fault, RpcError):
        return fault
    tag = request.operation.tag
    _log.error("session %d: %s failed", request.session_id, tag, exc_info=fault)
    return RpcError(
        tag=ErrorTag.OPERATION_FAILED,
        message=f"internal error in <{local_name(request.operation)}>;"
        " the server's log has the details",
    )


def _refuse(
    reply: etree._Element, error: RpcError, session: SessionRecord, management: Management
) -> Reply:
    session.count_rpc_error()
    error = management.access.redacted(session, error)
    others = error.others if isinstance(error, MultipleRpcError) else ()
    reply.extend(error_element(each, management.namespaces) for each in (error, *others))
    return iter((serialize(reply),))
