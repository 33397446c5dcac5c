"""SSH on loopback for tests: a listener over fake datastores, and a client of plain bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh
from lxml import etree

from netconf_server.markup import BASE
from netconf_server.protocol.framing import END_OF_MESSAGE, FrameDecoder
from netconf_server.settings import ServerSettings
from netconf_server.transport.listening import Listener
from netconf_server.transport.session_server import ManagedSessions
from netconf_server.transport.ssh import SshTransport
from netconf_server.transport.transport import Peer, SessionStream
from netconf_server.users.directory import UserDirectory
from tests.netconf.protocol.fakes import Bench, hello
from tests.netconf.protocol.running import ADMIN, PASSWORD, Running

HELLO_1_0 = hello("urn:ietf:params:netconf:base:1.0")


class WatchedSessions(ManagedSessions):
    """Says when a session has ended."""

    has_ended: asyncio.Event

    async def serve(self, stream: SessionStream, peer: Peer) -> None:
        self.has_ended = asyncio.Event()
        try:
            await super().serve(stream, peer)
        finally:
            self.has_ended.set()


class SshService:
    """SSH without the rest of a server, as something that can be started."""

    def __init__(self, bench: Bench, settings: ServerSettings) -> None:
        self._settings = settings
        self.users = UserDirectory(settings.users)
        self.sessions = WatchedSessions(bench.management, settings.limits, self.users)
        self._listener: Listener

    async def start(self) -> None:
        transport = SshTransport(self._settings, self.users, self.sessions)
        self._listener = Listener(transport, self._settings.limits.max_unauthenticated)
        self._listener.start(self._settings.host, self._settings.port)

    async def stop(self) -> None:
        await self._listener.stop()

    @property
    def port(self) -> int:
        return self._listener.port


def serve(bench: Bench, settings: ServerSettings) -> Running:
    """Run SSH on top of fake datastores."""
    return Running(lambda: SshService(bench, settings))


async def all_ended(bench: Bench) -> None:
    """Wait until no session is left."""
    while len(bench.management.sessions):
        await asyncio.sleep(0.01)


async def log_in(port: int, **options: object) -> asyncssh.SSHClientConnection:
    """Connect as admin with the password, unless told otherwise."""
    defaults: dict[str, object] = {
        "username": ADMIN.name,
        "password": PASSWORD,
        "client_keys": None,
        "known_hosts": None,
        "agent_path": None,
        "config": None,
    }
    return await asyncssh.connect("127.0.0.1", port, **{**defaults, **options})


@asynccontextmanager
async def logged_in(port: int, **options: object) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Connect, and close the connection afterwards."""
    connection = await log_in(port, **options)
    try:
        yield connection
    finally:
        connection.close()


class RawClient:
    """A client of :base:1.0 that does only what a test tells it."""

    def __init__(
        self, writer: asyncssh.SSHWriter[bytes], reader: asyncssh.SSHReader[bytes]
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._decoder = FrameDecoder(100_000_000)

    @classmethod
    async def open(cls, connection: asyncssh.SSHClientConnection) -> RawClient:
        writer, reader, _ = await connection.open_session(subsystem="netconf", encoding=None)
        return cls(writer, reader)

    @classmethod
    async def greeted(cls, connection: asyncssh.SSHClientConnection) -> RawClient:
        client = await cls.open(connection)
        await client.receive()
        client.send(HELLO_1_0)
        return client

    def send(self, message: bytes) -> None:
        self._writer.write(message + END_OF_MESSAGE)

    def send_end(self) -> None:
        self._writer.write_eof()

    def close(self) -> None:
        self._writer.close()

    async def receive(self) -> etree._Element:
        while (message := self._decoder.next_message()) is None:
            data = await self._reader.read(65536)
            assert data, "the channel was closed"
            self._decoder.feed(data)
        return etree.fromstring(message, etree.XMLParser(huge_tree=True))

    async def ask(self, operation: str) -> etree._Element:
        self.send(f'<rpc message-id="1" xmlns="{BASE}">{operation}</rpc>'.encode())
        return await self.receive()

    async def receive_end(self) -> bytes:
        return await self._reader.read()
