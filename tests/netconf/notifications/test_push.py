"""Subscriptions to datastores (RFC 8641)."""

from __future__ import annotations

import pytest
from lxml import etree

from netconf_server.markup import SUBSCRIBED, YANG_PUSH
from tests.netconf.notifications.bench import Depot, errors_of, id_of, leafs_of
from tests.netconf.notifications.pushing import (
    CHANGES_ONLY,
    ON_CHANGE,
    OPERATIONAL,
    RUNNING,
    bus,
    configure,
    patches,
    periodic,
    pushed,
    subtree,
    xpath,
)


class TestPeriodic:
    @pytest.mark.rfc("8641 §3.7")
    def test_what_is_selected_is_pushed_at_once_and_at_every_interval(self, depot: Depot) -> None:
        client = depot.client()
        configure(client, bus(7))
        client.establish(RUNNING + subtree("<bus><id/></bus>") + periodic(1000))
        seen = [pushed(client)]
        depot.time.advance(9)
        seen.append(pushed(client))
        configure(client, bus(8))
        depot.time.advance(1)
        seen.append(pushed(client))
        before, after = "<bus><id>7</id></bus>", "<bus><id>8</id></bus>"
        assert seen == [
            [f"<depot>{before}</depot>"],
            [],
            [f"<depot>{before}{after}</depot>"],
        ]

    @pytest.mark.rfc("8641 §3.1")
    @pytest.mark.parametrize("anchor", ["2026-01-01T11:59:57Z", "2027-01-01T00:00:07Z"])
    def test_intervals_are_counted_from_the_anchor(self, depot: Depot, anchor: str) -> None:
        client = depot.client()
        client.establish(RUNNING + subtree("") + periodic(1000, anchor))
        times = []
        for _ in range(20):
            depot.time.advance(1)
            times += [message[0].text for message in client.take()]
        assert times == ["2026-01-01T12:00:07Z", "2026-01-01T12:00:17Z"]

    @pytest.mark.rfc("8641 §3.9")
    def test_an_update_without_anything_is_pushed_as_well(self, depot: Depot) -> None:
        client = depot.client()
        client.establish(RUNNING + subtree("<name/>") + periodic(100))
        assert pushed(client) == [""]

    def test_operational_state_is_pushed_with_the_provider_asked_for_no_more(
        self, depot: Depot
    ) -> None:
        depot.provider.trips = {1: {"driver": "ann"}, 2: {"driver": "bob"}}
        client = depot.client()
        client.establish(
            OPERATIONAL + xpath("/d:depot/d:trip[d:number='2']/d:driver") + periodic(100)
        )
        assert pushed(client) == [
            "<depot><trip><number>2</number><driver>bob</driver></trip></depot>"
        ]
        paths = depot.provider.selections[-1].paths
        assert all("[number='2']" in path for path in paths)

    def test_another_period_can_be_asked_for(self, depot: Depot) -> None:
        client = depot.client()
        number = id_of(client.establish(RUNNING + subtree("") + periodic(100)))
        client.take()
        client.change("modify-subscription", number, RUNNING + periodic(6000))
        client.take()
        depot.time.advance(59)
        assert client.take() == []
        depot.time.advance(1)
        assert len(client.take()) == 1

    @pytest.mark.rfc("8641 §3.11.1")
    def test_who_has_not_taken_the_last_update_is_suspended(self, depot: Depot) -> None:
        client = depot.client()
        client.establish(RUNNING + subtree("<name/>") + periodic(100))
        depot.time.advance(5)
        assert pushed(client) == ["", "subscription-suspended", "subscription-resumed"]
        depot.time.advance(1)
        assert pushed(client) == [""]

    def test_nothing_is_pushed_after_the_stop_time(self, depot: Depot) -> None:
        client = depot.client()
        stop = "<stop-time>2026-01-01T12:00:02.5Z</stop-time>"
        client.establish(RUNNING + subtree("<name/>") + stop + periodic(100))
        count = len(client.take())
        for _ in range(10):
            depot.time.advance(1)
            count += len(client.take())
        assert count == 3
        assert client.record.subscriptions == 0


