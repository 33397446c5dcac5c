"""What a transport and the sessions over it know of each other, whichever transport it is."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from netconf_server.transport.connection import ByteStream
from netconf_server.transport.kind import TransportKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who is at the other end, as the transport has made sure.

    ``call_home`` is the name of the client that was called home, if it has one.
    """

    transport: TransportKind
    username: str
    source_host: str
    call_home: str | None = None


class SessionStream(ByteStream, Protocol):
    """The byte stream of one session."""

    def disconnect(self) -> None:
        """Close by force: for a session that was killed."""


#: Gives a reserved place back; harmless when it is called again.
Release: TypeAlias = Callable[[], None]


class SessionServer(Protocol):
    """What is served over a transport."""

    def reserve(self, username: str) -> Release:
        """Take a place for another session of the user; raises NoPlaceError."""

    async def serve(self, stream: SessionStream, peer: Peer) -> None:
        """Run one session; the stream is to be closed when this returns."""


class Transport(Protocol):
    """Turns connections into sessions, whichever side made the connection."""

    async def serve(self, connection: socket.socket, on_log_in: Callable[[], None]) -> None:
        """Serve a connection to its end and close it; a fault of the peer raises nothing.

        ``on_log_in`` is called when the client has shown who it is.
        """

    async def stop(self) -> None:
        """Close all connections and wait until their sessions have ended."""
