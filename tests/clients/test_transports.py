"""TLS (RFC 7589) and call home (RFC 8071) with clients that know them, against a whole server."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from ncclient import manager
from ncclient.transport.errors import TransportError
from netconf_client.connect import CallhomeManager, connect_tls  # type: ignore[import-untyped]
from netconf_client.ncclient import Manager  # type: ignore[import-untyped]

from netconf_server.markup import BASE, MONITORING, SUBSCRIBED
from netconf_server.schema.schema import Schema
from netconf_server.server import NetconfServer
from netconf_server.settings import CallHomeClient, ServerSettings, TlsSettings
from netconf_server.transport.kind import TransportKind
from tests.clients.requests import depot
from tests.clients.served import HOST, PASSWORD, USER, Client
from tests.netconf.protocol.depot import YANG_DIRECTORY, DepotProvider
from tests.netconf.protocol.running import Running, settings_in
from tests.netconf.transport.certificates import Identity, self_signed
from tests.netconf.transport.test_tls import CLIENT, SERVERS
from tests.netconf.transport.test_tls import settings_in as tls_settings_in

#: netconf-client asks for a version of TLS in an old way.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLSv1_2")

OPEN = "<gates>open</gates>"
SUBSCRIPTION = f"""
    <config xmlns="{BASE}"><subscriptions xmlns="{SUBSCRIBED}"><subscription>
      <id>1</id><stream>NETCONF</stream>
      <transport xmlns:nsc="urn:netconf-server:call-home">nsc:netconf-call-home</transport>
      <receivers><receiver>
        <name>nms</name><client xmlns="urn:netconf-server:call-home">nms</client>
      </receiver></receivers>
    </subscription></subscriptions></config>
"""
STATUS = ("subtree", depot("<status/>"))


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def serve(settings: ServerSettings) -> Running:
    """Serve the depot."""
    schema = Schema([YANG_DIRECTORY], {"example-depot": ()})
    return Running(lambda: NetconfServer(schema, DepotProvider(), settings))


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[TlsSettings]:
    """Serve over TLS, and yield where."""
    tls = replace(tls_settings_in(tmp_path), port=free_port())
    with serve(replace(settings_in(tmp_path), tls=tls)):
        yield tls


def files(client: Identity, directory: Path) -> dict[str, str]:
    """Write what a client of TLS needs; in the words of both clients."""
    certificate, key = client.write(directory)
    authorities, _ = SERVERS.write(directory)
    return {"keyfile": str(key), "certfile": str(certificate), "ca_certs": str(authorities)}


def usernames(state: etree._Element) -> list[str | None]:
    return [leaf.text for leaf in state.iter(f"{{{MONITORING}}}username")]


class TestTls:
    def ncclient(self, tls: TlsSettings, client: Identity, directory: Path) -> Client:
        options = {"host": HOST, "port": tls.port, "protocol": ssl.PROTOCOL_TLS_CLIENT}
        return manager.connect_tls(**options, **files(client, directory))

    @pytest.mark.rfc("7589 §7")
    def test_ncclient_has_a_session_under_the_name_in_its_certificate(
        self, tls: TlsSettings, tmp_path: Path
    ) -> None:
        sessions = f'<netconf-state xmlns="{MONITORING}"><sessions/></netconf-state>'
        with self.ncclient(tls, CLIENT, tmp_path) as session:
            assert OPEN in session.get(STATUS).data_xml
            assert usernames(session.get(("subtree", sessions)).data_ele) == ["ann"]

    def test_netconf_client_has_a_session(self, tls: TlsSettings, tmp_path: Path) -> None:
        transport = connect_tls(HOST, tls.port, **files(CLIENT, tmp_path))
        with Manager(transport, timeout=30) as session:
            assert OPEN.encode() in session.get(STATUS).data_xml

    def test_a_certificate_of_nobody_is_refused(self, tls: TlsSettings, tmp_path: Path) -> None:
        with pytest.raises(TransportError):
            self.ncclient(tls, self_signed("ann"), tmp_path)


class TestCallHome:
    @contextlib.contextmanager
    def calling(
        self, directory: Path, home: CallHomeClient, default: Path | None = None
    ) -> Iterator[None]:
        """Serve somewhere, and call a client."""
        settings = replace(
            settings_in(directory),
            tls=tls_settings_in(directory),
            call_home=(home,),
            factory_default=default,
        )
        with serve(settings):
            yield

    def test_ncclient_is_called(self, tmp_path: Path) -> None:
        port = free_port()
        options = {"username": USER, "password": PASSWORD, "hostkey_verify": False}
        with (
            self.calling(tmp_path, CallHomeClient(host=HOST, port=port)),
            manager.call_home(host=HOST, port=port, timeout=30, **options) as session,
        ):
            assert OPEN in session.get(STATUS).data_xml

    @pytest.mark.parametrize("kind", TransportKind)
    def test_netconf_client_is_called(self, tmp_path: Path, kind: TransportKind) -> None:
        with CallhomeManager(bind_to=HOST, port=0) as client:
            port = client.server_socket.getsockname()[1]
            home = CallHomeClient(host=HOST, port=port, transport=kind)
            with self.calling(tmp_path, home), self.accept(client, kind, tmp_path) as session:
                assert OPEN.encode() in session.get(STATUS).data_xml

    @pytest.mark.rfc("8639 §2.5.1")
    @pytest.mark.parametrize("kind", TransportKind)
    def test_netconf_client_is_told_that_its_configured_subscription_has_started(
        self, tmp_path: Path, kind: TransportKind
    ) -> None:
        default = tmp_path / "default.xml"
        default.write_text(SUBSCRIPTION)
        with CallhomeManager(bind_to=HOST, port=0) as client:
            port = client.server_socket.getsockname()[1]
            home = CallHomeClient(host=HOST, port=port, transport=kind, name="nms")
            with (
                self.calling(tmp_path, home, default),
                self.accept(client, kind, tmp_path) as session,
            ):
                told = session.take_notification(timeout=30).notification_ele[1]
                assert told.tag == f"{{{SUBSCRIBED}}}subscription-started"

    def accept(self, client: Client, kind: TransportKind, directory: Path) -> Client:
        if kind is TransportKind.TLS:
            return Manager(client.accept_one_tls(**files(CLIENT, directory)), timeout=30)
        return Manager(client.accept_one_ssh(username=USER, password=PASSWORD), timeout=30)
