"""netconf-client: waits for the server's hello, offers :base:1.1 only, checks nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from netconf_client.connect import connect_ssh  # type: ignore[import-untyped]
from netconf_client.error import RpcError  # type: ignore[import-untyped]
from netconf_client.rpc import edit_config, get_config  # type: ignore[import-untyped]

from netconf_server.markup import BASE, MONITORING
from tests.clients.requests import (
    LIBRARY,
    NAMESPACE,
    SCHEMAS,
    config,
    config_of_bus,
    get_schema,
    park,
)
from tests.clients.served import HOST, USER, Client, Served, connect
from tests.clients.waiting import wait_for_lock


@pytest.fixture
def first(server: Served) -> Iterator[Client]:
    with connect(server.port) as session:
        yield session


@pytest.fixture
def second(server: Served) -> Iterator[Client]:
    with connect(server.port) as session:
        yield session


def name_in(session: Client, source: str) -> str | None:
    """Read one leaf of a datastore."""
    name: str | None = session.get_config(source).data_ele.findtext(f".//{{{NAMESPACE}}}name")
    return name


def ask(session: Client, operation: str) -> etree._Element:
    """Send any operation and return the reply."""
    return etree.fromstring(session.dispatch(operation).xml)


def test_a_key_is_let_in(server: Served) -> None:
    with connect_ssh(HOST, server.port, USER, None, key_filename=str(server.key_file)) as session:
        assert session.session_id > 0


def test_committed_configuration_outlives_a_restart_and_an_open_edit_does_not(
    tmp_path: Path,
) -> None:
    with Served(tmp_path) as server, connect(server.port) as session:
        session.edit_config(config("north"), target="candidate")
        session.commit()
        session.edit_config(config("south"), target="candidate")
    with Served(tmp_path) as server, connect(server.port) as session:
        assert name_in(session, "running") == "north"
        assert name_in(session, "candidate") == "north"


class TestTwoSessions:
    def test_a_lock_keeps_the_other_out_until_it_is_killed(
        self, first: Client, second: Client
    ) -> None:
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
        assert name_in(second, "candidate") is None

    def test_discarded_changes_are_gone_for_both(self, first: Client, second: Client) -> None:
        first.edit_config(config("north"), target="candidate")
        assert name_in(second, "candidate") == "north"
        second.discard_changes()
        assert name_in(first, "candidate") is None

    @pytest.mark.rfc("6022 §2.1.4")
    def test_both_see_each_other_in_the_monitoring_state(
        self, first: Client, second: Client
    ) -> None:
        second.lock("running")
        subtree = f'<filter><netconf-state xmlns="{MONITORING}"/></filter>'
        state = first.get(filter=subtree).data_ele
        sessions = [element.text for element in state.iter(f"{{{MONITORING}}}session-id")]
        holders = [element.text for element in state.iter(f"{{{MONITORING}}}locked-by-session")]
        assert sessions == [str(first.session_id), str(second.session_id)]
        assert holders == [str(second.session_id)]

    @pytest.mark.rfc("6241 §8.3.5.2")
    def test_a_session_that_ends_without_close_session_leaves_nothing_behind(
        self, server: Served, first: Client
    ) -> None:
        with connect(server.port) as lost:
            lost.lock("candidate")
            lost.edit_config(config("north"), target="candidate")
        wait_for_lock(first, "candidate")
        assert name_in(first, "candidate") is None


class TestPipeline:
    @pytest.mark.rfc("6241 §4.5")
    def test_fifty_requests_without_waiting_are_answered_in_order(self, first: Client) -> None:
        done: list[int] = []
        waiting = []
        for number in range(50):
            request = first.session.send_rpc(get_config())
            request.add_done_callback(lambda _, number=number: done.append(number))
            waiting.append(request)
        for request in waiting:
            request.result(timeout=30)
        assert done == list(range(50))

    def test_an_edit_is_seen_by_the_request_right_behind_it(self, first: Client) -> None:
        session = first.session
        edit = edit_config(config("north"), target="candidate")
        requests = [session.send_rpc(edit), session.send_rpc(get_config(source="candidate"))]
        raw, _ = [request.result(timeout=30) for request in requests][1]
        assert b"<name>north</name>" in raw


class TestSchemas:
    @pytest.mark.rfc("6022 §3.1")
    def test_every_schema_that_is_listed_can_be_fetched(self, first: Client) -> None:
        listed = [
            {etree.QName(leaf).localname: leaf.text or "" for leaf in entry}
            for entry in first.get(filter=f"<filter>{SCHEMAS}</filter>").data_ele.iter(
                f"{{{MONITORING}}}schema"
            )
        ]
        names = {entry["identifier"] for entry in listed}
        assert {"example-depot", "example-depot-types", "ietf-inet-types"} <= names
        for entry in listed:
            reply = ask(first, get_schema(entry["identifier"], entry["version"]))
            text = reply.findtext(f"{{{MONITORING}}}data") or ""
            assert f"module {entry['identifier']} {{" in text.replace('"', "")

    @pytest.mark.rfc("8525 §3")
    def test_the_library_agrees_with_the_hello(self, first: Client) -> None:
        subtree = f'<filter><yang-library xmlns="{LIBRARY}"/></filter>'
        library = first.get(filter=subtree).data_ele[0]
        content_id = library.findtext(f"{{{LIBRARY}}}content-id")
        implemented = {
            element.findtext(f"{{{LIBRARY}}}name")
            for element in library.iter(f"{{{LIBRARY}}}module")
        }
        announced = first.session.server_capabilities
        assert {"example-depot", "example-legacy", "ietf-netconf"} <= implemented
        assert any(f"content-id={content_id}" in capability for capability in announced)
        assert (
            "urn:example:legacy?module=example-legacy&revision=2011-01-01&features=notes"
            in announced
        )
        assert not any("module=example-depot" in capability for capability in announced)

    def test_the_older_library_is_there_for_older_clients(self, first: Client) -> None:
        subtree = f'<filter><modules-state xmlns="{LIBRARY}"/></filter>'
        found = first.get(filter=subtree).data_ele
        names = {element.text for element in found.iter(f"{{{LIBRARY}}}name")}
        assert {"example-depot", "example-depot-types", "ietf-inet-types"} <= names


class TestModuleOperations:
    @pytest.mark.rfc("7950 §7.14.4")
    def test_an_rpc_returns_its_output(self, first: Client) -> None:
        opening = f'<open-gates xmlns="{NAMESPACE}"><how-many>3</how-many></open-gates>'
        assert ask(first, opening).findtext(f"{{{NAMESPACE}}}opened") == "3"
        assert ask(first, f'<sweep xmlns="{NAMESPACE}"/>')[0].tag == f"{{{BASE}}}ok"

    @pytest.mark.rfc("7950 §7.15.2")
    def test_an_action_on_an_entry_returns_its_output_or_the_reason(self, first: Client) -> None:
        first.edit_config(config_of_bus("B-7"), target="candidate")
        first.commit()
        assert ask(first, park("B-7", "5")).findtext(f"{{{NAMESPACE}}}slot") == "bay 5"
        with pytest.raises(RpcError, match="there is no bay 13"):
            first.dispatch(park("B-7", "13"))
        with pytest.raises(RpcError):
            first.dispatch(park("B-7", "many"))

    def test_an_unknown_rpc_of_a_known_module_is_an_error(self, first: Client) -> None:
        with pytest.raises(RpcError) as refused:
            first.dispatch(f'<close-gates xmlns="{NAMESPACE}"/>')
        assert refused.value.tag == "operation-not-supported"
