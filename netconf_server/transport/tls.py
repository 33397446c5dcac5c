"""NETCONF over TLS with mutual authentication (RFC 7589)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

from cryptography import x509

from netconf_server.settings import Limits, TlsSettings
from netconf_server.transport.kind import TransportKind
from netconf_server.transport.places import NoPlaceError
from netconf_server.transport.tls_context import load_authorities, new_context, verified_chain
from netconf_server.transport.transport import Peer, SessionServer
from netconf_server.users.cert_to_name import username_of

_log = logging.getLogger(__name__)

#: How much may wait to be read before the client has to wait.
_READ_LIMIT_BYTES: Final = 1048576

#: How long a client may take to confirm the end.
_SHUTDOWN_TIMEOUT_S: Final = 5


class TlsTransport:
    """Serves connections as a TLS server, one session each."""

    def __init__(self, settings: TlsSettings, limits: Limits, sessions: SessionServer) -> None:
        """Load certificates and key; raises TlsFilesError or OSError."""
        self._context = new_context(settings)
        self._authorities = load_authorities(settings)
        self._cert_to_name = settings.cert_to_name
        self._limits = limits
        self._sessions = sessions
        self._streams: dict[TlsStream, asyncio.Task[None]] = {}

    async def serve(self, connection: socket.socket, on_log_in: Callable[[], None]) -> None:
        """Serve a connection to its end and close it."""
        source_host = "a client that has gone already"
        try:
            source_host = str(connection.getpeername()[0])
            stream = await self._shake_hands(connection)
        except OSError as fault:
            _log.info("no TLS with %s: %s", source_host, fault)
            connection.close()
            return
        try:
            username = self._username(stream)
            if username is None:
                _log.warning("the certificate from %s gives no username", source_host)
                return
            on_log_in()
            peer = Peer(transport=TransportKind.TLS, username=username, source_host=source_host)
            await self._serve_session(stream, peer)
        finally:
            stream.close()

    async def _shake_hands(self, connection: socket.socket) -> TlsStream:
        _keep_alive(connection, self._limits)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_READ_LIMIT_BYTES // 2)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol,
            connection,
            ssl=self._context,
            ssl_handshake_timeout=self._limits.login_timeout_s,
            ssl_shutdown_timeout=_SHUTDOWN_TIMEOUT_S,
        )
        return TlsStream(reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    def _username(self, stream: TlsStream) -> str | None:
        certificate, *issuers = stream.peer_chain()
        trusted = [issuer for issuer in issuers if issuer in self._authorities]
        return username_of(certificate, trusted, self._cert_to_name)

    async def _serve_session(self, stream: TlsStream, peer: Peer) -> None:
        try:
            release = self._sessions.reserve(peer.username)
        except NoPlaceError as refusal:
            _log.warning("refused a session: %s", refusal)
            return
        try:
            session = asyncio.ensure_future(self._sessions.serve(stream, peer))
            self._streams[stream] = session
            await asyncio.wait((session,))
            session.result()
        finally:
            del self._streams[stream]
            release()

    async def stop(self) -> None:
        """Close all connections and wait until their sessions have ended."""
        ending = dict(self._streams)
        for stream in ending:
            stream.disconnect()
        await asyncio.gather(*ending.values(), return_exceptions=True)


class TlsStream:
    """The byte stream of one session."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def peer_chain(self) -> list[x509.Certificate]:
        """Return the client's certificate and the issuers through which it was found valid."""
        return verified_chain(self._writer.get_extra_info("ssl_object"))

    async def read(self, max_bytes: int) -> bytes:
        """Return what has arrived, the empty bytes at the end."""
        return await self._reader.read(max_bytes)

    async def write(self, data: bytes) -> None:
        """Send, waiting while the client takes no more; OSError when it is gone."""
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        """Close after what has been written has gone (RFC 7589 §4)."""
        self._writer.close()

    def disconnect(self) -> None:
        """Close without waiting for anything."""
        self._writer.transport.abort()


def _keep_alive(connection: socket.socket, limits: Limits) -> None:
    """Have the kernel find out about clients that are gone; TLS has no word for that."""
    if limits.keepalive_interval_s:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        interval = limits.keepalive_interval_s
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, interval)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, limits.keepalive_count)
