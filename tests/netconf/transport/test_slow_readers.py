"""Clients that take nothing: what they cost, and how they are got rid of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from netconf_server.settings import Limits, ServerSettings
from netconf_server.transport.listening import Listener
from netconf_server.transport.ssh import SshTransport
from netconf_server.transport.transport import Peer, Release, SessionStream
from netconf_server.users.directory import UserDirectory
from tests.netconf.protocol.fakes import Bench
from tests.netconf.protocol.running import settings_in
from tests.netconf.transport.dam import Dam
from tests.netconf.transport.raw_ssh import RawClient, all_ended, logged_in, serve


class Flood:
    """Writes without end in every session, and counts what was taken."""

    def __init__(self) -> None:
        self.written_bytes = 0
        self.streams: list[SessionStream] = []
        self.ended: list[SessionStream] = []

    def reserve(self, username: str) -> Release:
        return lambda: None

    async def serve(self, stream: SessionStream, peer: Peer) -> None:
        piece = bytes(65536)
        self.streams.append(stream)
        try:
            while True:
                await stream.write(piece)
                self.written_bytes += len(piece)
                await asyncio.sleep(0)
        except OSError:
            self.ended.append(stream)


class FloodService:
    """SSH with a flood in every session."""

    def __init__(self, settings: ServerSettings, flood: Flood) -> None:
        transport = SshTransport(settings, UserDirectory(settings.users), flood)
        self._listener = Listener(transport, 10)
        self._settings = settings

    async def __aenter__(self) -> int:
        self._listener.start(self._settings.host, self._settings.port)
        return self._listener.port

    async def __aexit__(self, *_fault: object) -> None:
        await self._listener.stop()


async def settled(count: Callable[[], int]) -> int:
    """Wait until a number does not rise any more."""
    last, quiet_turns = count(), 0
    while quiet_turns < 20:
        await asyncio.sleep(0.005)
        quiet_turns = quiet_turns + 1 if count() == last else 0
        last = count()
    return last


class TestSlowReader:
    @pytest.mark.parametrize("window_bytes", [1 << 20, (1 << 32) - 1])
    def test_a_client_that_takes_nothing_costs_little_memory(
        self, tmp_path: Path, window_bytes: int
    ) -> None:
        async def scenario() -> None:
            flood = Flood()
            async with FloodService(settings_in(tmp_path), flood) as port:
                dam = Dam(port)
                async with dam.listening() as dam_port, logged_in(dam_port) as connection:
                    await connection.open_session(
                        subsystem="netconf", encoding=None, window=window_bytes
                    )
                    dam.close()
                    held = await settled(lambda: flood.written_bytes)
                    assert held < 32 << 20
                    connection.abort()

        asyncio.run(scenario())

    def test_the_writer_goes_on_when_the_client_reads_again(self, tmp_path: Path) -> None:
        async def scenario() -> None:
            flood = Flood()
            async with FloodService(settings_in(tmp_path), flood) as port:
                dam = Dam(port)
                async with dam.listening() as dam_port, logged_in(dam_port) as connection:
                    _, reader, _ = await connection.open_session(
                        subsystem="netconf", encoding=None, window=(1 << 32) - 1
                    )
                    dam.close()
                    held = await settled(lambda: flood.written_bytes)
                    dam.open()
                    await reader.readexactly(held + 65536)
                    connection.abort()

        asyncio.run(scenario())

    @pytest.mark.parametrize("window_bytes", [1 << 20, (1 << 32) - 1])
    def test_a_killed_session_ends_though_its_client_takes_nothing(
        self, tmp_path: Path, window_bytes: int
    ) -> None:
        async def scenario() -> None:
            flood = Flood()
            async with FloodService(settings_in(tmp_path), flood) as port:
                dam = Dam(port)
                async with dam.listening() as dam_port, logged_in(dam_port) as connection:
                    for _ in range(2):
                        await connection.open_session(
                            subsystem="netconf", encoding=None, window=window_bytes
                        )
                    dam.close()
                    await settled(lambda: flood.written_bytes)
                    for stream in flood.streams:
                        stream.disconnect()
                        await settled(lambda: len(flood.ended))
                        assert flood.ended[-1] is stream
                    connection.abort()

        asyncio.run(scenario())


def test_a_client_that_answers_no_more_is_given_up(tmp_path: Path) -> None:
    async def scenario(port: int) -> None:
        dam = Dam(port)
        async with dam.listening() as dam_port, logged_in(dam_port) as connection:
            await RawClient.greeted(connection)
            dam.close()
            await all_ended(bench)
            connection.abort()

    bench = Bench()
    limits = Limits(keepalive_interval_s=1, keepalive_count=1)
    with serve(bench, settings_in(tmp_path, limits=limits)) as running:
        running.run(scenario(running.port))
    assert bench.management.sessions.totals.dropped_sessions == 1
