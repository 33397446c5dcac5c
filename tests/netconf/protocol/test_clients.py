"""Clients that people use, against a whole server on loopback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from lxml import etree
from ncclient import manager
from ncclient.operations import RPCError
from ncclient.transport.errors import AuthenticationError
from netconf_client.connect import connect_ssh  # type: ignore[import-untyped]
from netconf_client.error import RpcError  # type: ignore[import-untyped]
from netconf_client.ncclient import Manager  # type: ignore[import-untyped]

from netconf_server.markup import BASE, MONITORING, YANG
from netconf_server.users import User
from tests.netconf.protocol.depot import NAMESPACE, depot_server
from tests.netconf.protocol.running import ADMIN, PASSWORD, Running

YANG_LIBRARY = "urn:ietf:params:xml:ns:yang:ietf-yang-library"


def config(name: str) -> str:
    return f'<config><depot xmlns="{NAMESPACE}"><name>{name}</name></depot></config>'


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with depot_server(tmp_path) as running:
        yield running


def ncclient_session(server: Running, **options: object) -> AbstractContextManager[Any]:
    """Connect with ncclient as most of its users do."""
    defaults: dict[str, object] = {
        "username": ADMIN.name,
        "password": PASSWORD,
        "hostkey_verify": False,
        "look_for_keys": False,
        "allow_agent": False,
    }
    session: AbstractContextManager[Any] = manager.connect(
        host="127.0.0.1", port=server.port, **{**defaults, **options}
    )
    return session


def fast_session(server: Running) -> AbstractContextManager[Any]:
    """Connect with netconf-client, which does not poll."""
    transport = connect_ssh("127.0.0.1", server.port, ADMIN.name, PASSWORD)
    session: AbstractContextManager[Any] = Manager(transport, timeout=30)
    return session


def depot_name(session: Any, source: str) -> str | None:  # noqa: ANN401
    """Read one leaf with netconf-client."""
    name: str | None = session.get_config(source).data_ele.findtext(f".//{{{NAMESPACE}}}name")
    return name


class TestNcclient:
    def test_configuration_goes_from_candidate_to_running(self, server: Running) -> None:
        with ncclient_session(server) as session:
            assert ":candidate" in session.server_capabilities
            assert ":writable-running" not in session.server_capabilities
            with session.locked("candidate"):
                session.edit_config(target="candidate", config=config("north"))
                session.validate(source="candidate")
                session.commit()
            assert "<name>north</name>" in session.get_config("running").data_xml

    def test_filters_select_in_both_languages(self, server: Running) -> None:
        with ncclient_session(server) as session:
            session.edit_config(target="candidate", config=config("north"))
            session.commit()
            subtree = f'<depot xmlns="{NAMESPACE}"><status/></depot>'
            found = session.get(filter=("subtree", subtree)).data_xml
            assert "<gates>open</gates>" in found
            assert "north" not in found
            xpath = ({"d": NAMESPACE}, "/d:depot/d:name")
            found = session.get(filter=("xpath", xpath)).data_xml
            assert "<name>north</name>" in found
            assert "gates" not in found

    def test_a_refused_edit_says_where_and_why(self, server: Running) -> None:
        with ncclient_session(server) as session, pytest.raises(RPCError) as refused:
            session.edit_config(target="candidate", config=config("x" * 21))
        assert refused.value.tag == "invalid-value"
        assert refused.value.path.strip() == "/example-depot:depot/example-depot:name"

    def test_what_the_provider_refuses_is_not_committed(self, server: Running) -> None:
        with ncclient_session(server) as session:
            session.edit_config(target="candidate", config=config("closed"))
            with pytest.raises(RPCError, match="a depot is never closed"):
                session.commit()
            assert "closed" not in session.get_config("running").data_xml

    def test_a_wrong_password_is_refused(self, server: Running) -> None:
        with pytest.raises(AuthenticationError):
            ncclient_session(server, password="wrong")

    def test_a_key_is_let_in(self, tmp_path: Path) -> None:
        key = asyncssh.generate_private_key("ssh-rsa")
        key.write_private_key(tmp_path / "client_key")
        line = key.export_public_key().decode()
        user = User(name="robot", authorized_keys=(line,))
        with (
            depot_server(tmp_path / "server", user) as server,
            ncclient_session(
                server,
                username="robot",
                password=None,
                key_filename=str(tmp_path / "client_key"),
            ) as session,
        ):
            assert session.session_id == "1"


def test_committed_configuration_outlives_a_restart_and_an_open_edit_does_not(
    tmp_path: Path,
) -> None:
    with depot_server(tmp_path) as server, fast_session(server) as session:
        session.edit_config(config("north"), target="candidate")
        session.commit()
        session.edit_config(config("south"), target="candidate")
    with depot_server(tmp_path) as server, fast_session(server) as session:
        assert depot_name(session, "running") == "north"
        assert depot_name(session, "candidate") == "north"


class TestTwoClients:
    def test_a_lock_keeps_the_other_out_until_it_is_killed(self, server: Running) -> None:
        with fast_session(server) as first, fast_session(server) as second:
            first.lock("candidate")
            first.edit_config(config("north"), target="candidate")
            with pytest.raises(RpcError) as denied:
                second.lock("candidate")
            holder = etree.fromstring(denied.value.info).findtext(f"{{{BASE}}}session-id")
            assert holder == str(first.session_id)
            with pytest.raises(RpcError, match="locked by session"):
                second.edit_config(config("south"), target="candidate")
            second.kill_session(first.session_id)
            second.lock("candidate")
            assert depot_name(second, "candidate") is None

    def test_discarded_changes_are_gone_for_both(self, server: Running) -> None:
        with fast_session(server) as first, fast_session(server) as second:
            first.edit_config(config("north"), target="candidate")
            assert depot_name(second, "candidate") == "north"
            second.discard_changes()
            assert depot_name(first, "candidate") is None

    @pytest.mark.rfc("6022 §2.1.4")
    def test_both_see_each_other_in_the_monitoring_state(self, server: Running) -> None:
        with fast_session(server) as first, fast_session(server) as second:
            second.lock("running")
            subtree = f'<filter><netconf-state xmlns="{MONITORING}"/></filter>'
            state = first.get(filter=subtree).data_ele
            sessions = [element.text for element in state.iter(f"{{{MONITORING}}}session-id")]
            holders = [element.text for element in state.iter(f"{{{MONITORING}}}locked-by-session")]
            assert sessions == [str(first.session_id), str(second.session_id)]
            assert holders == [str(second.session_id)]


class TestSchemas:
    @pytest.mark.rfc("6022 §3.1")
    def test_every_schema_that_is_listed_can_be_fetched(self, server: Running) -> None:
        with fast_session(server) as session:
            subtree = (
                f'<filter><netconf-state xmlns="{MONITORING}"><schemas/></netconf-state></filter>'
            )
            listed = [
                {etree.QName(leaf).localname: leaf.text or "" for leaf in entry}
                for entry in session.get(filter=subtree).data_ele.iter(f"{{{MONITORING}}}schema")
            ]
            names = {entry["identifier"] for entry in listed}
            assert {"example-depot", "example-depot-types", "ietf-inet-types"} <= names
            for entry in listed:
                reply = session.dispatch(
                    f'<get-schema xmlns="{MONITORING}"><identifier>{entry["identifier"]}'
                    f"</identifier><version>{entry['version']}</version></get-schema>"
                )
                text = etree.fromstring(reply.xml).findtext(f"{{{MONITORING}}}data") or ""
                assert f"module {entry['identifier']} {{" in text.replace('"', "")

    @pytest.mark.rfc("8525 §3")
    def test_the_library_agrees_with_the_hello(self, server: Running) -> None:
        with fast_session(server) as session:
            subtree = f'<filter><yang-library xmlns="{YANG_LIBRARY}"/></filter>'
            library = session.get(filter=subtree).data_ele[0]
            content_id = library.findtext(f"{{{YANG_LIBRARY}}}content-id")
            implemented = {
                element.findtext(f"{{{YANG_LIBRARY}}}name")
                for element in library.iter(f"{{{YANG_LIBRARY}}}module")
            }
        with ncclient_session(server) as session:
            announced = list(session.server_capabilities)
        assert {"example-depot", "example-legacy", "ietf-netconf"} <= implemented
        assert any(f"content-id={content_id}" in capability for capability in announced)
        assert (
            "urn:example:legacy?module=example-legacy&revision=2011-01-01&features=notes"
            in announced
        )
        assert not any("module=example-depot" in capability for capability in announced)

    def test_the_older_library_is_there_for_older_clients(self, server: Running) -> None:
        with fast_session(server) as session:
            subtree = f'<filter><modules-state xmlns="{YANG_LIBRARY}"/></filter>'
            found = session.get(filter=subtree).data_ele
            names = {element.text for element in found.iter(f"{{{YANG_LIBRARY}}}name")}
        assert {"example-depot", "example-depot-types", "ietf-inet-types"} <= names


class TestModuleOperations:
    def ask(self, session: Any, operation: str) -> etree._Element:  # noqa: ANN401
        return etree.fromstring(session.dispatch(operation).xml)

    @pytest.mark.rfc("7950 §7.14.4")
    def test_an_rpc_returns_its_output(self, server: Running) -> None:
        with fast_session(server) as session:
            reply = self.ask(
                session, f'<open-gates xmlns="{NAMESPACE}"><how-many>3</how-many></open-gates>'
            )
            assert reply.findtext(f"{{{NAMESPACE}}}opened") == "3"
            assert self.ask(session, f'<sweep xmlns="{NAMESPACE}"/>')[0].tag == f"{{{BASE}}}ok"

    @pytest.mark.rfc("7950 §7.15.2")
    def test_an_action_on_an_entry_returns_its_output_or_the_reason(self, server: Running) -> None:
        def park(bay: str) -> str:
            return (
                f'<action xmlns="{YANG}"><depot xmlns="{NAMESPACE}"><bus><id>B-7</id>'
                f"<park><bay>{bay}</bay></park></bus></depot></action>"
            )

        bus = f'<depot xmlns="{NAMESPACE}"><bus><id>B-7</id></bus></depot>'
        with fast_session(server) as session:
            session.edit_config(f"<config>{bus}</config>", target="candidate")
            session.commit()
            reply = self.ask(session, park("5"))
            assert reply.findtext(f"{{{NAMESPACE}}}slot") == "bay 5"
            with pytest.raises(RpcError, match="there is no bay 13"):
                session.dispatch(park("13"))
            with pytest.raises(RpcError):
                session.dispatch(park("many"))

    def test_an_unknown_rpc_of_a_known_module_is_an_error(self, server: Running) -> None:
        with fast_session(server) as session, pytest.raises(RpcError) as refused:
            session.dispatch(f'<close-gates xmlns="{NAMESPACE}"/>')
        assert refused.value.tag == "operation-not-supported"


class TestNetconfConsole:
    def console(self, server: Running, *arguments: str) -> str:
        """Run netconf-console2 and return what it prints."""
        finished = subprocess.run(
            [
                str(Path(sys.executable).with_name("netconf-console2")),
                "--host=127.0.0.1",
                f"--port={server.port}",
                f"--user={ADMIN.name}",
                f"--password={PASSWORD}",
                *arguments,
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr + finished.stdout
        return finished.stdout

    def test_it_shows_the_hello(self, server: Running) -> None:
        assert "urn:ietf:params:netconf:capability:candidate:1.0" in self.console(server, "--hello")

    def test_it_edits_in_one_run_and_commits_in_the_next(
        self, server: Running, tmp_path: Path
    ) -> None:
        edit = tmp_path / "edit.xml"
        edit.write_text(f'<depot xmlns="{NAMESPACE}"><name>north</name></depot>')
        self.console(server, "--db=candidate", f"--edit-config={edit}")
        self.console(server, "--commit")
        printed = self.console(server, "--get-config", f"--ns=d={NAMESPACE}", "-x", "/d:depot")
        assert "<name>north</name>" in printed

    def test_it_fetches_a_schema(self, server: Running) -> None:
        assert "module example-depot {" in self.console(server, "--get-schema=example-depot")
