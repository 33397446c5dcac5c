"""The ``hello`` messages of both sides (RFC 6241 §8.1)."""

from __future__ import annotations

from collections.abc import Iterable

from netconf_server.markup import (
    BASE,
    MalformedMessageError,
    add_child,
    new_element,
    parse_document,
    serialize,
    text_of,
)
from netconf_server.protocol.capabilities import ProtocolVersion, common_version


class HelloError(Exception):
    """The client's hello does not allow a session; RFC 6241 §8.1: it ends without an answer."""


def server_hello(capabilities: Iterable[str], session_id: int) -> bytes:
    """Write the server's hello, with the session-id that only a server sends."""
    hello = new_element("hello")
    listed = add_child(hello, "capabilities")
    for capability in capabilities:
        add_child(listed, "capability", capability)
    add_child(hello, "session-id", str(session_id))
    return serialize(hello)


def read_client_hello(document: bytes) -> ProtocolVersion:
    """Check the client's hello and choose the protocol version; raises HelloError."""
    try:
        hello = parse_document(document)
    except MalformedMessageError as fault:
        raise HelloError(str(fault)) from fault
    if hello.tag != f"{{{BASE}}}hello":
        raise HelloError(f"the first message is {hello.tag}, not a hello of {BASE}")
    if hello.find(f"{{{BASE}}}session-id") is not None:
        raise HelloError("a client's hello must not have a session-id")
    listed = hello.iterfind(f"{{{BASE}}}capabilities/{{{BASE}}}capability")
    version = common_version(text_of(capability) for capability in listed)
    if version is None:
        raise HelloError("no base protocol version in common")
    return version
