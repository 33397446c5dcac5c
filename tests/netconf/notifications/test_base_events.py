"""The server's own events as notifications (RFC 6470); who may receive them (RFC 8341)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from netconf_server.events import ConfigurationChanged, ConfirmedCommitChanged, ConfirmEvent
from netconf_server.management import SessionEnd
from netconf_server.notifications.base_events import MOST_EDITS
from netconf_server.protocol.session import Session
from netconf_server.provider import Change, ChangeKind
from tests.netconf.notifications.bench import EVENTS, Client, Depot, leafs_of

BY_ADMIN = {"username": "admin", "session-id": "1", "source-host": "192.0.2.1"}


@pytest.fixture
def client(depot: Depot) -> Client:
    """Have the first session subscribed to everything."""
    client = depot.client()
    client.subscribe()
    return client


def told(client: Client) -> list[dict[str, str]]:
    """Return the leafs of the notifications that have come, with the name of each."""
    return [
        {"": etree.QName(content).localname, **leafs_of(content)} for content in client.contents()
    ]


def edits(content: etree._Element) -> list[tuple[str | None, str | None]]:
    """Return the targets and operations of a netconf-config-change."""
    found = content.iter(f"{{{EVENTS}}}edit")
    return [(each.findtext("{*}target"), each.findtext("{*}operation")) for each in found]


class TestSessions:
    @pytest.mark.rfc("6470 §2.2")
    def test_the_start_of_a_session_is_told(self, depot: Depot, client: Client) -> None:
        depot.client("guest")
        assert told(client) == [
            {
                "": "netconf-session-start",
                "username": "guest",
                "session-id": "2",
                "source-host": "192.0.2.1",
            }
        ]

    @pytest.mark.rfc("6470 §2.2")
    @pytest.mark.parametrize(
        ("end", "killed_by", "reason"),
        [
            (SessionEnd.CLOSED, None, {"termination-reason": "closed"}),
            (SessionEnd.DROPPED, None, {"termination-reason": "dropped"}),
            (SessionEnd.TIMEOUT, None, {"termination-reason": "timeout"}),
            (SessionEnd.STOPPED, None, {"termination-reason": "other"}),
            (SessionEnd.KILLED, 1, {"termination-reason": "killed", "killed-by": "1"}),
        ],
    )
    def test_the_end_of_a_session_is_told_with_its_reason(
        self,
        depot: Depot,
        client: Client,
        end: SessionEnd,
        killed_by: int | None,
        reason: dict[str, str],
    ) -> None:
        other = depot.client()
        depot.management.end_session(other.record, end, killed_by=killed_by)
        depot.time.advance()
        ended = {**BY_ADMIN, "session-id": "2", **reason}
        assert told(client)[1] == {"": "netconf-session-end", **ended}

    @pytest.mark.rfc("6470 §2.2")
    def test_a_hello_that_allows_no_session_is_the_reason_of_its_end(
        self, depot: Depot, client: Client
    ) -> None:
        record = depot.management.open_session("guest", "192.0.2.1", lambda: None)
        session = Session(record, depot.management, 1000)
        session.receive(b"<hello/>]]>]]>")
        assert session.next_reply() is None
        depot.time.advance()
        assert told(client)[-1]["termination-reason"] == "bad-hello"

    def test_an_address_that_is_none_is_left_out(self, depot: Depot, client: Client) -> None:
        depot.management.open_session("guest", "a socket", lambda: None)
        depot.time.advance()
        assert told(client) == [
            {"": "netconf-session-start", "username": "guest", "session-id": "2"}
        ]


class TestConfiguration:
    @pytest.mark.rfc("6470 §2.2")
    def test_a_commit_and_a_copy_to_startup_are_told_to_others(
        self, depot: Depot, client: Client
    ) -> None:
        editor = depot.client()
        client.take()
        editor.edit('<depot xmlns="urn:example:depot"><name>north</name></depot>')
        startup, running = "<target><startup/></target>", "<source><running/></source>"
        editor.ask(f"<copy-config>{startup}{running}</copy-config>")
        changes = client.contents()
        assert [change.findtext("{*}datastore") for change in changes] == ["running", "startup"]
        assert [change.findtext("{*}changed-by/{*}session-id") for change in changes] == ["2", "2"]
        assert [operation for _, operation in edits(changes[0])] == ["create"]

    @pytest.mark.rfc("6470 §2.2")
    def test_a_change_is_told_with_who_made_it_and_every_edit(
        self, depot: Depot, client: Client
    ) -> None:
        bus = "/example-depot:depot/bus[id='a/7']"
        depot.management.events.emit(
            ConfigurationChanged(
                datastore="running",
                session=client.record,
                changes=(
                    Change(kind=ChangeKind.CREATED, path=bus),
                    Change(kind=ChangeKind.MODIFIED, path="/example-depot:depot/name"),
                    Change(kind=ChangeKind.DELETED, path=f"{bus}/seats"),
                    Change(
                        kind=ChangeKind.MODIFIED,
                        path="/example-depot:depot/stop[line='1'][name='x']",
                    ),
                ),
            )
        )
        depot.time.advance()
        (content,) = client.contents()
        assert content.tag == f"{{{EVENTS}}}netconf-config-change"
        assert leafs_of(content[0]) == BY_ADMIN
        assert content.findtext("{*}datastore") == "running"
        prefix = next(prefix for prefix, uri in content[2][0].nsmap.items() if "depot" in uri)
        bus = bus.replace("example-depot", prefix or "").replace(
            "/bus[id", f"/{prefix}:bus[{prefix}:id"
        )
        assert edits(content)[0] == (bus, "create")
        assert [operation for _, operation in edits(content)] == [
            "create",
            "replace",
            "delete",
            "merge",
        ]

    @pytest.mark.rfc("6470 §2.2")
    def test_what_the_server_changes_itself_is_told_as_such(
        self, depot: Depot, client: Client
    ) -> None:
        change = ConfigurationChanged(datastore="startup", session=None, changes=())
        depot.management.events.emit(change)
        depot.time.advance()
        (content,) = client.contents()
        assert leafs_of(content) == {"server": "", "datastore": "startup"}

    @pytest.mark.rfc("6470 §2.2")
    def test_a_large_change_is_told_by_what_is_around_it(
        self, depot: Depot, client: Client
    ) -> None:
        changes = tuple(
            Change(kind=ChangeKind.CREATED, path=f"/example-depot:depot/bus[id='{number}']")
            for number in range(MOST_EDITS * 100)
        )
        event = ConfigurationChanged(datastore="running", session=None, changes=changes)
        depot.management.events.emit(event)
        depot.time.advance()
        (content,) = client.contents()
        assert [operation for _, operation in edits(content)] == ["merge"]

    def test_nothing_is_rendered_before_whoever_causes_it_goes_on(
        self, depot: Depot, client: Client
    ) -> None:
        event = ConfigurationChanged(datastore="running", session=None, changes=())
        depot.management.events.emit(event)
        assert client.take() == []
        depot.time.advance()
        assert len(client.take()) == 1


class TestConfirmedCommits:
    @pytest.mark.rfc("6470 §2.2")
    @pytest.mark.parametrize("event", list(ConfirmEvent))
    def test_what_becomes_of_a_confirmed_commit_is_told(
        self, depot: Depot, client: Client, event: ConfirmEvent
    ) -> None:
        is_timeout = event is ConfirmEvent.TIMEOUT
        timeout = 600 if event in (ConfirmEvent.START, ConfirmEvent.EXTEND) else None
        session = None if is_timeout else client.record
        depot.management.events.emit(
            ConfirmedCommitChanged(event=event, session=session, timeout_s=timeout)
        )
        depot.time.advance()
        expected = {"": "netconf-confirmed-commit", "confirm-event": event.value}
        expected |= {} if is_timeout else BY_ADMIN
        expected |= {"timeout": "600"} if timeout else {}
        assert told(client) == [expected]


class TestCapabilities:
    @pytest.mark.rfc("6470 §2.2")
    def test_what_differs_from_before_the_last_end_is_told_in_the_log(self, tmp_path: Path) -> None:
        depot = Depot(tmp_path)
        depot.stop()
        path = tmp_path / "notifications" / "capabilities.json"
        known = json.loads(path.read_text())
        library = next(each for each in known if "yang-library" in each)
        before = ["urn:example:gone:1.0", f"{library}&old=1", *known[1:]]
        before.remove(library)
        path.write_text(json.dumps(before))
        again = Depot(tmp_path)
        client = again.client()
        client.subscribe("<startTime>2026-01-01T00:00:00Z</startTime>")
        (change,) = (each for each in told(client) if each[""] == "netconf-capability-change")
        assert change == {
            "": "netconf-capability-change",
            "server": "",
            "added-capability": known[0],
            "deleted-capability": "urn:example:gone:1.0",
            "modified-capability": library,
        }
        again.stop()

    def test_an_ordinary_restart_tells_of_no_change(self, tmp_path: Path) -> None:
        Depot(tmp_path).stop()
        again = Depot(tmp_path)
        client = again.client()
        client.subscribe("<startTime>2026-01-01T00:00:00Z</startTime>")
        assert client.names() == ["netconf-session-start", "replayComplete"]
        again.stop()


class TestAccess:
    @pytest.mark.rfc("8341 §3.4.6")
    def test_a_notification_that_is_denied_to_a_user_is_not_sent_to_that_user(
        self, depot: Depot
    ) -> None:
        admin, guest = depot.client(), depot.client("guest")
        admin.edit(
            '<nacm xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-acm">'
            "<groups><group><name>guests</name><user-name>guest</user-name></group></groups>"
            "<rule-list><name>guests</name><group>guests</group>"
            "<rule><name>gates</name><module-name>example-depot</module-name>"
            "<notification-name>gate-opened</notification-name>"
            "<access-operations>read</access-operations><action>deny</action></rule>"
            "</rule-list></nacm>"
        )
        for client in (admin, guest):
            client.subscribe()
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert admin.names() == ["gate-opened", "gate-closed"]
        assert guest.names() == ["gate-closed"]
