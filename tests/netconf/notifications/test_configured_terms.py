"""What can be configured of subscriptions, and how they are modified (RFC 8639 §2.5.1, §2.5.3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from netconf_server.markup import SUBSCRIBED
from tests.netconf.notifications.bench import Depot, errors_of, leafs_of
from tests.netconf.notifications.configured import (
    CLOSED,
    DELETE,
    OPENED,
    PREFIXES,
    STREAM,
    TRANSPORT,
    commit_error,
    names_in,
    states,
    subscription,
    subscriptions,
)


class TestConfiguring:
    @pytest.mark.rfc("8639 §2.5.2", "8639 §5.1")
    @pytest.mark.parametrize(
        ("config", "reason"),
        [
            (
                subscription(STREAM, "nobody"),
                "'nobody' is no client that is called home (nms, noc)",
            ),
            (subscription(STREAM, number=2**31), "are those of dynamic subscriptions"),
            (
                subscriptions(
                    f"<subscription><id>7</id>{STREAM}<receivers><receiver><name>a</name>"
                    "</receiver></receivers></subscription>"
                ),
                "needs a transport: netconf-server-call-home:netconf-call-home",
            ),
        ],
    )
    def test_what_could_never_be_sent_is_refused(
        self, depot: Depot, config: str, reason: str
    ) -> None:
        error = commit_error(depot.client(), config)
        assert error["error-tag"] == "operation-failed"
        assert reason in error["error-message"]

    def test_a_client_that_is_called_no_more_stands_in_nobodys_way(self, tmp_path: Path) -> None:
        depot = Depot(tmp_path)
        depot.client().edit(subscription(STREAM + OPENED, "nms"))
        depot.stop()
        depot = Depot(tmp_path, called=("noc",))
        operator, noc = depot.client(), depot.client(call_home="noc")
        assert states(operator) == {"": "valid", "nms of ours": "disconnected"}
        operator.edit(subscription(STREAM + OPENED, "noc", number=8))
        assert noc.names() == ["subscription-started"]
        depot.stop()

    def test_a_receiver_needs_a_client(self, depot: Depot) -> None:
        receiver = "<receivers><receiver><name>a</name></receiver></receivers>"
        entry = f"<subscription><id>7</id>{STREAM}{TRANSPORT}{receiver}</subscription>"
        error = commit_error(depot.client(), subscriptions(entry))
        assert error["error-tag"] == "missing-element"

    @pytest.mark.rfc("8639 §2.5.1")
    @pytest.mark.parametrize(
        "terms",
        [
            "<stream>NOISE</stream>",
            f"{STREAM}<stream-xpath-filter>current()</stream-xpath-filter>",
            "<yp:datastore>ds:startup</yp:datastore><yp:on-change/>",
            "<yp:datastore>ds:operational</yp:datastore><yp:on-change/>",
        ],
    )
    def test_terms_that_cannot_be_met_make_it_invalid(self, depot: Depot, terms: str) -> None:
        nms, operator = depot.client(call_home="nms"), depot.client()
        operator.edit(subscription(terms))
        assert states(operator) == {"": "invalid", "nms of ours": "disconnected"}
        assert nms.names() == []

    @pytest.mark.rfc("8639 §2.5.3", "8639 §2.7.2")
    def test_a_modification_is_told_between_the_old_events_and_the_new(self, depot: Depot) -> None:
        nms, operator = depot.client(call_home="nms"), depot.client()
        operator.edit(subscription(STREAM + OPENED))
        depot.emit("gate-opened")
        operator.edit(subscription(STREAM + CLOSED))
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        contents = nms.contents()
        assert names_in(contents) == [
            "subscription-started",
            "gate-opened",
            "subscription-modified",
            "gate-closed",
        ]
        assert "gate-closed" in leafs_of(contents[2])["stream-xpath-filter"]

    @pytest.mark.rfc("8639 §2.5.3")
    def test_what_does_not_concern_the_terms_is_not_told(self, depot: Depot) -> None:
        nms, operator = depot.client(call_home="nms"), depot.client()
        operator.edit(subscription(STREAM + OPENED))
        operator.edit(subscription(STREAM + OPENED, "noc"))
        operator.edit(subscription(STREAM + CLOSED, "noc", number=8))
        assert nms.names() == ["subscription-started"]

    @pytest.mark.rfc("8639 §2.5.3")
    def test_the_target_can_be_modified_from_events_to_a_datastore(self, depot: Depot) -> None:
        nms, operator = depot.client(call_home="nms"), depot.client()
        operator.edit(subscription(STREAM + OPENED))
        periodic = "<yp:periodic><yp:period>500</yp:period></yp:periodic>"
        operator.edit(subscription(f"<yp:datastore>ds:running</yp:datastore>{periodic}"))
        depot.emit("gate-opened")
        assert nms.names() == ["subscription-started", "subscription-modified", "push-update"]

    @pytest.mark.rfc("8639 §2.5.1", "8639 §2.7.3")
    def test_a_modification_that_cannot_be_met_ends_it_until_it_is_mended(
        self, depot: Depot
    ) -> None:
        nms, operator = depot.client(call_home="nms"), depot.client()
        operator.edit(subscription(STREAM + OPENED))
        operator.edit(subscription("<stream>NOISE</stream>"))
        started, ended = nms.contents()
        assert names_in([started, ended]) == ["subscription-started", "subscription-terminated"]
        assert leafs_of(ended) == {"id": "7", "reason": "sn:stream-unavailable"}
        operator.edit(subscription(STREAM + OPENED))
        assert nms.names() == ["subscription-started"]

    @pytest.mark.rfc("8639 §2.5.3", "8639 §2.5.4")
    def test_who_is_no_receiver_any_more_is_told(self, depot: Depot) -> None:
        nms, noc = depot.client(call_home="nms"), depot.client(call_home="noc")
        operator = depot.client()
        operator.edit(subscription(STREAM + OPENED, "nms", "noc"))
        receiver = f"<receiver {DELETE}><name>noc of ours</name></receiver>"
        entry = f"<subscription><id>7</id><receivers>{receiver}</receivers></subscription>"
        operator.edit(subscriptions(entry))
        assert noc.names() == ["subscription-started", "subscription-terminated"]
        assert nms.names() == ["subscription-started"]
        operator.edit(subscriptions(f"<subscription {DELETE}><id>7</id></subscription>"))
        depot.emit("gate-opened")
        (ended,) = nms.contents()
        assert leafs_of(ended) == {"id": "7", "reason": "sn:no-such-subscription"}
        assert nms.record.subscriptions == noc.record.subscriptions == 0

    @pytest.mark.rfc("8639 §2.7.2")
    def test_a_change_of_the_filter_that_is_named_is_a_modification(self, depot: Depot) -> None:
        nms, operator = depot.client(call_home="nms"), depot.client()

        def named(content: str) -> str:
            entry = f"<stream-filter><name>gates</name>{content}</stream-filter>"
            return f'<filters xmlns="{SUBSCRIBED}" {PREFIXES}>{entry}</filters>'

        terms = f"{STREAM}<stream-filter-name>gates</stream-filter-name>"
        operator.edit(named(OPENED) + subscription(terms))
        operator.edit(named(CLOSED))
        depot.emit("gate-opened")
        depot.emit("gate-closed")
        assert nms.names() == ["subscription-started", "subscription-modified", "gate-closed"]

    @pytest.mark.rfc("8639 §2.4.5")
    def test_it_is_deleted_by_configuration_only(self, depot: Depot) -> None:
        operator = depot.client()
        operator.edit(subscription(STREAM))
        error = errors_of(operator.change("kill-subscription", "7"))
        assert error["error-app-tag"] == "ietf-subscribed-notifications:no-such-subscription"
