"""NETCONF over TLS (RFC 7589) on loopback, with netconf-client and with plain sockets."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from netconf_client.connect import connect_tls  # type: ignore[import-untyped]
from netconf_client.ncclient import Manager  # type: ignore[import-untyped]

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.markup import BASE, new_element
from netconf_server.settings import Limits, TlsSettings
from netconf_server.transport.kind import TransportKind
from netconf_server.transport.listening import Listener
from netconf_server.transport.session_server import ManagedSessions
from netconf_server.transport.tls import TlsTransport
from netconf_server.transport.tls_context import TlsFilesError
from netconf_server.users.cert_to_name import CertToName, MapType
from netconf_server.users.directory import UserDirectory
from tests.netconf.protocol.fakes import TOY, Bench
from tests.netconf.protocol.running import Running
from tests.netconf.transport.certificates import LOOPBACK, Identity, authority, self_signed
from tests.netconf.transport.process import Client
from tests.netconf.transport.raw_ssh import all_ended

#: netconf-client asks for a version of TLS in an old way.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLSv1_2")

HOST = "127.0.0.1"
ROOT = authority("clients")
SERVERS = authority("servers")
SERVER = SERVERS.issue("server", LOOPBACK)
CLIENT = ROOT.issue("ann")


def settings_in(
    directory: Path, *trusted: Identity, entry: CertToName | None = None
) -> TlsSettings:
    """Trust the root of the clients, and name clients by their common name, unless told else."""
    certificate, key = SERVER.write(directory)
    anchors = directory / "trusted.pem"
    anchors.write_bytes(
        b"".join(each.write(directory)[0].read_bytes() for each in trusted or (ROOT,))
    )
    return TlsSettings(
        host=HOST,
        port=0,
        certificate=certificate,
        private_key=key,
        trusted_certificates=anchors,
        cert_to_name=(entry or by_common_name(ROOT),),
    )


def by_common_name(authority: Identity) -> CertToName:
    return CertToName(id=1, fingerprint=authority.fingerprint, map_type=MapType.COMMON_NAME)


class TlsService:
    """TLS without the rest of a server, as something that can be started."""

    def __init__(self, bench: Bench, settings: TlsSettings, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        sessions = ManagedSessions(bench.management, limits, UserDirectory())
        self._listener = Listener(
            TlsTransport(settings, limits, sessions), limits.max_unauthenticated
        )
        self._settings = settings

    async def start(self) -> None:
        self._listener.start(self._settings.host, self._settings.port)

    async def stop(self) -> None:
        await self._listener.stop()

    @property
    def port(self) -> int:
        return self._listener.port


def serve(bench: Bench, settings: TlsSettings, limits: Limits | None = None) -> Running:
    return Running(lambda: TlsService(bench, settings, limits))


def connect(running: Running, client: Identity, directory: Path) -> Client:
    """Open a session with netconf-client; a context manager."""
    certificate, key = client.write(directory)
    authorities, _ = SERVERS.write(directory)
    session = connect_tls(HOST, running.port, str(key), str(certificate), str(authorities))
    return Manager(session, timeout=30)


@contextlib.contextmanager
def plain_tls(
    port: int, client: Identity | None, directory: Path, version: ssl.TLSVersion
) -> Iterator[ssl.SSLSocket]:
    """Shake hands and no more, with one version of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(SERVERS.write(directory)[0])
    context.minimum_version = context.maximum_version = version
    if client is not None:
        context.load_cert_chain(*client.write(directory))
    with (
        socket.create_connection((HOST, port), timeout=30) as connection,
        context.wrap_socket(connection, server_hostname=HOST) as tls,
    ):
        yield tls


