"""Signs of nodes become attachments, and their absence ends them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.registry import AccessTechnologyType, HandoffIndicator
from nf.engine.configuration import MobileNodeRemoved
from nf.engine.effects import (
    Effect,
    Notify,
    SendMessage,
    SendRouterAdvertisement,
    StartTimer,
    StopTimer,
)
from nf.engine.events import AccessLinkDown, AccessLinkUp, NodeLost, NodeSeen
from nf.engine.kernel_effects import InstallAccessRoute, InstallUplinkRoute, RemoveUplinkRoute
from nf.engine.mag.attachment import SHORTEST_STAY_MS, SHORTEST_VISIT_MS
from nf.engine.mag.gateway import UNKNOWN_NODES_TOLD
from nf.engine.mag.records import RegistrationState
from nf.engine.notifications import UnknownNodeSeen
from nf.engine.values import AttachSource, LinkLayerAddress, TimerKind
from tests.engine.mag.bench import (
    ADDRESS,
    HNP,
    LINK,
    MAC,
    NODE,
    OTHER_LINK,
    OTHER_MAC,
    OTHER_NODE,
    ROLE,
    ROUTER,
    STRANGE_MAC,
    TUNNEL,
    Bench,
    of,
    registered,
)

HOLDING = replace(ROLE, detach_hold_ms=3_000)


class TestUnknownNode:
    @pytest.mark.rfc("5213 §6.14")
    def test_is_counted_and_told_of_once(self) -> None:
        bench = Bench()
        unknown = UnknownNodeSeen(link="access0", link_layer_address=STRANGE_MAC)
        assert bench.seen(STRANGE_MAC) == [Notify(notification=unknown)]
        assert bench.seen(STRANGE_MAC) == []
        assert bench.mag.statistics.unknown_nodes == 2

    def test_flood_of_addresses_is_remembered_within_bounds(self) -> None:
        bench = Bench()
        for number in range(UNKNOWN_NODES_TOLD):
            bench.seen(LinkLayerAddress(number.to_bytes(6, "big")))
        assert bench.seen(STRANGE_MAC) == []
        assert len(bench.mag.gateway.unknown_told) == UNKNOWN_NODES_TOLD

    def test_is_told_of_again_after_it_was_configured_for_a_time(self) -> None:
        bench = Bench()
        bench.seen(STRANGE_MAC)
        bench.configure(replace(ROUTER, link_layer_identifiers=(STRANGE_MAC,)))
        bench.configure(MobileNodeRemoved(identifier=NODE))
        assert of(Notify, bench.seen(STRANGE_MAC)) != []

    def test_is_not_told_of_again_after_another_was_configured(self) -> None:
        bench = Bench()
        bench.seen(STRANGE_MAC)
        bench.configure(ROUTER)
        assert bench.seen(STRANGE_MAC) == []

    def test_is_told_of_after_a_commit_where_the_memory_was_full(self) -> None:
        bench = Bench()
        for number in range(UNKNOWN_NODES_TOLD):
            bench.seen(LinkLayerAddress(number.to_bytes(6, "big")))
        bench.configure(ROUTER)
        assert of(Notify, bench.seen(STRANGE_MAC)) != []

    def test_that_is_disabled_is_counted_and_not_served(self) -> None:
        bench = Bench(replace(ROUTER, enabled=False))
        assert bench.seen() == []
        assert bench.dropped() == {"node-disabled": 1}

    def test_whose_profile_is_missing_is_counted_and_not_served(self) -> None:
        bench = Bench(replace(ROUTER, policy_profile="nowhere"))
        assert bench.seen() == []
        assert bench.dropped() == {"no-policy-profile": 1}


class TestAbsentNode:
    @pytest.mark.rfc("5213 §6.5")
    def test_first_sign_attaches_it(self) -> None:
        bench = Bench()
        assert len(of(SendMessage, bench.seen())) == 1
        attached = bench.mag.attached_nodes[NODE]
        assert (attached.link, attached.link_local_address) == ("access0", ADDRESS)
        assert bench.mag.statistics.attachments == 1

    def test_sign_that_nobody_asked_for_is_ignored(self) -> None:
        bench = Bench(
            replace(ROLE, access_links=(replace(LINK, attach_sources=(AttachSource.DHCPV6,)),))
        )
        assert bench.seen() == []
        assert bench.dropped() == {"source-not-in-use": 1}

    def test_sign_on_a_link_that_is_not_open_is_ignored(self) -> None:
        assert Bench().seen(link="access9") == []

    def test_address_that_is_not_link_local_is_not_learned(self) -> None:
        bench = Bench()
        bench.seen(address=HNP[1])
        assert bench.mag.attached_nodes[NODE].link_local_address is None

    def test_loss_of_it_means_nothing(self) -> None:
        assert Bench().lost() == []

    def test_link_that_comes_up_says_nothing_of_nodes(self) -> None:
        assert Bench().handle(AccessLinkUp(link="access0")) == []


class TestAttachedNode:
    def test_further_signs_send_nothing(self) -> None:
        bench = Bench()
        bench.seen()
        bench.at_ms += 10
        assert bench.seen(source=AttachSource.NEIGHBOUR_SOLICITATION) == []
        attached = bench.mag.attached_nodes[NODE]
        assert attached.last_source is AttachSource.NEIGHBOUR_SOLICITATION
        assert attached.last_seen_utc_us - attached.attached_utc_us == 10_000

    def test_sign_registers_it_where_that_was_not_possible_before(self) -> None:
        bench = Bench(replace(ROUTER, local_mobility_anchor=None))
        bench.seen()
        bench.configuration.take(ROUTER)
        assert len(of(SendMessage, bench.seen())) == 1

    @pytest.mark.rfc("5213 §6.9.1.4")
    def test_loss_deregisters_it(self) -> None:
        bench = registered()
        (sent,) = of(SendMessage, bench.lost())
        assert sent.message == bench.pbu
        assert bench.pbu.lifetime_s == 0
        assert bench.mag.attached_nodes == {}
        assert bench.mag.statistics.detachments == 1

    def test_loss_on_another_link_means_nothing(self) -> None:
        bench = registered()
        assert bench.lost(link="access1") == []
        assert NODE in bench.mag.attached_nodes

    def test_loss_by_a_sign_that_nobody_asked_for_means_nothing(self) -> None:
        links = (replace(LINK, attach_sources=(AttachSource.MULTICAST_LISTENER_REPORT,)),)
        bench = registered(replace(ROLE, access_links=links))
        lost = NodeLost(
            link="access0", link_layer_address=MAC, source=AttachSource.NEIGHBOUR_UNREACHABLE
        )
        assert bench.handle(lost) == []

    def test_link_down_loses_all_nodes_of_this_link_only(self) -> None:
        bench = registered()
        bench.seen(OTHER_MAC, link="access1")
        bench.at_ms += SHORTEST_VISIT_MS
        bench.handle(AccessLinkDown(link="access0"))
        assert set(bench.mag.attached_nodes) == {OTHER_NODE}
        assert bench.pbu.mobile_node_identifier == NODE
        assert bench.handle(AccessLinkDown(link="access0")) == []


class TestNodeThatMovesWithinTheMag:
    @pytest.mark.rfc("5213 §6.7")
    def test_is_forwarded_on_the_new_link_at_once(self) -> None:
        bench = registered()
        effects = bench.seen(link="access1")
        new = InstallUplinkRoute(prefix=HNP, link="access1", tunnel=TUNNEL)
        old = RemoveUplinkRoute(prefix=HNP, link="access0", tunnel=TUNNEL)
        assert new in effects
        assert old in effects
        assert of(SendRouterAdvertisement, effects)[0].link == "access1"

    @pytest.mark.rfc("5213 §6.9.1.1")
    def test_is_registered_with_its_new_access_technology_and_an_unknown_handoff(self) -> None:
        bench = registered()
        bench.seen(link="access1")
        assert bench.pbu.handoff_indicator == HandoffIndicator.HANDOFF_STATE_UNKNOWN
        assert bench.pbu.access_technology_type == AccessTechnologyType.IEEE_802_3
        assert bench.pbu.home_network_prefixes == (HNP,)
        assert bench.state() is RegistrationState.REFRESHING

    def test_before_the_answer_is_registered_anew(self) -> None:
        bench = Bench()
        bench.seen()
        bench.seen(link="access1")
        assert bench.entry.link == OTHER_LINK.interface
        assert bench.state() is RegistrationState.REGISTERING

    def test_late_loss_from_the_old_link_means_nothing(self) -> None:
        bench = registered()
        bench.seen(link="access1")
        assert bench.lost(link="access0") == []

    def test_goes_with_its_new_link(self) -> None:
        bench = registered()
        bench.seen(link="access1")
        assert bench.handle(AccessLinkDown(link="access0")) == []
        assert bench.handle(AccessLinkDown(link="access1")) != []

    @pytest.mark.rfc("6275 §11.8")
    def test_does_not_move_for_each_frame_where_its_address_is_on_two_links(self) -> None:
        bench = registered()
        for step in range(20):
            bench.seen(link=("access1", "access0")[step % 2])
            bench.at_ms += 50
        assert len(bench.sent) <= 1 + 3
        assert bench.dropped()["moved-too-soon"] > 0

    def test_may_come_back_when_it_has_stayed_a_while(self) -> None:
        bench = registered()
        bench.seen(link="access1")
        bench.at_ms += SHORTEST_STAY_MS
        bench.seen(link="access0")
        assert bench.mag.attached_nodes[NODE].link == "access0"


class TestNodeOfWhichNowThisNowThatIsTold:
    def told(self, bench: Bench, *, is_there: bool) -> list[Effect]:
        kind = NodeSeen if is_there else NodeLost
        source = AttachSource.MANAGEMENT
        return bench.handle(kind(link="access0", link_layer_address=MAC, source=source))

    @pytest.mark.rfc("6275 §11.8")
    def test_costs_no_more_updates_than_an_lma_may_get(self) -> None:
        bench = Bench()
        for step in range(100):
            self.told(bench, is_there=step % 2 == 0)
            bench.at_ms += 1
        assert len(bench.sent) == 1

    @pytest.mark.rfc("6275 §11.8")
    def test_costs_no_more_than_three_updates_a_second_for_ever(self) -> None:
        bench = Bench()
        for _ in range(10):
            self.told(bench, is_there=True)
            (hold,) = of(StartTimer, self.told(bench, is_there=False))
            bench.accepted()
            bench.expire(TimerKind.DETACH_HOLD, after_ms=hold.after_ms)
            bench.receive(bench.answer())
        assert len(bench.sent) == 20
        assert (bench.at_ms - 1_000) * 3 >= 20 * 1_000

    def test_is_held_until_it_has_stayed_a_while(self) -> None:
        bench = Bench()
        self.told(bench, is_there=True)
        bench.at_ms += 100
        (start,) = self.told(bench, is_there=False)
        assert isinstance(start, StartTimer)
        assert (start.timer.kind, start.after_ms) == (
            TimerKind.DETACH_HOLD,
            SHORTEST_VISIT_MS - 100,
        )
        bench.expire(TimerKind.DETACH_HOLD, after_ms=start.after_ms)
        assert bench.mag.attached_nodes == {}

    def test_is_held_no_shorter_than_is_configured(self) -> None:
        bench = Bench(HOLDING)
        self.told(bench, is_there=True)
        (start,) = self.told(bench, is_there=False)
        assert isinstance(start, StartTimer)
        assert start.after_ms == HOLDING.detach_hold_ms

    def test_that_has_stayed_a_while_is_gone_at_once(self) -> None:
        bench = registered()
        bench.at_ms += SHORTEST_VISIT_MS
        self.told(bench, is_there=False)
        assert bench.mag.attached_nodes == {}


class TestHeldNode:
    def test_loss_starts_the_hold_and_nothing_else(self) -> None:
        bench = registered(HOLDING)
        (start,) = bench.lost()
        assert isinstance(start, StartTimer)
        assert (start.timer.kind, start.after_ms) == (TimerKind.DETACH_HOLD, 3_000)
        assert bench.lost() == []

    def test_sign_of_life_ends_the_hold(self) -> None:
        bench = registered(HOLDING)
        bench.lost()
        (stop,) = bench.seen()
        assert isinstance(stop, StopTimer)
        assert bench.state() is RegistrationState.REGISTERED

    def test_end_of_the_hold_deregisters(self) -> None:
        bench = registered(HOLDING)
        bench.lost()
        bench.expire(TimerKind.DETACH_HOLD, after_ms=3_000)
        assert bench.pbu.lifetime_s == 0

    @pytest.mark.rfc("5213 §6.13")
    def test_is_not_renewed_until_it_is_back(self) -> None:
        bench = registered(HOLDING)
        bench.lost()
        (again,) = bench.expire(TimerKind.REFRESH)
        assert isinstance(again, StartTimer)
        assert (again.timer.kind, again.after_ms) == (TimerKind.REFRESH, 3_000)

    @pytest.mark.rfc("5213 §6.9.4")
    def test_unanswered_request_is_not_sent_again_until_it_is_back(self) -> None:
        bench = Bench(HOLDING)
        bench.seen()
        bench.lost()
        (again,) = bench.expire(TimerKind.RETRANSMIT)
        assert isinstance(again, StartTimer)
        assert len(bench.sent) == 1

    def test_whose_binding_runs_out_is_forgotten_and_registered_when_it_is_back(self) -> None:
        bench = registered(HOLDING)
        bench.lost()
        bench.expire(TimerKind.REGISTRATION_LIFETIME)
        assert bench.mag.binding_update_list == {}
        bench.seen()
        assert bench.state() is RegistrationState.REGISTERING


class TestLinkLocalAddress:
    def test_that_becomes_known_completes_the_way_to_the_mobile_network(self) -> None:
        bench = Bench()
        bench.seen(address=None)
        effects = bench.accepted()
        assert [each.prefix for each in of(InstallAccessRoute, effects)] == [HNP]
        (route,) = bench.seen()
        assert isinstance(route, InstallAccessRoute)
        assert route.next_hop == ADDRESS
