"""Configured subscriptions, sent to clients that are called home (RFC 8639 §2.5)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from netconf_server.management import SessionEnd
from netconf_server.markup import SUBSCRIBED
from tests.netconf.notifications.bench import DEPOT, Depot, errors_of, leafs_of
from tests.netconf.notifications.configured import (
    CLOSED,
    OPENED,
    REPLAY,
    STREAM,
    names_in,
    reset,
    states,
    subscription,
)


class TestDelivery:
    @pytest.mark.rfc("8639 §2.5.2", "8639 §2.7.1")
    def test_a_client_that_is_there_hears_that_it_has_started_and_then_the_events(
        self, depot: Depot
    ) -> None:
        nms = depot.client(call_home="nms")
        depot.client().edit(subscription(f"{STREAM}{OPENED}<purpose>alarms</purpose>"))
        depot.emit("gate-opened", gate="north")
        depot.emit("gate-closed")
        started, opened = nms.contents()
        assert names_in([started, opened]) == ["subscription-started", "gate-opened"]
        assert leafs_of(started) == {
            "id": "7",
            "stream": "NETCONF",
            "gate-opened": "",
            "transport": "nsc:netconf-call-home",
            "purpose": "alarms",
        }

    @pytest.mark.rfc("8639 §2.5.1", "8639 §2.5.2")
    def test_a_client_that_comes_later_is_told_when_it_has_said_hello(self, depot: Depot) -> None:
        operator = depot.client()
        operator.edit(subscription(STREAM + OPENED))
        depot.emit("gate-opened")
        assert states(operator) == {"": "valid", "nms of ours": "connecting"}
        nms = depot.client(call_home="nms")
        assert states(operator) == {"": "valid", "nms of ours": "active"}
        depot.emit("gate-opened")
        assert nms.names() == ["subscription-started", "gate-opened"]

    @pytest.mark.rfc("8639 §2.5")
    def test_each_receiver_gets_all_its_subscriptions_on_one_session(self, depot: Depot) -> None:
        operator = depot.client()
        nms, noc = depot.client(call_home="nms"), depot.client(call_home="noc")
        second, stranger = depot.client(call_home="nms"), depot.client()
        operator.edit(subscription(STREAM + OPENED, "nms", "noc"))
        operator.edit(subscription(STREAM + CLOSED, "nms", number=8))
        for client in (nms, noc):
            client.names()
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert nms.names() == ["gate-opened", "gate-closed"]
        assert noc.names() == ["gate-opened"]
        assert second.names() == stranger.names() == []

    @pytest.mark.rfc("8639 §2.5.1")
    def test_another_session_of_the_client_takes_over_from_one_that_ends(
        self, depot: Depot
    ) -> None:
        operator = depot.client()
        operator.edit(subscription(STREAM + OPENED))
        first, second = depot.client(call_home="nms"), depot.client(call_home="nms")
        first.ask("<close-session/>")
        depot.emit("gate-opened")
        assert second.names() == ["subscription-started", "gate-opened"]
        depot.management.end_session(second.record, SessionEnd.DROPPED)
        assert states(operator)["nms of ours"] == "connecting"

    @pytest.mark.rfc("8639 §2.5")
    def test_it_goes_on_after_a_restart(self, tmp_path: Path) -> None:
        depot = Depot(tmp_path)
        depot.client().edit(subscription(STREAM + OPENED))
        depot.stop()
        depot = Depot(tmp_path)
        nms = depot.client(call_home="nms")
        depot.emit("gate-opened")
        assert nms.names() == ["subscription-started", "gate-opened"]
        depot.stop()

    @pytest.mark.rfc("8341 §3.4.6")
    def test_the_user_of_the_session_gets_only_what_it_may(self, depot: Depot) -> None:
        nacm = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm"
        rule = (
            "<rule><name>gates</name><module-name>example-depot</module-name>"
            "<notification-name>gate-closed</notification-name><action>deny</action></rule>"
        )
        group = "<group><name>guests</name><user-name>guest</user-name></group>"
        rules = f"<groups>{group}</groups>"
        rules += f"<rule-list><name>all</name><group>guests</group>{rule}</rule-list>"
        depot.client().edit(f'<nacm xmlns="{nacm}">{rules}</nacm>' + subscription(STREAM))
        guest = depot.client("guest", call_home="nms")
        guest.names()
        depot.emit("gate-closed")
        depot.emit("gate-opened")
        assert guest.names() == ["gate-opened"]

    @pytest.mark.rfc("8641 §3.7")
    def test_a_datastore_is_pushed_as_it_is_and_then_as_it_changes(self, depot: Depot) -> None:
        nms = depot.client(call_home="nms")
        selection = (
            f'<yp:datastore-subtree-filter><depot xmlns="{DEPOT}"/></yp:datastore-subtree-filter>'
        )
        terms = f"<yp:datastore>ds:running</yp:datastore>{selection}<yp:on-change/>"
        operator = depot.client()
        operator.edit(subscription(terms))
        assert nms.names() == ["subscription-started", "push-update"]
        operator.edit(f'<depot xmlns="{DEPOT}"><name>north</name></depot>')
        (content,) = nms.contents()
        assert etree.QName(content).localname == "push-change-update"
        assert leafs_of(content)["name"] == "north"

    @pytest.mark.rfc("7950 §7.10")
    def test_a_filter_for_a_whole_container_is_the_same_after_a_restart(
        self, tmp_path: Path
    ) -> None:
        depot = Depot(tmp_path)
        operator = depot.client()
        whole = (
            f'<yp:datastore-subtree-filter><depot xmlns="{DEPOT}"/></yp:datastore-subtree-filter>'
        )
        terms = f"<yp:datastore>ds:running</yp:datastore>{whole}<yp:on-change/>"
        operator.edit(subscription(terms) + f'<depot xmlns="{DEPOT}"><name>north</name></depot>')
        depot.stop()
        depot = Depot(tmp_path)
        nms = depot.client(call_home="nms")
        started, pushed = nms.contents()
        assert started.find(f".//{{{DEPOT}}}depot") is not None
        assert leafs_of(pushed)["name"] == "north"
        depot.stop()


class TestReceivers:
    @pytest.mark.rfc("8639 §2.5.5")
    def test_after_a_reset_it_is_started_anew(self, depot: Depot) -> None:
        nms, operator = depot.client(call_home="nms"), depot.client()
        operator.edit(subscription(STREAM + OPENED))
        assert nms.names() == ["subscription-started"]
        reply = reset(operator, "nms of ours")
        assert reply.findtext(f"{{{SUBSCRIBED}}}time") == "2026-01-01T12:00:00.500000+00:00"
        depot.emit("gate-opened")
        assert nms.names() == ["subscription-started", "gate-opened"]
        assert states(operator)["nms of ours"] == "active"

    @pytest.mark.rfc("8639 §2.5.5")
    def test_the_receiver_of_a_dynamic_subscription_cannot_be_reset(self, depot: Depot) -> None:
        client = depot.client()
        client.establish()
        error = errors_of(reset(client, "session 1", 2**31))
        assert error["error-tag"] == "operation-failed"
        assert "configured" in error["error-message"]

    @pytest.mark.rfc("8639 §2.5.1", "8639 §2.5.3")
    def test_one_that_reads_slowly_hears_of_a_modification_when_it_has_caught_up(
        self, tmp_path: Path
    ) -> None:
        depot = Depot(tmp_path, most_waiting=4)
        nms, operator = depot.client(call_home="nms"), depot.client()
        operator.edit(subscription(STREAM + OPENED))
        for gate in range(10):
            depot.emit("gate-opened", gate=str(gate))
        operator.edit(subscription(STREAM + CLOSED))
        assert states(operator)["nms of ours"] == "suspended"
        names = nms.names()
        assert names[-2:] == ["subscription-suspended", "subscription-modified"]
        assert "subscription-resumed" not in names
        assert states(operator)["nms of ours"] == "active"
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert nms.names() == ["gate-closed"]
        depot.stop()

    @pytest.mark.rfc("8639 §2.7.6")
    def test_at_the_stop_time_it_is_completed_and_stays_concluded(self, depot: Depot) -> None:
        nms, operator = depot.client(call_home="nms"), depot.client()
        stop = "<stop-time>2026-01-01T12:01:00Z</stop-time>"
        operator.edit(subscription(STREAM + OPENED + stop))
        depot.time.advance(60)
        depot.emit("gate-opened")
        assert nms.names() == ["subscription-started", "subscription-completed"]
        assert states(operator) == {"": "concluded", "nms of ours": "disconnected"}
        assert depot.client(call_home="nms").names() == []

    @pytest.mark.rfc("8639 §2.8")
    def test_counts_go_on_over_sessions_and_begin_anew_with_other_terms(self, depot: Depot) -> None:
        operator = depot.client()

        def counts() -> list[str | None]:
            reply = operator.ask(
                f'<get><filter><subscriptions xmlns="{SUBSCRIBED}"/></filter></get>'
            )
            names = ("sent-event-records", "excluded-event-records")
            return [next(reply.iter(f"{{{SUBSCRIBED}}}{name}")).text for name in names]

        operator.edit(subscription(STREAM + OPENED))
        first = depot.client(call_home="nms")
        depot.emit("gate-opened")
        depot.management.end_session(first.record, SessionEnd.DROPPED)
        depot.time.advance()
        depot.client(call_home="nms")
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        sent, excluded = counts()
        assert sent == "2"
        assert int(excluded or 0) >= 1
        operator.edit(subscription(STREAM + CLOSED))
        depot.emit("gate-closed")
        assert counts()[0] == "1"

    @pytest.mark.rfc("8640 §3")
    def test_a_session_with_the_older_kind_of_subscription_is_not_used(self, depot: Depot) -> None:
        nms, operator = depot.client(call_home="nms"), depot.client()
        nms.subscribe(f"<filter>{OPENED}</filter>")
        operator.edit(subscription(STREAM + OPENED))
        assert states(operator)["nms of ours"] == "connecting"
        noc = depot.client(call_home="noc")
        operator.edit(subscription(STREAM + OPENED, "noc"))
        assert errors_of(noc.subscribe())["error-tag"] == "operation-not-supported"


class TestReplay:
    @pytest.mark.rfc("8639 §2.5.6")
    def test_what_has_happened_since_the_start_is_sent_first(self, tmp_path: Path) -> None:
        depot = Depot(tmp_path)
        depot.emit("gate-opened", gate="before")
        depot.client().edit(subscription(STREAM + OPENED + REPLAY))
        depot.stop()
        time = depot.time
        time.advance(10)
        depot = Depot(tmp_path, time=time)
        depot.emit("gate-opened", gate="while nobody was there")
        nms = depot.client(call_home="nms")
        started, opened, completed = nms.contents()
        assert names_in([started, completed]) == ["subscription-started", "replay-completed"]
        assert leafs_of(opened) == {"gate": "while nobody was there"}
        terms = leafs_of(started)
        assert terms["replay-start-time"] == "2026-01-01T12:00:10Z"
        assert terms["replay-previous-event-time"] == "2026-01-01T12:00:00Z"
        depot.stop()

    @pytest.mark.rfc("8639 §2.5.6")
    def test_after_a_session_it_goes_on_behind_what_has_been_sent(self, depot: Depot) -> None:
        depot.client().edit(subscription(STREAM + OPENED + REPLAY))
        nms = depot.client(call_home="nms")
        depot.emit("gate-opened", gate="sent")
        depot.time.advance(1)
        nms.take()
        depot.emit("gate-opened", gate="not sent")
        depot.management.end_session(nms.record, SessionEnd.DROPPED)
        depot.time.advance(1)
        depot.emit("gate-opened", gate="missed")
        started, *rest = depot.client(call_home="nms").contents()
        assert leafs_of(started)["replay-start-time"] == "2026-01-01T12:00:00.500000Z"
        assert [leafs_of(each).get("gate") for each in rest] == ["not sent", "missed", None]
        assert names_in(rest)[-1] == "replay-completed"
