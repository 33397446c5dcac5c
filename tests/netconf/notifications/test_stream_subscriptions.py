"""Dynamic subscriptions to the event stream over NETCONF (RFC 8639, RFC 8640)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from netconf_server.markup import BASE, SUBSCRIBED
from tests.netconf.notifications.bench import DEPOT, Client, Depot, errors_of, id_of, leafs_of

STREAM = "<stream>NETCONF</stream>"
OPENED = f'<stream-subtree-filter><gate-opened xmlns="{DEPOT}"/></stream-subtree-filter>'
CLOSED = "<stream-xpath-filter>/d:gate-closed</stream-xpath-filter>"
SN = "ietf-subscribed-notifications"


def is_ok(reply: etree._Element) -> bool:
    return [child.tag for child in reply] == [f"{{{BASE}}}ok"]


def filters(content: str) -> str:
    return f'<filters xmlns="{SUBSCRIBED}" xmlns:d="{DEPOT}">{content}</filters>'


def listed(client: Client) -> list[dict[str, str]]:
    """Return the leafs of each entry in /subscriptions."""
    selection = f'<filter><subscriptions xmlns="{SUBSCRIBED}"/></filter>'
    reply = client.ask(f"<get>{selection}</get>")
    return [leafs_of(entry) for entry in reply.iter(f"{{{SUBSCRIBED}}}subscription")]


class TestEstablishing:
    @pytest.mark.rfc("8639 §2.4.2")
    def test_the_reply_has_a_number_and_events_follow(self, depot: Depot) -> None:
        client = depot.client()
        number = id_of(client.establish())
        assert int(number) >= 2**31
        depot.emit("gate-opened")
        assert client.names() == ["gate-opened"]

    @pytest.mark.rfc("8639 §2.2")
    def test_the_names_of_modules_are_prefixes_of_an_xpath_filter(self, depot: Depot) -> None:
        client = depot.client()
        expression = "/example-depot:gate-closed"
        client.establish(f"{STREAM}<stream-xpath-filter>{expression}</stream-xpath-filter>")
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert client.names() == ["gate-closed"]

    @pytest.mark.rfc("8639 §2.2")
    def test_several_subscriptions_of_a_session_have_filters_of_their_own(
        self, depot: Depot
    ) -> None:
        client = depot.client()
        numbers = {id_of(client.establish(STREAM + each)) for each in (OPENED, CLOSED, CLOSED)}
        assert len(numbers) == 3
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert client.names() == ["gate-opened", "gate-closed", "gate-closed"]

    @pytest.mark.rfc("8640 §7")
    @pytest.mark.parametrize(
        ("content", "tag", "app_tag"),
        [
            (f"{STREAM}<encoding>encode-json</encoding>", "invalid-value", "encoding-unsupported"),
            (
                f"{STREAM}<stream-xpath-filter>/d:x[</stream-xpath-filter>",
                "invalid-value",
                "filter-unsupported",
            ),
            (
                f"{STREAM}<stream-xpath-filter>current()</stream-xpath-filter>",
                "invalid-value",
                "filter-unsupported",
            ),
            (
                f"{STREAM}<stream-filter-name>absent</stream-filter-name>",
                "invalid-value",
                "filter-unsupported",
            ),
        ],
    )
    def test_what_is_not_supported_is_an_identity_in_the_app_tag(
        self, depot: Depot, content: str, tag: str, app_tag: str
    ) -> None:
        error = errors_of(depot.client().establish(content))
        assert error["error-type"] == "application"
        assert (error["error-tag"], error["error-app-tag"]) == (tag, f"{SN}:{app_tag}")

    @pytest.mark.rfc("8640 §7")
    def test_a_filter_that_cannot_be_used_comes_back_with_a_hint(self, depot: Depot) -> None:
        reply = depot.client().establish(
            f"{STREAM}<stream-xpath-filter>current()</stream-xpath-filter>"
        )
        structure = f"{{{SUBSCRIBED}}}establish-subscription-stream-error-info"
        (info,) = reply.iter(structure)
        hint = info.findtext(f"{{{SUBSCRIBED}}}filter-failure-hint")
        assert hint is not None
        assert "current()" in hint

    @pytest.mark.parametrize(
        ("content", "tag", "element"),
        [
            ("", "missing-element", "stream"),
            ("<stream>NOISE</stream>", "invalid-value", "stream"),
            (f"{STREAM}<yp:datastore>ds:running</yp:datastore>", "bad-element", "datastore"),
            (
                f"{STREAM}<replay-start-time>2026-01-01T12:00:00Z</replay-start-time>",
                "invalid-value",
                "replay-start-time",
            ),
            (f"{STREAM}<stop-time>2026-01-01T12:00:00Z</stop-time>", "invalid-value", "stop-time"),
            (f"{STREAM}<colour>blue</colour>", "unknown-element", "colour"),
        ],
    )
    def test_what_cannot_be_is_refused_with_the_element_that_is_wrong(
        self, depot: Depot, content: str, tag: str, element: str
    ) -> None:
        error = errors_of(depot.client().establish(content))
        assert (error["error-tag"], error["bad-element"]) == (tag, element)

    @pytest.mark.rfc("8640 §3")
    def test_the_two_kinds_of_subscriptions_are_not_mixed_in_a_session(self, depot: Depot) -> None:
        first, second = depot.client(), depot.client()
        first.subscribe()
        second.establish()
        for reply in (first.establish(), second.subscribe()):
            assert errors_of(reply)["error-tag"] == "operation-not-supported"

    def test_a_session_can_have_only_so_many(self, depot: Depot) -> None:
        client = depot.client()
        for _ in range(64):
            id_of(client.establish())
        error = errors_of(client.establish())
        assert error["error-tag"] == "resource-denied"
        assert error["error-app-tag"] == f"{SN}:insufficient-resources"


class TestReplay:
    @pytest.mark.rfc("8639 §2.4.2.1")
    def test_a_replay_ends_with_a_notice_and_goes_on_with_what_happens(self, depot: Depot) -> None:
        depot.emit("gate-opened")
        depot.time.advance(10)
        client = depot.client()
        start = "<replay-start-time>2026-01-01T12:00:00Z</replay-start-time>"
        reply = client.establish(STREAM + start)
        depot.emit("gate-closed")
        assert reply.find(f"{{{SUBSCRIBED}}}replay-start-time-revision") is None
        contents = client.contents()
        names = [etree.QName(content).localname for content in contents]
        assert names == ["gate-opened", "netconf-session-start", "replay-completed", "gate-closed"]
        assert leafs_of(contents[2]) == {"id": id_of(reply)}

    @pytest.mark.rfc("8639 §2.4.2.1")
    def test_a_start_before_the_log_is_revised(self, depot: Depot) -> None:
        start = "<replay-start-time>2020-01-01T00:00:00Z</replay-start-time>"
        reply = depot.client().establish(STREAM + start)
        revision = reply.findtext(f"{{{SUBSCRIBED}}}replay-start-time-revision")
        assert revision == "2026-01-01T12:00:00Z"

    @pytest.mark.rfc("8639 §2.7.6")
    def test_at_the_stop_time_the_subscription_is_gone_without_a_word(self, depot: Depot) -> None:
        client = depot.client()
        client.establish(f"{STREAM}<stop-time>2026-01-01T12:01:00Z</stop-time>")
        depot.time.advance(60)
        depot.emit("gate-opened")
        assert client.names() == []
        assert listed(client) == []


class TestChanging:
    @pytest.mark.rfc("8639 §2.4.3")
    def test_a_new_filter_takes_the_place_of_the_old_one(self, depot: Depot) -> None:
        client = depot.client()
        number = id_of(client.establish(STREAM + OPENED))
        assert is_ok(client.change("modify-subscription", number, CLOSED))
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert client.names() == ["gate-closed"]
        (entry,) = listed(client)
        assert "stream-subtree-filter" not in entry
        assert entry["stream-xpath-filter"].endswith("gate-closed")

    @pytest.mark.rfc("8639 §2.4.3")
    def test_a_modification_that_fails_changes_nothing(self, depot: Depot) -> None:
        client = depot.client()
        number = id_of(client.establish(STREAM + OPENED))
        bad = "<stream-xpath-filter>current()</stream-xpath-filter>"
        error = errors_of(client.change("modify-subscription", number, bad))
        assert error["error-app-tag"] == f"{SN}:filter-unsupported"
        depot.emit("gate-opened")
        assert client.names() == ["gate-opened"]

    @pytest.mark.rfc("8639 §2.4.4")
    def test_after_a_deletion_nothing_more_is_sent(self, depot: Depot) -> None:
        client = depot.client()
        number = id_of(client.establish())
        depot.emit("gate-opened")
        assert is_ok(client.change("delete-subscription", number))
        depot.emit("gate-closed")
        assert client.names() == []
        assert client.record.subscriptions == 0

    @pytest.mark.rfc("8639 §2.4.5")
    def test_who_loses_a_subscription_to_an_operator_is_told(self, depot: Depot) -> None:
        client, operator = depot.client(), depot.client()
        number = id_of(client.establish(STREAM + OPENED))
        assert is_ok(operator.change("kill-subscription", number))
        depot.emit("gate-opened")
        (content,) = client.contents()
        assert etree.QName(content).localname == "subscription-terminated"
        assert leafs_of(content) == {"id": number, "reason": "sn:no-such-subscription"}

    @pytest.mark.rfc("8341 §3.2.8")
    def test_killing_is_denied_to_who_has_no_rule_for_it(self, depot: Depot) -> None:
        number = id_of(depot.client().establish())
        error = errors_of(depot.client("guest").change("kill-subscription", number))
        assert error["error-tag"] == "access-denied"

    @pytest.mark.rfc("8640 §5")
    @pytest.mark.parametrize("operation", ["modify-subscription", "delete-subscription"])
    def test_the_subscription_of_another_session_does_not_exist(
        self, depot: Depot, operation: str
    ) -> None:
        number = id_of(depot.client().establish())
        error = errors_of(depot.client().change(operation, number))
        assert error["error-tag"] == "invalid-value"
        assert error["error-app-tag"] == f"{SN}:no-such-subscription"

    @pytest.mark.rfc("8640 §5")
    def test_a_subscription_ends_with_its_session(self, depot: Depot) -> None:
        client, other = depot.client(), depot.client()
        client.establish()
        client.ask("<close-session/>")
        assert listed(other) == []


class TestConfiguredFilters:
    @pytest.mark.rfc("8639 §2.7.2")
    def test_a_named_filter_is_used_and_its_change_is_told(self, depot: Depot) -> None:
        client = depot.client()
        name = "<name>gates</name>"
        client.edit(filters(f"<stream-filter>{name}{CLOSED}</stream-filter>"))
        number = id_of(client.establish(f"{STREAM}<stream-filter-name>gates</stream-filter-name>"))
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert client.names() == ["gate-closed"]
        client.edit(filters(f"<stream-filter>{name}{OPENED}</stream-filter>"))
        told = {etree.QName(content).localname: content for content in client.contents()}
        assert leafs_of(told["subscription-modified"]) == {
            "id": number,
            "stream": "NETCONF",
            "gate-opened": "",
        }
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert client.names() == ["gate-opened"]

    @pytest.mark.rfc("8639 §2.7.3")
    def test_a_subscription_ends_with_the_filter_that_it_names(self, depot: Depot) -> None:
        client = depot.client()
        client.edit(filters(f"<stream-filter><name>gates</name>{CLOSED}</stream-filter>"))
        client.establish(f"{STREAM}<stream-filter-name>gates</stream-filter-name>")
        delete = f'xmlns:nc="{BASE}" nc:operation="delete"'
        client.edit(filters(f"<stream-filter {delete}><name>gates</name></stream-filter>"))
        (content,) = client.contents()
        assert etree.QName(content).localname == "subscription-terminated"
        assert leafs_of(content)["reason"] == "sn:filter-unavailable"


class TestState:
    @pytest.mark.rfc("8639 §2.8")
    def test_the_terms_and_the_counts_of_each_subscription_can_be_read(self, depot: Depot) -> None:
        client = depot.client()
        number = id_of(client.establish(STREAM + OPENED))
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert listed(client) == [
            {
                "id": number,
                "stream": "NETCONF",
                "gate-opened": "",
                "encoding": "sn:encode-xml",
                "name": "session 1",
                "sent-event-records": "1",
                "excluded-event-records": "1",
                "state": "active",
            }
        ]

    @pytest.mark.rfc("8639 §3.1")
    def test_the_stream_is_listed(self, depot: Depot) -> None:
        selection = f'<filter><streams xmlns="{SUBSCRIBED}"/></filter>'
        reply = depot.client().ask(f"<get>{selection}</get>")
        (stream,) = reply.iter(f"{{{SUBSCRIBED}}}stream")
        leafs = leafs_of(stream)
        assert leafs.pop("description")
        assert leafs == {
            "name": "NETCONF",
            "replay-support": "",
            "replay-log-creation-time": "2026-01-01T12:00:00Z",
        }


class TestSlowReaders:
    @pytest.mark.rfc("8639 §2.7.4")
    def test_a_subscription_is_suspended_until_its_client_has_caught_up(
        self, tmp_path: Path
    ) -> None:
        depot = Depot(tmp_path, most_waiting=4)
        client = depot.client()
        number = id_of(client.establish(STREAM + OPENED))
        for gate in range(10):
            depot.emit("gate-opened", gate=str(gate))
        assert listed(depot.client())[0]["state"] == "suspended"
        first = client.contents()
        depot.emit("gate-opened", gate="new")
        last = client.contents()
        assert [leafs_of(content).get("gate") for content in first[:4]] == ["0", "1", "2", "3"]
        assert [etree.QName(content).localname for content in first[4:]] == [
            "subscription-suspended",
            "subscription-resumed",
        ]
        assert leafs_of(first[4]) == {"id": number, "reason": "sn:unsupportable-volume"}
        assert [leafs_of(content)["gate"] for content in last] == ["new"]
        depot.stop()