def ask(tls: ssl.SSLSocket, operation: str) -> bytes:
    """Send hello and one request at once; return the server's hello and its reply."""
    capability = "<capability>urn:ietf:params:netconf:base:1.0</capability>"
    hello = f'<hello xmlns="{BASE}"><capabilities>{capability}</capabilities></hello>'
    tls.sendall(f'{hello}]]>]]><rpc message-id="1" xmlns="{BASE}">{operation}</rpc>]]>]]>'.encode())
    received = b""
    while received.count(b"]]>]]>") < 2:
        received += tls.recv(65536)
    return received


class TestSessions:
    @pytest.mark.rfc("7589 §3")
    def test_a_session_is_served_under_the_name_in_the_certificate(self, tmp_path: Path) -> None:
        bench = Bench()
        with (
            serve(bench, settings_in(tmp_path)) as running,
            connect(running, CLIENT, tmp_path) as session,
        ):
            session.lock("candidate")
            (record,) = bench.management.sessions
            assert (record.username, record.source_host) == ("ann", HOST)
            assert record.transport is TransportKind.TLS

    def test_a_reply_larger_than_every_buffer_arrives_whole(self, tmp_path: Path) -> None:
        bench = Bench()
        top = new_element("top", TOY)
        top.text = "x" * 9_000_000
        bench.datastores.contents[DatastoreName.RUNNING] = {"top": top}
        with (
            serve(bench, settings_in(tmp_path)) as running,
            connect(running, CLIENT, tmp_path) as session,
        ):
            assert session.get().data_xml.count(b"x" * 1000) == 9000

    @pytest.mark.rfc("7589 §4")
    def test_close_session_closes_the_connection(self, tmp_path: Path) -> None:
        with (
            serve(Bench(), settings_in(tmp_path)) as running,
            plain_tls(running.port, CLIENT, tmp_path, ssl.TLSVersion.TLSv1_3) as tls,
        ):
            received = ask(tls, "<close-session/>")
            assert tls.recv(1) == b""
        assert b"<ok/>" in received

    def test_locks_go_with_a_connection_that_is_lost(self, tmp_path: Path) -> None:
        bench = Bench()
        with serve(bench, settings_in(tmp_path)) as running:
            with plain_tls(running.port, CLIENT, tmp_path, ssl.TLSVersion.TLSv1_3) as tls:
                assert b"<ok/>" in ask(tls, "<lock><target><candidate/></target></lock>")
            running.run(all_ended(bench))
        assert bench.management.locks.get(DatastoreName.CANDIDATE) is None
        assert bench.management.sessions.totals.dropped_sessions == 1

    def test_a_killed_session_is_disconnected(self, tmp_path: Path) -> None:
        with (
            serve(Bench(), settings_in(tmp_path)) as running,
            plain_tls(running.port, CLIENT, tmp_path, ssl.TLSVersion.TLSv1_3) as victim,
        ):
            while b"]]>]]>" not in victim.recv(65536):
                pass
            with connect(running, CLIENT, tmp_path) as killer:
                killer.kill_session(1)
            with contextlib.suppress(OSError):
                assert victim.recv(1) == b""

    def test_a_session_beyond_the_limit_is_closed_before_it_begins(self, tmp_path: Path) -> None:
        with (
            serve(Bench(), settings_in(tmp_path), Limits(max_sessions=1)) as running,
            connect(running, CLIENT, tmp_path),
            plain_tls(running.port, CLIENT, tmp_path, ssl.TLSVersion.TLSv1_3) as second,
        ):
            assert second.recv(65536) == b""

    def test_stopping_the_server_ends_the_sessions(self, tmp_path: Path) -> None:
        bench = Bench()
        with serve(bench, settings_in(tmp_path)) as running:
            session = connect(running, CLIENT, tmp_path)
        assert len(bench.management.sessions) == 0
        session.session.close()


