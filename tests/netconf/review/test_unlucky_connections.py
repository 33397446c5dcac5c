"""Connections that end at the worst moment, and clients that cannot be called home at all."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netconf_server.settings import CallHomeClient, Limits
from netconf_server.transport import call_home
from netconf_server.transport.call_home import CallHome
from netconf_server.transport.listening import Listener
from netconf_server.transport.session_server import ManagedSessions
from netconf_server.transport.ssh import SshTransport
from netconf_server.transport.tls import TlsTransport
from netconf_server.transport.transport import Transport
from netconf_server.users.directory import UserDirectory
from tests.netconf.protocol.fakes import Bench
from tests.netconf.protocol.running import settings_in
from tests.netconf.transport import test_tls

HOST = "127.0.0.1"


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield both ends of a connection, the one that accepted first."""
    with (
        socket.create_server((HOST, 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
    ):
        accepted, _ = listening.accept()
        with accepted:
            accepted.setblocking(False)
            yield accepted, client


def reset(connection: socket.socket) -> None:
    """Close without a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def ssh_in(directory: Path) -> Transport:
    settings = settings_in(directory)
    sessions = ManagedSessions(Bench().management, Limits(), UserDirectory())
    return SshTransport(settings, UserDirectory(settings.users), sessions)


def tls_in(directory: Path) -> Transport:
    sessions = ManagedSessions(Bench().management, Limits(), UserDirectory())
    return TlsTransport(test_tls.settings_in(directory), Limits(), sessions)


@pytest.mark.parametrize("transport_in", [ssh_in, tls_in])
def test_connection_that_is_reset_before_it_is_served_is_closed_and_no_more(
    tmp_path: Path, transport_in: Callable[[Path], Transport]
) -> None:
    async def scenario() -> None:
        with connected() as (accepted, client):
            reset(client)
            await transport_in(tmp_path).serve(accepted, lambda: None)
            assert accepted.fileno() == -1

    asyncio.run(scenario())


class Failing:
    """A transport with a bug, which serves well the second time."""

    def __init__(self) -> None:
        self.served: list[socket.socket] = []
        self.has_served = asyncio.Event()

    async def serve(self, connection: socket.socket, on_log_in: Callable[[], None]) -> None:
        self.served.append(connection)
        if len(self.served) == 1:
            raise ZeroDivisionError("a bug")
        connection.close()
        self.has_served.set()

    async def stop(self) -> None: ...


def test_listener_closes_a_connection_that_fails_and_goes_on() -> None:
    async def scenario() -> None:
        transport = Failing()
        listener = Listener(transport, max_unauthenticated=1)
        listener.start(HOST, 0)
        for _ in range(2):
            reader, writer = await asyncio.open_connection(HOST, listener.port)
            assert await reader.read() == b""
            writer.close()
        assert [each.fileno() for each in transport.served] == [-1, -1]
        await listener.stop()

    asyncio.run(scenario())


class TestCallingHome:
    async def waits(self, home: CallHomeClient, transport: Transport, wanted: int = 2) -> None:
        """Call until so many attempts have ended."""
        waits: list[float] = []
        has_waited = asyncio.Event()

        async def sleep(delay_s: float) -> None:
            waits.append(delay_s)
            if len(waits) == wanted:
                has_waited.set()
                await asyncio.Event().wait()

        calling = CallHome([(home, transport)], sleep)
        calling.start()
        await has_waited.wait()
        await calling.stop()
        assert waits == [1, 2]

    def test_goes_on_after_a_fault_with_one_connection(self) -> None:
        async def scenario() -> None:
            with socket.create_server((HOST, 0)) as listening:
                transport = Failing()
                home = CallHomeClient(host=HOST, port=listening.getsockname()[1])
                await self.waits(home, transport)
                assert len(transport.served) == 2

        asyncio.run(scenario())

    @pytest.mark.parametrize("host", ["a..b", "x" * 70, "no host"])
    def test_goes_on_with_a_name_that_cannot_be_looked_up(self, host: str) -> None:
        asyncio.run(self.waits(CallHomeClient(host=host, port=1), Failing()))

    @pytest.mark.rfc("8071 §4.1")
    def test_tries_every_address_although_one_does_not_answer(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def scenario() -> None:
            loop = asyncio.get_running_loop()
            connect = loop.sock_connect

            async def two_addresses(
                _host: str, port: int, **_hints: object
            ) -> list[tuple[object, ...]]:
                kind = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
                return [(*kind, ("192.0.2.1", port)), (*kind, (HOST, port))]

            async def connect_or_hang(connection: socket.socket, address: tuple[str, int]) -> None:
                if address[0] != HOST:
                    await asyncio.Event().wait()
                await connect(connection, address)

            monkeypatch.setattr(call_home, "_CONNECT_TIMEOUT_S", 0.1)
            monkeypatch.setattr(loop, "getaddrinfo", two_addresses)
            monkeypatch.setattr(loop, "sock_connect", connect_or_hang)
            with socket.create_server((HOST, 0)) as listening:
                transport = Failing()
                home = CallHomeClient(host="two", port=listening.getsockname()[1])
                await self.waits(home, transport)
                assert len(transport.served) == 2

        asyncio.run(scenario())
