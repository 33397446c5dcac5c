"""Call home (RFC 8071): the server connects, again and again, and is the server nevertheless."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from netconf_client.connect import CallhomeManager  # type: ignore[import-untyped]
from netconf_client.ncclient import Manager  # type: ignore[import-untyped]

from netconf_server.settings import CallHomeClient, ServerSettings, SettingsError
from netconf_server.transport.call_home import BackOff, CallHome
from netconf_server.transport.endpoints import Endpoints
from netconf_server.transport.kind import TransportKind
from netconf_server.transport.session_server import ManagedSessions
from netconf_server.users.directory import UserDirectory
from tests.netconf.protocol.fakes import Bench
from tests.netconf.protocol.running import ADMIN, PASSWORD, Running, settings_in
from tests.netconf.transport.process import Client
from tests.netconf.transport.raw_ssh import all_ended
from tests.netconf.transport.test_tls import CLIENT, SERVERS
from tests.netconf.transport.test_tls import settings_in as tls_settings_in

#: netconf-client asks for a version of TLS in an old way.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLSv1_2")

HOST = "127.0.0.1"


class EndpointsService:
    """All ways in over fake datastores, as something that can be started."""

    def __init__(self, bench: Bench, settings: ServerSettings) -> None:
        users = UserDirectory(settings.users)
        sessions = ManagedSessions(bench.management, settings.limits, users)
        self._endpoints = Endpoints(settings, users, sessions)

    async def start(self) -> None:
        self._endpoints.start()

    async def stop(self) -> None:
        await self._endpoints.stop()

    @property
    def port(self) -> int:
        return self._endpoints.port(TransportKind.SSH)


def serve(bench: Bench, settings: ServerSettings) -> Running:
    return Running(lambda: EndpointsService(bench, settings))


@contextlib.contextmanager
def waiting_client() -> Iterator[tuple[Client, int]]:
    """Let netconf-client listen, on a free port."""
    with CallhomeManager(bind_to=HOST, port=0) as manager:
        yield manager, manager.server_socket.getsockname()[1]


def accept_ssh(manager: Client) -> Client:
    return Manager(manager.accept_one_ssh(username=ADMIN.name, password=PASSWORD), timeout=30)


class TestSessions:
    @pytest.mark.rfc("8071 §4.1")
    def test_a_client_that_is_called_by_ssh_has_a_session(self, tmp_path: Path) -> None:
        bench = Bench()
        with waiting_client() as (manager, port):
            settings = replace(
                settings_in(tmp_path), call_home=(CallHomeClient(host=HOST, port=port),)
            )
            with serve(bench, settings), accept_ssh(manager) as session:
                session.lock("candidate")
                (record,) = bench.management.sessions
                assert (record.username, record.source_host) == (ADMIN.name, HOST)

    @pytest.mark.rfc("8071 §4.1")
    def test_a_client_that_is_called_by_tls_has_a_session(self, tmp_path: Path) -> None:
        certificate, key = CLIENT.write(tmp_path)
        with waiting_client() as (manager, port):
            home = CallHomeClient(host=HOST, port=port, transport=TransportKind.TLS)
            settings = replace(
                settings_in(tmp_path), tls=tls_settings_in(tmp_path), call_home=(home,)
            )
            with (
                serve(Bench(), settings),
                Manager(
                    manager.accept_one_tls(
                        keyfile=str(key),
                        certfile=str(certificate),
                        ca_certs=str(SERVERS.write(tmp_path)[0]),
                    ),
                    timeout=30,
                ) as session,
            ):
                session.lock("candidate")

    @pytest.mark.rfc("8071 §4.1")
    def test_a_client_is_called_again_after_its_session(self, tmp_path: Path) -> None:
        bench = Bench()
        with waiting_client() as (manager, port):
            settings = replace(
                settings_in(tmp_path), call_home=(CallHomeClient(host=HOST, port=port),)
            )
            with serve(bench, settings) as running:
                with accept_ssh(manager) as first:
                    first.close_session()
                running.run(all_ended(bench))
                with accept_ssh(manager) as second:
                    second.lock("candidate")

    def test_a_client_that_does_not_listen_yet_is_called_until_it_does(
        self, tmp_path: Path
    ) -> None:
        with socket.socket() as reserved:
            reserved.bind((HOST, 0))
            port = reserved.getsockname()[1]
            home = (CallHomeClient(host=HOST, port=port),)
            with serve(Bench(), replace(settings_in(tmp_path), call_home=home)):
                reserved.listen()
                connection, _ = reserved.accept()
                with connection:
                    assert connection.recv(8) == b"SSH-2.0-"

    def test_stopping_the_server_ends_a_session_of_a_client_that_was_called(
        self, tmp_path: Path
    ) -> None:
        bench = Bench()
        with waiting_client() as (manager, port):
            settings = replace(
                settings_in(tmp_path), call_home=(CallHomeClient(host=HOST, port=port),)
            )
            with serve(bench, settings):
                session = accept_ssh(manager)
            assert len(bench.management.sessions) == 0
            session.session.close()

    def test_tls_must_be_set_up_for_it(self, tmp_path: Path) -> None:
        home = (CallHomeClient(host=HOST, port=1, transport=TransportKind.TLS),)
        settings = replace(settings_in(tmp_path), call_home=home)
        with pytest.raises(SettingsError, match="TLS"), serve(Bench(), settings):
            pass


class TestBackOff:
    def test_the_wait_doubles_up_to_a_minute(self) -> None:
        back_off = BackOff()
        assert [back_off.take_s() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]

    def test_the_wait_is_short_again_after_a_log_in(self) -> None:
        back_off = BackOff()
        assert [back_off.take_s(), back_off.take_s()] == [1, 2]
        back_off.reset()
        assert back_off.take_s() == 1

    def test_a_client_that_never_logs_in_is_called_more_and_more_rarely(self) -> None:
        class HangingUp:
            """A transport whose client goes away at once."""

            async def serve(self, connection: socket.socket, on_log_in: Callable[[], None]) -> None:
                connection.close()
                if len(waits) == 3:
                    on_log_in()

            async def stop(self) -> None: ...

        waits: list[float] = []
        has_waited = asyncio.Event()

        async def sleep(delay_s: float) -> None:
            waits.append(delay_s)
            if len(waits) == 5:
                has_waited.set()
                await asyncio.Event().wait()

        async def scenario() -> None:
            with socket.create_server((HOST, 0)) as listening:
                home = CallHomeClient(host=HOST, port=listening.getsockname()[1])
                calling = CallHome([(home, HangingUp())], sleep)
                calling.start()
                await has_waited.wait()
                await calling.stop()

        asyncio.run(scenario())
        assert waits == [1, 2, 4, 1, 2]
