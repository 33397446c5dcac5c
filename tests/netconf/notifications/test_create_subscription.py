"""create-subscription and what it begins (RFC 5277)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from netconf_server.markup import BASE, NOTIFICATION
from tests.netconf.notifications.bench import DEPOT, MANAGE, Depot, errors_of, leafs_of

OPENED = f'<gate-opened xmlns="{DEPOT}"/>'


def subtree(content: str) -> str:
    return f'<filter type="subtree">{content}</filter>'


def xpath(expression: str) -> str:
    return f'<filter type="xpath" xmlns:d="{DEPOT}" select="{expression}"/>'


def is_ok(reply: etree._Element) -> bool:
    return [child.tag for child in reply] == [f"{{{BASE}}}ok"]


class TestSubscribing:
    @pytest.mark.rfc("5277 §2.1.1")
    def test_without_parameters_all_events_of_the_default_stream_come(self, depot: Depot) -> None:
        client = depot.client()
        assert is_ok(client.subscribe())
        depot.emit("gate-opened", gate="north")
        depot.client()
        assert client.names() == ["gate-opened", "netconf-session-start"]

    @pytest.mark.rfc("5277 §2.2.1")
    def test_a_notification_has_the_time_of_the_event_and_its_content(self, depot: Depot) -> None:
        client = depot.client()
        client.subscribe("<stream>NETCONF</stream>")
        depot.time.advance(1.25)
        depot.emit("gate-opened", gate="north")
        (message,) = client.take()
        assert message.tag == f"{{{NOTIFICATION}}}notification"
        assert [message[0].tag, message[0].text] == [
            f"{{{NOTIFICATION}}}eventTime",
            "2026-01-01T12:00:01.250000Z",
        ]
        assert message[1].tag == f"{{{DEPOT}}}gate-opened"
        assert leafs_of(message[1]) == {"gate": "north"}

    @pytest.mark.rfc("5277 §2.1.1")
    @pytest.mark.parametrize(
        ("content", "tag", "element"),
        [
            ("<stream>NOISE</stream>", "bad-element", "stream"),
            ("<stopTime>2026-01-01T13:00:00Z</stopTime>", "missing-element", "startTime"),
            ("<startTime>2026-01-01T12:00:01Z</startTime>", "bad-element", "startTime"),
            ("<startTime>yesterday</startTime>", "bad-element", "startTime"),
            ("<startTime>2026-02-30T12:00:00Z</startTime>", "bad-element", "startTime"),
            (
                "<startTime>2026-01-01T11:00:00Z</startTime><stopTime>2026-01-01T10:00:00Z</stopTime>",
                "bad-element",
                "stopTime",
            ),
            (
                "<startTime>2026-01-01T12:00:00+02:00</startTime>"
                "<stopTime>2026-01-01T10:00:00Z</stopTime>",
                "bad-element",
                "stopTime",
            ),
            ("<volume>11</volume>", "unknown-element", "volume"),
            (xpath("/d:gate-opened["), "invalid-value", "filter"),
            (xpath("/e:gate-opened"), "invalid-value", "filter"),
            (xpath("no-such-function()"), "invalid-value", "filter"),
        ],
    )
    def test_what_cannot_be_is_refused_with_the_element_that_is_wrong(
        self, depot: Depot, content: str, tag: str, element: str
    ) -> None:
        client = depot.client()
        error = errors_of(client.subscribe(content))
        assert (error["error-tag"], error["bad-element"]) == (tag, element)
        depot.emit("gate-opened")
        assert client.take() == []

    @pytest.mark.rfc("5277 §2.1.1")
    def test_a_second_subscription_in_a_session_is_refused(self, depot: Depot) -> None:
        client = depot.client()
        client.subscribe()
        assert errors_of(client.subscribe())["error-tag"] == "in-use"

    @pytest.mark.rfc("5277 §6")
    def test_other_operations_are_served_meanwhile(self, depot: Depot) -> None:
        client = depot.client()
        client.subscribe()
        reply = client.ask("<get-config><source><running/></source></get-config>")
        assert reply[0].tag == f"{{{BASE}}}data"

    @pytest.mark.rfc("5277 §2.3")
    def test_a_subscription_ends_with_its_session(self, depot: Depot) -> None:
        client = depot.client()
        client.subscribe()
        client.ask("<close-session/>")
        depot.emit("gate-opened")
        assert client.record.outbox.take() is None

    def test_what_was_sent_is_counted(self, depot: Depot) -> None:
        client = depot.client()
        client.subscribe()
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        client.take()
        reply = client.ask(
            '<get><filter><netconf-state xmlns="urn:ietf:params:xml:ns:yang:'
            'ietf-netconf-monitoring"/></filter></get>'
        )
        counted = [each.text for each in reply.iter("{*}out-notifications")]
        assert counted == ["2", "2"]


class TestFilters:
    @pytest.mark.rfc("5277 §3.6")
    @pytest.mark.parametrize(
        ("selection", "expected"),
        [
            (subtree(OPENED), ["north", "south", "east"]),
            (subtree(""), []),
            (
                subtree(f'<gate-opened xmlns="{DEPOT}"><severity/></gate-opened>'),
                ["north", "south"],
            ),
            (subtree('<gate-opened xmlns=""><gate>south</gate></gate-opened>'), ["south"]),
            (
                subtree(
                    f'<gate-opened xmlns="{DEPOT}"><severity>critical</severity>'
                    "<gate>south</gate></gate-opened>"
                ),
                [],
            ),
            (
                subtree(
                    f'<gate-opened xmlns="{DEPOT}"><severity>critical</severity></gate-opened>'
                    f'<gate-closed xmlns="{DEPOT}"><gate>west</gate></gate-closed>'
                ),
                ["north", "west"],
            ),
            (
                subtree(
                    f'<gate-opened xmlns="{DEPOT}" xmlns:x="{DEPOT}"><cause>x:weather</cause>'
                    "</gate-opened>"
                ),
                ["north"],
            ),
            (subtree('<gate-opened xmlns="urn:example:other"/>'), []),
            (xpath("/d:gate-opened[d:severity='critical']"), ["north"]),
            (xpath("d:gate-opened"), ["north", "south", "east"]),
            (xpath("//d:gate = 'west'"), ["west"]),
            (xpath("not(d:gate-closed) and count(*/*) &gt; 1"), ["north", "south"]),
            (xpath("/example-depot:gate-closed"), ["west"]),
            (xpath("count(/d:gate-opened)"), ["north", "south", "east"]),
            (xpath("/gate-opened"), []),
        ],
    )
    def test_an_event_comes_when_the_filter_selects_anything_of_it(
        self, depot: Depot, selection: str, expected: list[str]
    ) -> None:
        client = depot.client()
        assert is_ok(client.subscribe(selection))
        depot.emit("gate-opened", gate="north", severity="critical", cause="weather")
        depot.emit("gate-opened", gate="south", severity="minor")
        depot.emit("gate-opened", gate="east")
        depot.emit("gate-closed", gate="west")
        assert [leafs_of(content)["gate"] for content in client.contents()] == expected

    @pytest.mark.rfc("5277 §3.6")
    def test_a_filtered_event_comes_whole(self, depot: Depot) -> None:
        client = depot.client()
        client.subscribe(subtree(f'<gate-opened xmlns="{DEPOT}"><gate/></gate-opened>'))
        depot.emit("gate-opened", gate="north", severity="minor")
        assert [leafs_of(content) for content in client.contents()] == [
            {"gate": "north", "severity": "minor"}
        ]


class TestReplay:
    @pytest.mark.rfc("5277 §3.3.2")
    def test_the_log_comes_first_then_its_end_then_what_happens(self, depot: Depot) -> None:
        depot.emit("gate-opened")
        depot.time.advance(10)
        depot.emit("gate-closed")
        client = depot.client()
        client.subscribe("<startTime>2026-01-01T12:00:05Z</startTime>")
        depot.emit("gate-opened")
        assert client.names() == [
            "gate-closed",
            "netconf-session-start",
            "replayComplete",
            "gate-opened",
        ]

    @pytest.mark.rfc("5277 §2.1.1")
    def test_a_start_before_the_log_begins_with_the_oldest_event(self, depot: Depot) -> None:
        depot.emit("gate-opened")
        client = depot.client()
        client.subscribe("<startTime>1999-12-31T23:59:59-05:00</startTime>")
        assert client.names() == ["gate-opened", "netconf-session-start", "replayComplete"]

    @pytest.mark.rfc("5277 §3.3.2")
    def test_with_a_stop_in_the_past_the_session_is_normal_again(self, depot: Depot) -> None:
        depot.emit("gate-opened")
        depot.time.advance(10)
        depot.emit("gate-closed")
        client = depot.client()
        start, stop = "2026-01-01T12:00:00Z", "2026-01-01T12:00:05Z"
        client.subscribe(f"<startTime>{start}</startTime><stopTime>{stop}</stopTime>")
        depot.emit("gate-opened")
        assert client.names() == ["gate-opened", "replayComplete", "notificationComplete"]
        assert is_ok(client.subscribe())

    @pytest.mark.rfc("5277 §2.3")
    def test_a_stop_in_the_future_ends_the_subscription_then(self, depot: Depot) -> None:
        client = depot.client()
        start, stop = "2026-01-01T12:00:00Z", "2026-01-01T12:01:00Z"
        client.subscribe(f"<startTime>{start}</startTime><stopTime>{stop}</stopTime>")
        depot.time.advance(59)
        depot.emit("gate-opened")
        depot.time.advance(2)
        depot.emit("gate-closed")
        assert client.names() == [
            "netconf-session-start",
            "replayComplete",
            "gate-opened",
            "notificationComplete",
        ]

    @pytest.mark.rfc("5277 §3.3.2")
    def test_the_ends_of_a_replay_cannot_be_filtered_out(self, depot: Depot) -> None:
        depot.emit("gate-opened")
        client = depot.client()
        start, stop = "2026-01-01T12:00:00Z", "2026-01-01T12:01:00Z"
        client.subscribe(f"{subtree('')}<startTime>{start}</startTime><stopTime>{stop}</stopTime>")
        depot.time.advance(60)
        contents = client.contents()
        assert [content.tag for content in contents] == [
            f"{{{MANAGE}}}replayComplete",
            f"{{{MANAGE}}}notificationComplete",
        ]

    def test_a_long_replay_waits_for_its_reader_and_loses_nothing(self, tmp_path: Path) -> None:
        depot = Depot(tmp_path, most_waiting=10)
        for number in range(300):
            depot.emit("gate-opened", gate=str(number))
        client = depot.client()
        client.subscribe("<startTime>2026-01-01T12:00:00Z</startTime>" + subtree(OPENED))
        depot.emit("gate-opened", gate="last")
        gates = [leafs_of(content).get("gate") for content in client.contents()]
        assert gates == [*map(str, range(300)), None, "last"]
        depot.stop()

    @pytest.mark.rfc("5277 §3.2.5.1")
    def test_the_streams_are_listed_with_the_age_of_their_log(self, depot: Depot) -> None:
        client = depot.client()
        reply = client.ask(f'<get><filter><netconf xmlns="{MANAGE}"/></filter></get>')
        (stream,) = reply.iter(f"{{{MANAGE}}}stream")
        leafs = leafs_of(stream)
        assert leafs.pop("description")
        assert leafs == {
            "name": "NETCONF",
            "replaySupport": "true",
            "replayLogCreationTime": "2026-01-01T12:00:00Z",
        }


class TestSlowReaders:
    def test_a_client_that_reads_too_slowly_loses_its_session(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        depot = Depot(tmp_path, most_waiting=5)
        slow, quick = depot.client(), depot.client()
        slow.subscribe()
        quick.subscribe(subtree(OPENED))
        for _ in range(6):
            depot.emit("gate-opened")
            assert quick.names() == ["gate-opened"]
        assert not slow.session.is_open
        assert depot.disconnected == [slow.record.session_id]
        assert "reads notifications too slowly" in caplog.text
        depot.emit("gate-opened")
        assert quick.names() == ["gate-opened"]
        depot.stop()
