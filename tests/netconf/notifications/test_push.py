"""Subscriptions to datastores (RFC 8641)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from netconf_server.markup import BASE, SUBSCRIBED, YANG, YANG_PUSH
from netconf_server.provider import Change, ChangeKind
from tests.netconf.notifications.bench import DEPOT, Client, Depot, errors_of, id_of, leafs_of

RUNNING = "<yp:datastore>ds:running</yp:datastore>"
OPERATIONAL = "<yp:datastore>ds:operational</yp:datastore>"
ON_CHANGE = "<yp:on-change/>"
CHANGES_ONLY = "<yp:on-change><yp:sync-on-start>false</yp:sync-on-start></yp:on-change>"
DELETE = f'xmlns:nc="{BASE}" nc:operation="delete"'


def periodic(hundredths: int, anchor: str = "") -> str:
    anchored = f"<yp:anchor-time>{anchor}</yp:anchor-time>" if anchor else ""
    return f"<yp:periodic><yp:period>{hundredths}</yp:period>{anchored}</yp:periodic>"


def subtree(content: str) -> str:
    inner = f'<depot xmlns="{DEPOT}">{content}</depot>'
    return f"<yp:datastore-subtree-filter>{inner}</yp:datastore-subtree-filter>"


def xpath(expression: str) -> str:
    return f"<yp:datastore-xpath-filter>{expression}</yp:datastore-xpath-filter>"


def configure(client: Client, content: str) -> None:
    client.edit(f'<depot xmlns="{DEPOT}">{content}</depot>')


def bus(number: int, seats: int = 40) -> str:
    return f"<bus><id>{number}</id><seats>{seats}</seats></bus>"


def pushed(client: Client) -> list[str]:
    """Return what has come: contents without namespaces, or the names of other notices."""
    found = []
    for content in client.contents():
        name = etree.QName(content).localname
        inner = content.find(f"{{{YANG_PUSH}}}datastore-contents")
        found.append(name if inner is None else "".join(map(plain, inner)))
    return found


def plain(element: etree._Element) -> str:
    """Write an element without namespaces."""
    name = etree.QName(element).localname
    return f"<{name}>{element.text or ''}{''.join(map(plain, element))}</{name}>"


def patches(client: Client) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return the number of each patch that has come, with operation, target and the rest."""
    found = []
    for content in client.contents():
        (patch,) = content.iter(f"{{{YANG_PUSH}}}yang-patch")
        edits = [
            tuple(
                plain(child[0]) if len(child) else child.text or ""
                for child in edit
                if etree.QName(child).localname != "edit-id"
            )
            for edit in patch.iterfind(f"{{{YANG_PUSH}}}edit")
        ]
        found.append((patch.findtext(f"{{{YANG_PUSH}}}patch-id") or "", edits))
    return found


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
