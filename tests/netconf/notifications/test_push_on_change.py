"""Subscriptions to changes of datastores (RFC 8641)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from netconf_server.markup import BASE, YANG, YANG_PUSH
from netconf_server.provider import Change, ChangeKind
from tests.netconf.notifications.bench import DEPOT, Depot, errors_of, id_of
from tests.netconf.notifications.pushing import (
    CHANGES_ONLY,
    DELETE,
    ON_CHANGE,
    OPERATIONAL,
    RUNNING,
    bus,
    configure,
    patches,
    pushed,
    subtree,
    xpath,
)


class TestOnChange:
    @pytest.mark.rfc("8641 §3.7")
    def test_everything_comes_first_and_then_what_has_changed(self, depot: Depot) -> None:
        client = depot.client()
        configure(client, "<name>old</name>" + bus(7))
        client.establish(RUNNING + subtree("") + ON_CHANGE)
        assert pushed(client) == [
            "<depot><name>old</name><bus><id>7</id><seats>40</seats></bus></depot>"
        ]
        configure(client, f"<name>new</name>{bus(8)}<bus {DELETE}><id>7</id></bus>")
        ((number, edits),) = patches(client)
        assert number == "0"
        assert sorted(edits) == [
            ("create", "/example-depot:depot/bus=8", "<bus><id>8</id><seats>40</seats></bus>"),
            ("delete", "/example-depot:depot/bus=7"),
            ("replace", "/example-depot:depot/name", "<name>new</name>"),
        ]

    @pytest.mark.rfc("8641 §3.7")
    def test_patches_are_numbered_until_everything_is_pushed_again(self, depot: Depot) -> None:
        client = depot.client()
        number = id_of(client.establish(RUNNING + subtree("<name/>") + ON_CHANGE))
        pushed(client)
        seen = []
        for name in ("a", "b"):
            configure(client, f"<name>{name}</name>")
            seen += [number for number, _ in patches(client)]
        resync = f'<resync-subscription xmlns="{YANG_PUSH}"><id>{number}</id></resync-subscription>'
        assert client.ask(resync).find(f"{{{BASE}}}ok") is not None
        assert pushed(client) == ["<depot><name>b</name></depot>"]
        configure(client, "<name>c</name>")
        seen += [number for number, _ in patches(client)]
        assert seen == ["0", "1", "0"]

    @pytest.mark.rfc("8641 §3.5.2")
    def test_entries_with_an_order_are_inserted_and_moved(self, depot: Depot) -> None:
        client = depot.client()
        configure(client, "<name>x</name>")
        client.establish(RUNNING + subtree("<stop/>") + CHANGES_ONLY)
        configure(client, "<stop><line>1</line><name>a/b</name></stop>")
        configure(client, "<stop><line>1</line><name>c</name></stop>")
        first = f'xmlns:yang="{YANG}" yang:insert="first"'
        configure(client, f"<stop {first}><line>1</line><name>c</name></stop>")
        edits = [edit for _, edits in patches(client) for edit in edits]
        a = "/example-depot:depot/stop=1,a%2Fb"
        c = "/example-depot:depot/stop=1,c"
        inner = "<stop><line>1</line><name>{}</name></stop>"
        assert edits == [
            ("insert", a, "first", inner.format("a/b")),
            ("insert", c, a, "after", inner.format("c")),
            ("move", c, "first"),
        ]

    def test_values_of_a_leaf_list_come_and_go(self, depot: Depot) -> None:
        client = depot.client()
        configure(client, bus(7))
        client.establish(RUNNING + subtree("<bus><tag/></bus>") + CHANGES_ONLY)
        configure(client, "<bus><id>7</id><tag>a b</tag></bus>")
        configure(client, f"<bus><id>7</id><tag {DELETE}>a b</tag></bus>")
        target = "/example-depot:depot/bus=7/tag=a%20b"
        assert [edits for _, edits in patches(client)] == [
            [("create", target, "<tag>a b</tag>")],
            [("delete", target)],
        ]

    @pytest.mark.rfc("8641 §3.6")
    @pytest.mark.parametrize(
        "selection",
        [
            subtree("<bus><id>7</id><seats/></bus>"),
            xpath("/d:depot/d:bus[d:id='7']/d:seats"),
        ],
    )
    def test_only_what_is_selected_is_told(self, depot: Depot, selection: str) -> None:
        client = depot.client()
        client.establish(RUNNING + selection + CHANGES_ONLY)
        configure(
            client, "<name>x</name>" + bus(8) + "<bus><id>7</id><seats>1</seats><tag>t</tag></bus>"
        )
        configure(client, "<bus><id>7</id><tag>u</tag></bus>")
        configure(client, bus(7, seats=2))
        target = "/example-depot:depot/bus=7"
        edits = [edit for _, edits in patches(client) for edit in edits]
        assert edits[-1] == ("replace", f"{target}/seats", "<seats>2</seats>")
        assert [edit[0] for edit in edits] == ["create", "replace"]
        assert edits[0][2].endswith(
            "<bus><id>7</id><seats>1</seats></bus>"
            + "</depot>" * (edits[0][1] == "/example-depot:depot")
        )

    @pytest.mark.rfc("8641 §3.3")
    def test_changes_in_a_dampening_period_are_told_together_at_its_end(self, depot: Depot) -> None:
        client = depot.client()
        dampened = (
            "<yp:on-change><yp:dampening-period>1000</yp:dampening-period>"
            "<yp:sync-on-start>false</yp:sync-on-start></yp:on-change>"
        )
        configure(client, bus(1))
        client.establish(RUNNING + subtree("<name/><bus/>") + dampened)
        configure(client, "<name>first</name>")
        at_once = patches(client)
        configure(client, "<name>second</name>" + bus(2))
        configure(client, "<name>third</name>" + f"<bus {DELETE}><id>2</id></bus>")
        depot.time.advance(9)
        assert client.take() == []
        depot.time.advance(1)
        at_the_end = patches(client)
        name = "/example-depot:depot/name"
        assert [edits for _, edits in at_once] == [[("create", name, "<name>first</name>")]]
        assert [sorted(edits) for _, edits in at_the_end] == [
            [
                ("delete", "/example-depot:depot/bus=2"),
                ("replace", name, "<name>third</name>"),
            ]
        ]

    @pytest.mark.rfc("8641 §3.1")
    def test_excluded_kinds_of_changes_are_not_told(self, depot: Depot) -> None:
        client = depot.client()
        configure(client, bus(1))
        excluded = (
            "<yp:on-change><yp:sync-on-start>false</yp:sync-on-start>"
            "<yp:excluded-change>replace</yp:excluded-change></yp:on-change>"
        )
        client.establish(RUNNING + subtree("") + excluded)
        configure(client, bus(1, seats=3))
        assert client.take() == []
        configure(client, f"<bus {DELETE}><id>1</id></bus>")
        assert [edits[0][0] for _, edits in patches(client)] == ["delete"]

    @pytest.mark.rfc("8641 §3.9")
    def test_what_may_not_be_read_is_not_told(self, depot: Depot) -> None:
        admin, guest = depot.client(), depot.client("guest")
        admin.edit(
            '<nacm xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-acm">'
            "<groups><group><name>guests</name><user-name>guest</user-name></group></groups>"
            "<rule-list><name>guests</name><group>guests</group>"
            f'<rule><name>names</name><path xmlns:d="{DEPOT}">/d:depot/d:name</path>'
            "<access-operations>read</access-operations><action>deny</action></rule>"
            f"<rule><name>bus</name><path xmlns:d=\"{DEPOT}\">/d:depot/d:bus[d:id='1']</path>"
            "<access-operations>read</access-operations><action>deny</action></rule>"
            "</rule-list></nacm>"
        )
        configure(admin, "<name>secret</name>" + bus(1) + bus(2) + bus(3))
        guest.establish(RUNNING + subtree("") + ON_CHANGE)
        (everything,) = pushed(guest)
        assert "secret" not in everything
        assert "<id>1</id>" not in everything
        assert "<id>2</id>" in everything
        configure(admin, "<name>more</name>" + bus(1, seats=2))
        configure(admin, f"<name {DELETE}/><bus {DELETE}><id>1</id></bus>")
        assert guest.take() == []
        configure(admin, f"<bus {DELETE}><id>2</id></bus>")
        assert [edits for _, edits in patches(guest)] == [
            [("delete", "/example-depot:depot/bus=2")]
        ]

    @pytest.mark.rfc("8641 §3.11.1")
    def test_what_changes_while_a_client_is_suspended_is_told_when_it_has_caught_up(
        self, tmp_path: Path
    ) -> None:
        depot = Depot(tmp_path, most_waiting=2)
        client, editor = depot.client(), depot.client()
        client.establish(RUNNING + subtree("<bus/>") + CHANGES_ONLY)
        for number in range(6):
            configure(editor, bus(number))
        told = client.contents()
        names = [etree.QName(content).localname for content in told]
        targets = [each.text or "" for content in told for each in content.iter("{*}target")]
        assert names == [
            "push-change-update",
            "push-change-update",
            "subscription-suspended",
            "subscription-resumed",
            "push-change-update",
        ]
        assert sum("bus=" in target for target in targets) >= 5
        depot.stop()

    def test_more_changes_than_are_told_one_by_one_are_told_by_pushing_everything(
        self, depot: Depot
    ) -> None:
        client = depot.client()
        configure(client, bus(0))
        client.establish(RUNNING + subtree("<bus><id/></bus>") + ON_CHANGE)
        client.take()
        configure(client, "".join(map(bus, range(1, 1002))))
        (content,) = client.contents()
        assert etree.QName(content).localname == "push-update"
        assert len(list(content.iter(f"{{{DEPOT}}}bus"))) == 1002

    def test_a_client_that_wants_no_synchronization_is_told_that_something_is_missing(
        self, depot: Depot
    ) -> None:
        client = depot.client()
        configure(client, bus(0))
        client.establish(RUNNING + subtree("<bus/>") + CHANGES_ONLY)
        configure(client, "".join(map(bus, range(1, 1002))))
        (content,) = client.contents()
        assert content.find(f"{{{YANG_PUSH}}}incomplete-update") is not None


class TestOnChangeOfState:
    def test_what_the_provider_reports_is_told_with_its_present_value(self, depot: Depot) -> None:
        client = depot.client()
        depot.provider.trips = {1: {"driver": "ann"}}
        client.establish(OPERATIONAL + subtree("<trip/>") + ON_CHANGE)
        assert pushed(client) == [
            "<depot><trip><number>1</number><driver>ann</driver></trip></depot>"
        ]
        depot.provider.trips = {2: {"driver": "bob"}}
        trip = "/example-depot:depot/trip[number='{}']"
        depot.emit(
            "gate-opened",
            Change(kind=ChangeKind.DELETED, path=trip.format(1)),
            Change(kind=ChangeKind.CREATED, path=trip.format(2)),
        )
        assert [edits for _, edits in patches(client)] == [
            [
                ("delete", "/example-depot:depot/trip=1"),
                (
                    "create",
                    "/example-depot:depot/trip=2",
                    "<trip><number>2</number><driver>bob</driver></trip>",
                ),
            ]
        ]

    @pytest.mark.rfc("8641 §3.10")
    def test_state_that_is_not_reported_cannot_be_followed_and_a_hint_says_what_can(
        self, depot: Depot
    ) -> None:
        reply = depot.client().establish(OPERATIONAL + subtree("<bus/>") + ON_CHANGE)
        error = errors_of(reply)
        assert error["error-app-tag"] == "ietf-yang-push:on-change-unsupported"
        assert error["error-tag"] == "operation-not-supported"
        assert error["filter-failure-hint"] == "/example-depot:depot/trip"