class TestWhoIsLetIn:
    def is_refused(self, directory: Path, settings: TlsSettings, client: Identity | None) -> bool:
        """Tell whether nothing comes from the server, not even its hello."""
        version = ssl.TLSVersion.TLSv1_3
        with serve(Bench(), settings) as running:
            try:
                with plain_tls(running.port, client, directory, version) as tls:
                    return tls.recv(65536) == b""
            except OSError:
                return True

    @pytest.mark.rfc("7589 §2")
    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_the_versions_of_tls_that_are_good_are_spoken(
        self, tmp_path: Path, version: ssl.TLSVersion
    ) -> None:
        with (
            serve(Bench(), settings_in(tmp_path)) as running,
            plain_tls(running.port, CLIENT, tmp_path, version) as tls,
        ):
            assert b"<hello" in tls.recv(65536)

    @pytest.mark.rfc("7589 §2")
    def test_a_client_without_a_certificate_is_refused(self, tmp_path: Path) -> None:
        assert self.is_refused(tmp_path, settings_in(tmp_path), None)

    @pytest.mark.rfc("7589 §5")
    @pytest.mark.parametrize(
        "client",
        [
            authority("others").issue("ann"),
            self_signed("ann"),
            ROOT.issue("ann", age=timedelta(days=10)),
            CLIENT.issue("eve"),
        ],
        ids=["of another authority", "self-signed", "expired", "signed by a client"],
    )
    def test_a_certificate_that_cannot_be_trusted_is_refused(
        self, tmp_path: Path, client: Identity
    ) -> None:
        assert self.is_refused(tmp_path, settings_in(tmp_path), client)

    @pytest.mark.rfc("7589 §7")
    def test_a_good_certificate_without_a_name_is_refused(self, tmp_path: Path) -> None:
        other = ROOT.issue("other")
        entry = CertToName(
            id=1, fingerprint=other.fingerprint, map_type=MapType.SPECIFIED, name="other"
        )
        assert self.is_refused(tmp_path, settings_in(tmp_path, entry=entry), CLIENT)

    @pytest.mark.rfc("7589 §7")
    def test_the_root_names_a_client_of_an_intermediate_that_the_client_sends(
        self, tmp_path: Path
    ) -> None:
        client = ROOT.issue("department", is_authority=True).issue("bob")
        bench = Bench()
        with (
            serve(bench, settings_in(tmp_path)) as running,
            connect(running, client, tmp_path) as session,
        ):
            session.discard_changes()
            assert [record.username for record in bench.management.sessions] == ["bob"]

    @pytest.mark.rfc("7589 §7")
    def test_an_intermediate_that_is_not_held_here_names_nobody(self, tmp_path: Path) -> None:
        department = ROOT.issue("department", is_authority=True)
        settings = settings_in(tmp_path, entry=by_common_name(department))
        assert self.is_refused(tmp_path, settings, department.issue("bob"))

    @pytest.mark.rfc("7589 §5")
    def test_a_certificate_that_is_trusted_itself_needs_no_authority(self, tmp_path: Path) -> None:
        client = self_signed("ann")
        settings = settings_in(tmp_path, client, entry=by_common_name(client))
        assert not self.is_refused(tmp_path, settings, client)

    def test_who_does_not_shake_hands_is_disconnected(self, tmp_path: Path) -> None:
        with (
            serve(Bench(), settings_in(tmp_path), Limits(login_timeout_s=1)) as running,
            socket.create_connection((HOST, running.port), timeout=30) as connection,
            contextlib.suppress(ConnectionResetError),
        ):
            assert connection.recv(1) == b""


class TestFiles:
    def test_a_key_that_others_may_read_is_refused(self, tmp_path: Path) -> None:
        settings = settings_in(tmp_path)
        settings.private_key.chmod(0o644)
        with pytest.raises(TlsFilesError, match="must be 0600"), serve(Bench(), settings):
            pass

    @pytest.mark.parametrize("field", ["certificate", "private_key", "trusted_certificates"])
    def test_a_file_that_is_none_is_named(self, tmp_path: Path, field: str) -> None:
        settings = settings_in(tmp_path)
        path: Path = getattr(settings, field)
        path.write_text("nothing")
        with pytest.raises(TlsFilesError, match=path.name), serve(Bench(), settings):
            pass
