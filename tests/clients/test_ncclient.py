"""ncclient: what most scripts, Ansible and nornir are built on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree
from ncclient.operations import RPCError
from ncclient.transport.errors import AuthenticationError, SessionCloseError, TransportError

from netconf_server.markup import BASE, MONITORING
from tests.clients.requests import (
    NAMESPACE,
    SCHEMAS,
    config,
    config_of_bus,
    depot,
    park,
)
from tests.clients.served import Client, Served
from tests.clients.sessions import ncclient_session

#: The base notifications of RFC 6470.
NOTIFICATIONS = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"


@pytest.fixture
def session(server: Served) -> Iterator[Client]:
    with ncclient_session(server) as session:
        yield session


class TestLogIn:
    def test_a_wrong_password_is_refused(self, server: Served) -> None:
        with pytest.raises(AuthenticationError):
            ncclient_session(server, password="wrong")

    def test_a_key_is_let_in(self, server: Served) -> None:
        with ncclient_session(server, password=None, key_filename=str(server.key_file)) as session:
            assert session.connected


class TestConfiguration:
    def test_it_goes_from_candidate_to_running(self, session: Client) -> None:
        with session.locked("candidate"):
            session.edit_config(target="candidate", config=config("north"))
            session.validate(source="candidate")
            session.commit()
        assert "<name>north</name>" in session.get_config("running").data_xml

    def test_discarded_changes_are_gone(self, session: Client) -> None:
        session.edit_config(target="candidate", config=config("north"))
        session.discard_changes()
        assert "north" not in session.get_config("candidate").data_xml

    def test_running_is_kept_for_the_next_start(self, session: Client) -> None:
        session.edit_config(target="candidate", config=config("north"))
        session.commit()
        session.copy_config(source="running", target="startup")
        assert "<name>north</name>" in session.get_config("startup").data_xml

    def test_a_file_keeps_a_configuration(self, session: Client) -> None:
        session.edit_config(target="candidate", config=config("north"))
        session.copy_config(source="candidate", target="file:///copy.xml")
        session.discard_changes()
        session.copy_config(source="file:///copy.xml", target="candidate")
        assert "<name>north</name>" in session.get_config("candidate").data_xml
        session.delete_config(target="file:///copy.xml")
        with pytest.raises(RPCError, match="cannot be read"):
            session.copy_config(source="file:///copy.xml", target="candidate")

    def test_what_is_not_announced_is_refused(self, session: Client) -> None:
        assert ":writable-running" not in session.server_capabilities
        with pytest.raises(RPCError, match="writable-running"):
            session.edit_config(target="running", config=config("north"))


class TestFilters:
    def test_both_languages_select(self, session: Client) -> None:
        session.edit_config(target="candidate", config=config("north"))
        session.commit()
        found = session.get(filter=("subtree", depot("<status/>"))).data_xml
        assert "<gates>open</gates>" in found
        assert "north" not in found
        found = session.get(filter=("xpath", ({"d": NAMESPACE}, "/d:depot/d:name"))).data_xml
        assert "<name>north</name>" in found
        assert "gates" not in found

    def test_a_filter_of_several_subtrees_is_their_union(self, session: Client) -> None:
        session.edit_config(target="candidate", config=config("north"))
        session.commit()
        both = f"<filter>{depot('<name/>')}{SCHEMAS}</filter>"
        found = session.get(filter=both).data_ele
        assert {etree.QName(top).localname for top in found} == {"depot", "netconf-state"}


class TestNotifications:
    def test_a_filter_lets_the_wanted_events_through(self, session: Client) -> None:
        wanted = f'<netconf-config-change xmlns="{NOTIFICATIONS}"/>'
        session.create_subscription(filter=("subtree", wanted))
        session.edit_config(target="candidate", config=config("north"))
        session.commit(confirmed=True, timeout="60")
        session.edit_config(target="candidate", config=config("south"))
        session.commit()
        names = {
            etree.QName(session.take_notification(timeout=10).notification_ele[-1]).localname
            for _ in range(2)
        }
        assert names == {"netconf-config-change"}


class TestErrors:
    def test_a_refused_edit_says_where_and_why(self, session: Client) -> None:
        with pytest.raises(RPCError, match="length") as refused:
            session.edit_config(target="candidate", config=config("x" * 21))
        assert refused.value.tag == "invalid-value"
        assert refused.value.path.strip() == "/example-depot:depot/example-depot:name"

    def test_what_the_provider_refuses_is_not_committed(self, session: Client) -> None:
        session.edit_config(target="candidate", config=config("closed"))
        with pytest.raises(RPCError, match="a depot is never closed"):
            session.commit()
        assert "closed" not in session.get_config("running").data_xml

    def test_a_lock_names_its_holder(self, server: Served, session: Client) -> None:
        with ncclient_session(server) as other, other.locked("running"):
            with pytest.raises(RPCError) as denied:
                session.lock("running")
            assert denied.value.tag == "lock-denied"
            info = etree.fromstring(denied.value.info.encode())
            assert info.findtext(f".//{{{BASE}}}session-id") == other.session_id


class TestSessions:
    def test_a_killed_session_is_over_and_its_lock_is_free(
        self,
        server: Served,
        session: Client,
    ) -> None:
        victim = ncclient_session(server)
        victim.lock("candidate")
        session.kill_session(victim.session_id)
        with session.locked("candidate"):
            pass
        with pytest.raises((SessionCloseError, TransportError)):
            victim.get_config("running")

    def test_fifty_requests_at_once_are_answered_in_order(
        self,
        session: Client,
    ) -> None:
        session.async_mode = True
        waiting = [session.get_config("running") for _ in range(50)]
        for request in waiting:
            request.event.wait(30)
        assert all(request.reply is not None and request.reply.ok for request in waiting)
        session.async_mode = False


class TestModules:
    def test_the_text_of_a_module_is_fetched(self, session: Client) -> None:
        text = session.get_schema("example-depot", version="2026-01-01").data
        assert text.startswith("module example-depot {")

    def test_an_unknown_module_is_an_error(self, session: Client) -> None:
        with pytest.raises(RPCError) as refused:
            session.get_schema("no-such-module")
        assert refused.value.tag == "invalid-value"

    def test_rpcs_and_actions_return_their_output(self, session: Client) -> None:
        session.edit_config(target="candidate", config=config_of_bus("B-7"))
        session.commit()
        rpc = etree.fromstring(
            f'<open-gates xmlns="{NAMESPACE}"><how-many>3</how-many></open-gates>'
        )
        assert "<opened" in session.dispatch(rpc).xml
        assert "bay 5" in session.dispatch(etree.fromstring(park("B-7", "5"))).xml
        with pytest.raises(RPCError, match="there is no bay 13"):
            session.dispatch(etree.fromstring(park("B-7", "13")))

    def test_the_sessions_are_in_the_monitoring_state(self, session: Client) -> None:
        wanted = f'<netconf-state xmlns="{MONITORING}"><sessions/></netconf-state>'
        found = session.get(filter=("subtree", wanted)).data_ele
        identifiers = [leaf.text for leaf in found.iter(f"{{{MONITORING}}}session-id")]
        assert identifiers == [session.session_id]