class TestModifying:
    def test_the_trigger_can_become_another(self, depot: Depot) -> None:
        client = depot.client()
        number = id_of(client.establish(RUNNING + subtree("<name/>") + periodic(100)))
        client.take()
        client.change("modify-subscription", number, RUNNING + ON_CHANGE)
        assert pushed(client) == [""]
        depot.time.advance(5)
        assert client.take() == []
        configure(client, "<name>x</name>")
        assert [number for number, _ in patches(client)] == ["0"]

    def test_another_filter_takes_the_place_of_the_old_one(self, depot: Depot) -> None:
        client = depot.client()
        configure(client, "<name>x</name>")
        number = id_of(client.establish(RUNNING + subtree("<name/>") + CHANGES_ONLY))
        client.change("modify-subscription", number, RUNNING + subtree("<bus/>"))
        configure(client, "<name>y</name>")
        configure(client, bus(1))
        targets = [edit[1] for _, edits in patches(client) for edit in edits]
        assert targets == ["/example-depot:depot/bus=1"]

    @pytest.mark.parametrize(
        ("content", "tag"),
        [
            (OPERATIONAL, "invalid-value"),
            (RUNNING + periodic(1), "invalid-value"),
            (RUNNING + "<stop-time>2025-01-01T00:00:00Z</stop-time>", "invalid-value"),
        ],
    )
    def test_a_modification_that_fails_changes_nothing(
        self, depot: Depot, content: str, tag: str
    ) -> None:
        client = depot.client()
        number = id_of(client.establish(RUNNING + subtree("<name/>") + periodic(100)))
        client.take()
        error = errors_of(client.change("modify-subscription", number, content))
        assert error["error-tag"] == tag
        depot.time.advance(1)
        assert pushed(client) == [""]

    @pytest.mark.rfc("8639 §2.7.2")
    def test_a_named_filter_that_changes_is_taken_over_and_told(self, depot: Depot) -> None:
        client = depot.client()
        configure(client, "<name>x</name>" + bus(1))

        def name_filter(content: str) -> None:
            leafs = f"<filter-id>f</filter-id>{subtree(content)}".replace("yp:", "")
            entry = f'<selection-filter xmlns="{YANG_PUSH}">{leafs}</selection-filter>'
            client.edit(f'<filters xmlns="{SUBSCRIBED}">{entry}</filters>')

        name_filter("<name/>")
        reference = "<yp:selection-filter-ref>f</yp:selection-filter-ref>"
        client.establish(RUNNING + reference + ON_CHANGE)
        assert pushed(client) == ["<depot><name>x</name></depot>"]
        name_filter("<name/><bus/>")
        contents = client.contents()
        names = [etree.QName(content).localname for content in contents]
        assert sorted(names) == ["push-update", "subscription-modified"]
        modified = contents[names.index("subscription-modified")]
        assert modified.find(f"{{{YANG_PUSH}}}datastore-subtree-filter") is not None
        assert modified.findtext(f"{{{YANG_PUSH}}}datastore") == "ds:running"


class TestRefusals:
    @pytest.mark.rfc("8640 §7")
    @pytest.mark.parametrize(
        ("content", "tag", "app_tag"),
        [
            (
                "<yp:datastore>ds:candidate</yp:datastore>" + periodic(100),
                "invalid-value",
                "datastore-not-subscribable",
            ),
            (RUNNING + periodic(9), "invalid-value", "period-unsupported"),
            (
                RUNNING + subtree("<bus><seats>40</seats></bus>") + ON_CHANGE,
                "invalid-value",
                "filter-unsupported",
            ),
            (RUNNING + xpath("//d:seats") + ON_CHANGE, "invalid-value", "filter-unsupported"),
            (RUNNING + xpath("/none:x") + periodic(100), "invalid-value", "filter-unsupported"),
        ],
    )
    def test_what_is_not_supported_is_an_identity_in_the_app_tag(
        self, depot: Depot, content: str, tag: str, app_tag: str
    ) -> None:
        error = errors_of(depot.client().establish(content))
        assert error["error-tag"] == tag
        assert error["error-app-tag"].rpartition(":")[2] == app_tag

    @pytest.mark.rfc("8641 §3.2")
    def test_a_period_that_is_too_short_comes_back_with_one_that_is_not(self, depot: Depot) -> None:
        error = errors_of(depot.client().establish(RUNNING + periodic(1)))
        assert error["period-hint"] == "10"

    @pytest.mark.rfc("8641 §4.4.4")
    @pytest.mark.parametrize(
        ("trigger", "identity"),
        [
            (periodic(100), "on-change-sync-unsupported"),
            (CHANGES_ONLY, "on-change-sync-unsupported"),
            ("", "no-such-subscription-resync"),
        ],
    )
    def test_only_who_wanted_everything_at_the_start_gets_everything_again(
        self, depot: Depot, trigger: str, identity: str
    ) -> None:
        client = depot.client()
        number = id_of(client.establish(RUNNING + subtree("") + trigger)) if trigger else "7"
        resync = f'<resync-subscription xmlns="{YANG_PUSH}"><id>{number}</id></resync-subscription>'
        error = errors_of(client.ask(resync))
        assert error["error-app-tag"] == f"ietf-yang-push:{identity}"

    def test_the_terms_can_be_read(self, depot: Depot) -> None:
        client = depot.client()
        client.establish(RUNNING + xpath("/d:depot/d:bus") + periodic(100))
        selection = f'<filter><subscriptions xmlns="{SUBSCRIBED}"/></filter>'
        (entry,) = client.ask(f"<get>{selection}</get>").iter(f"{{{SUBSCRIBED}}}subscription")
        leafs = leafs_of(entry)
        assert leafs["datastore"] == "ds:running"
        assert leafs["period"] == "100"
        assert leafs["datastore-xpath-filter"].endswith("bus")
