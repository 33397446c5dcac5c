"""What a client cannot take: connections, places, patience, memory. Nobody else is hurt by it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.markup import BASE, new_element
from netconf_server.protocol.framing import END_OF_MESSAGE
from netconf_server.settings import Limits
from netconf_server.transport.listening import Listener
from netconf_server.transport.places import NoPlaceError, Places
from netconf_server.transport.session_server import ManagedSessions
from netconf_server.transport.ssh import SshTransport
from netconf_server.users.directory import UserDirectory
from tests.netconf.protocol.fakes import TOY, Bench
from tests.netconf.protocol.running import ADMIN, settings_in
from tests.netconf.transport.raw_ssh import (
    HELLO_1_0,
    RawClient,
    all_ended,
    log_in,
    logged_in,
    serve,
)

QUICK = Limits(failed_login_delay_ms=0)


class TestPlaces:
    def test_the_server_takes_so_many_sessions_in_all(self) -> None:
        places = Places(Limits(max_sessions=2))
        places.reserve("a")
        places.reserve("b")
        with pytest.raises(NoPlaceError, match="2 sessions already"):
            places.reserve("c")

    def test_a_user_gets_so_many_sessions(self) -> None:
        places = Places(Limits(max_sessions_per_user=1))
        places.reserve("a")
        with pytest.raises(NoPlaceError, match="user a has 1 sessions already"):
            places.reserve("a")
        places.reserve("b")

    def test_a_place_that_is_given_back_twice_is_one_place(self) -> None:
        places = Places(Limits(max_sessions=2))
        release = places.reserve("a")
        places.reserve("a")
        release()
        release()
        places.reserve("a")
        with pytest.raises(NoPlaceError):
            places.reserve("a")


class TestSessions:
    def test_a_refused_session_is_told_why(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> str:
            async with logged_in(port) as connection:
                await RawClient.greeted(connection)
                with pytest.raises(asyncssh.ChannelOpenError) as refusal:
                    await RawClient.open(connection)
                return str(refusal.value)

        limits = Limits(max_sessions_per_user=1)
        with serve(Bench(), settings_in(tmp_path, limits=limits)) as running:
            assert running.run(scenario(running.port)) == "user admin has 1 sessions already"

    @pytest.mark.parametrize("how", ["close-session", "channel closed", "no subsystem"])
    def test_a_place_is_free_again_after_each_session(self, tmp_path: Path, how: str) -> None:
        async def use(connection: asyncssh.SSHClientConnection) -> None:
            if how == "no subsystem":
                with pytest.raises(asyncssh.ChannelOpenError):
                    await connection.open_session(subsystem="sftp")
                return
            client = await RawClient.greeted(connection)
            if how == "close-session":
                await client.ask("<close-session/>")
            else:
                client.close()
            await client.receive_end()

        async def scenario(port: int) -> None:
            async with logged_in(port) as connection:
                for _ in range(3):
                    await use(connection)

        with serve(Bench(), settings_in(tmp_path, limits=Limits(max_sessions=1))) as running:
            running.run(scenario(running.port))

    def test_a_lost_connection_frees_all_its_places(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> None:
            for _ in range(3):
                async with logged_in(port) as connection:
                    clients = [await RawClient.greeted(connection) for _ in range(2)]
                    assert len(clients) == 2
                    connection.abort()
                    await all_ended(bench)

        bench = Bench()
        with serve(bench, settings_in(tmp_path, limits=Limits(max_sessions=2))) as running:
            running.run(scenario(running.port))

    def test_a_message_beyond_the_limit_ends_its_session_only(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> str:
            async with logged_in(port) as connection:
                greedy = await RawClient.greeted(connection)
                modest = await RawClient.greeted(connection)
                greedy.send(b"<rpc>" + b" " * 20_000)
                assert await greedy.receive_end() == b""
                return str((await modest.ask("<get/>"))[0].tag)

        limits = Limits(max_message_bytes=10_000)
        with serve(Bench(), settings_in(tmp_path, limits=limits)) as running:
            assert running.run(scenario(running.port)) == f"{{{BASE}}}data"

    def test_a_half_closed_channel_still_gets_its_replies(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> str:
            async with logged_in(port) as connection:
                client = await RawClient.open(connection)
                get = f'<rpc message-id="1" xmlns="{BASE}"><get/></rpc>'.encode()
                client.send(HELLO_1_0 + END_OF_MESSAGE + get)
                client.send_end()
                await client.receive()
                reply = await client.receive()
                assert await client.receive_end() == b""
                return str(reply[0].tag)

        with serve(Bench(), settings_in(tmp_path)) as running:
            assert running.run(scenario(running.port)) == f"{{{BASE}}}data"

    def test_keys_are_exchanged_anew_in_the_middle_of_a_reply(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> int:
            async with logged_in(port) as connection:
                client = await RawClient.greeted(connection)
                return len((await client.ask("<get/>"))[0][0].text or "")

        bench = Bench()
        top = new_element("top", TOY)
        top.text = "x" * 2_000_000
        bench.datastores.contents[DatastoreName.RUNNING] = {"top": top}
        with serve(bench, settings_in(tmp_path, limits=Limits(rekey_bytes=200_000))) as running:
            assert running.run(scenario(running.port)) == 2_000_000


@asynccontextmanager
async def knocking(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection that says nothing by itself."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


class TestLogIn:
    def test_so_many_wrong_passwords_end_the_connection(self, tmp_path: Path) -> None:
        class Guesser(asyncssh.SSHClient):
            guesses = 0

            def password_auth_requested(self) -> str:
                self.guesses += 1
                return "wrong"

        async def scenario(port: int) -> int:
            guesser = Guesser()
            with pytest.raises(asyncssh.DisconnectError, match="too many failed log-ins"):
                await log_in(port, client_factory=lambda: guesser, password=None)
            return guesser.guesses

        limits = Limits(failed_login_delay_ms=0, max_login_attempts=3)
        with serve(Bench(), settings_in(tmp_path, limits=limits)) as running:
            assert running.run(scenario(running.port)) == 3

    @pytest.mark.parametrize("words", [b"", b"SSH-2.0-test\r\n", b"GET / HTTP/1.1\r\n\r\n"])
    def test_who_does_not_log_in_is_disconnected(self, tmp_path: Path, words: bytes) -> None:
        async def scenario(port: int) -> None:
            async with knocking(port) as (reader, writer):
                writer.write(words)
                await reader.read()

        limits = Limits(login_timeout_s=1)
        with serve(Bench(), settings_in(tmp_path, limits=limits)) as running:
            running.run(scenario(running.port))

    def test_only_so_many_may_be_about_to_log_in(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> None:
            async with knocking(port) as (first, _), knocking(port) as (second, _):
                assert (await first.readline()).startswith(b"SSH-2.0-")
                assert (await second.readline()).startswith(b"SSH-2.0-")
                async with knocking(port) as (third, _):
                    assert await third.read() == b""
            async with logged_in(port), knocking(port) as (fourth, _), knocking(port) as (fifth, _):
                assert (await fourth.readline()).startswith(b"SSH-2.0-")
                assert (await fifth.readline()).startswith(b"SSH-2.0-")

        limits = Limits(max_unauthenticated=2)
        with serve(Bench(), settings_in(tmp_path, limits=limits)) as running:
            running.run(scenario(running.port))

    def test_a_connection_on_which_no_session_begins_is_closed(self, tmp_path: Path) -> None:
        async def scenario(port: int) -> None:
            connection = await log_in(port)
            await connection.wait_closed()

        limits = Limits(login_timeout_s=1)
        with serve(Bench(), settings_in(tmp_path, limits=limits)) as running:
            running.run(scenario(running.port))


def test_a_listener_survives_having_no_files_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        listener = Listener(SshTransport(settings, UserDirectory(settings.users), sessions), 10)
        loop = asyncio.get_running_loop()
        accept, failures = loop.sock_accept, [OSError(24, "Too many open files")]

        async def failing(listening: socket.socket) -> tuple[socket.socket, object]:
            if failures:
                raise failures.pop()
            return await accept(listening)

        monkeypatch.setattr(loop, "sock_accept", failing)
        listener.start("127.0.0.1", 0)
        async with knocking(listener.port) as (reader, _):
            assert (await reader.readline()).startswith(b"SSH-2.0-")
        await listener.stop()

    settings = settings_in(tmp_path, ADMIN)
    sessions = ManagedSessions(Bench().management, settings.limits, UserDirectory())
    asyncio.run(scenario())
