"""After a restart a MAG goes on with the nodes that it had; it asks each whether it is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.dhcpv6_messages import INFINITY, DhcpMessageType
from nf.engine.configuration import (
    DomainConfiguration,
    MobileNodeRemoved,
)
from nf.engine.effects import (
    SendDhcpMessage,
    SendMessage,
    SendRouterAdvertisement,
    StartTimer,
)
from nf.engine.events import AttachmentRestored, NodeLost, Started
from nf.engine.kernel_effects import InstallAccessRoute, InstallUplinkRoute
from nf.engine.mag import restoration
from nf.engine.mag.presence import ANSWER_TIME_MS
from nf.engine.mag.records import RegistrationState
from nf.engine.store_effects import ForgetAttachment
from nf.engine.values import AttachSource, TimerKind
from tests.engine.mag.bench import (
    ADDRESS,
    HNP,
    LINK,
    MAC,
    MAG,
    MNP,
    NODE,
    OTHER_LINK,
    OTHER_LMA,
    OTHER_MAC,
    OTHER_MNP,
    OTHER_NODE,
    OTHER_ROUTER,
    PROFILE,
    ROLE,
    ROUTER,
    SERVER,
    TUNNEL,
    Bench,
    ia_pd,
    message,
    of,
    registered,
    reply_in,
)
from tests.engine.mag.relay.bench import KEA_DUID, RELAYING, delegated
from tests.engine.mag.restarting import DOWN_MS, HOLDING, Restarted, leased, stored


class TestSilentRouter:
    @pytest.mark.rfc("5213 §6.10.5")
    def test_is_forwarded_for_at_once_and_in_both_directions(self) -> None:
        restarted = Restarted(leased())
        uplink = [
            InstallUplinkRoute(prefix=prefix, link="access0", tunnel=TUNNEL)
            for prefix in (HNP, MNP)
        ]
        assert of(InstallUplinkRoute, restarted.effects) == uplink
        access = of(InstallAccessRoute, restarted.effects)
        assert InstallAccessRoute(prefix=MNP, link="access0", next_hop=ADDRESS) in access

    def test_is_advertised_to_at_once(self) -> None:
        (sent,) = of(SendRouterAdvertisement, Restarted(leased()).effects)
        assert sent.link_layer_destination == MAC
        assert sent.advertisement.router_lifetime_s > 0

    @pytest.mark.rfc("5213 §6.13")
    def test_is_not_said_to_be_there_before_it_has_shown_itself(self) -> None:
        restarted = Restarted(leased())
        assert restarted.bench.sent == []
        restarted.bench.seen()
        assert restarted.bench.pbu.mobile_network_prefixes[0].prefix == MNP
        assert restarted.bench.state() is RegistrationState.REFRESHING

    def test_answers_a_question_by_whatever_sign(self) -> None:
        deaf = replace(ROLE, access_links=(replace(LINK, attach_sources=()), OTHER_LINK))
        restarted = Restarted(leased(), deaf)
        restarted.bench.expire(TimerKind.PRESENCE_PROBE, after_ms=ANSWER_TIME_MS)
        restarted.bench.seen(source=AttachSource.NEIGHBOUR_SOLICITATION)
        assert restarted.bench.state() is RegistrationState.REFRESHING

    @pytest.mark.rfc("8415 §18.3.4")
    def test_renews_its_lease_without_waiting_for_anybody(self) -> None:
        restarted = Restarted(leased())
        effects = restarted.bench.dhcp(message(DhcpMessageType.RENEW, ia_pd(MNP), server=SERVER))
        (ia,) = reply_in(effects).ia_pds
        assert [each.prefix for each in ia.prefixes] == [MNP]
        assert ia.prefixes[0].valid_lifetime_s > 0

    @pytest.mark.rfc("8415 §18.3.11")
    def test_is_told_of_a_prefix_that_it_loses_if_it_had_agreed_to_that(self) -> None:
        domain = DomainConfiguration(reconfigure_secret_file="/etc/pmip6/reconfigure")
        request = message(DhcpMessageType.REQUEST, ia_pd(MNP), server=SERVER)
        before = registered(domain)
        before.dhcp(replace(request, reconfigure_accept=True))
        bench = Restarted(before, domain).bench
        bench.seen()
        sent = of(SendDhcpMessage, bench.accepted(mnps=(OTHER_MNP,)))
        assert [each.message.message_type for each in sent] == [DhcpMessageType.RECONFIGURE]


class TestNodeThatShowsItselfBeforeTheStart:
    def test_is_registered_anew_where_it_is_now(self) -> None:
        before = leased()
        bench = Bench(start=False)
        bench.at_ms = before.at_ms + DOWN_MS
        for attachment in stored(before).values():
            bench.handle(AttachmentRestored(attachment=attachment))
        bench.seen(link="access1")
        bench.handle(Started())
        assert bench.state() is RegistrationState.REGISTERING
        assert bench.entry.link == "access1"
        assert bench.mag.gateway.nodes_on_link == {"access1": {NODE: None}}


class TestNodeThatIsNotThereAnyMore:
    @pytest.mark.rfc("5213 §6.13", "5213 §6.9.1.4")
    def test_is_asked_and_then_de_registered_with_what_it_had(self) -> None:
        restarted = Restarted(leased())
        restarted.let_nobody_answer()
        assert restarted.bench.pbu.lifetime_s == 0
        assert restarted.bench.pbu.home_network_prefixes == (HNP,)
        assert restarted.bench.mag.attached_nodes == {}

    def test_is_not_registered_where_it_had_not_been_either(self) -> None:
        before = Bench()
        before.seen()
        restarted = Restarted(before)
        restarted.let_nobody_answer()
        assert restarted.bench.sent == []
        assert restarted.bench.mag.binding_update_list == {}

    def test_is_noticed_by_its_link_too(self) -> None:
        restarted = Restarted(leased())
        restarted.bench.lost()
        assert restarted.bench.pbu.lifetime_s == 0

    def test_had_left_before_and_its_lma_is_told_again(self) -> None:
        before = registered()
        before.lost()
        restarted = Restarted(before)
        assert restarted.bench.pbu.lifetime_s == 0
        assert restarted.bench.pbu.home_network_prefixes == (HNP,)
        assert of(SendRouterAdvertisement, restarted.effects) == []

    def test_is_served_again_when_it_comes_back(self) -> None:
        restarted = Restarted(leased())
        restarted.let_nobody_answer()
        restarted.bench.receive(restarted.bench.answer())
        restarted.bench.seen()
        restarted.bench.accepted()
        assert restarted.bench.state() is RegistrationState.REGISTERED


class TestNodeThatWasNotRegisteredYet:
    def test_is_registered_when_it_shows_itself(self) -> None:
        before = Bench()
        before.seen()
        restarted = Restarted(before)
        assert restarted.bench.sent == []
        restarted.bench.seen()
        assert restarted.bench.state() is RegistrationState.REGISTERING
        restarted.bench.accepted()
        assert restarted.bench.state() is RegistrationState.REGISTERED


class TestHeldNode:
    def held(self) -> Bench:
        bench = leased(HOLDING)
        bench.lost()
        return bench

    def hold_of(self, restarted: Restarted) -> int:
        (hold,) = (
            each
            for each in of(StartTimer, restarted.effects)
            if each.timer.kind is TimerKind.DETACH_HOLD
        )
        return hold.after_ms

    def test_is_held_for_what_is_left(self) -> None:
        assert self.hold_of(Restarted(self.held(), HOLDING)) == 5_000 - DOWN_MS

    def test_is_let_go_at_once_where_nothing_is_left(self) -> None:
        restarted = Restarted(self.held(), HOLDING, down_ms=5_000)
        assert restarted.bench.pbu.lifetime_s == 0

    def test_is_not_held_longer_where_the_clock_was_set_back(self) -> None:
        before = self.held()
        restarted = Restarted(before, HOLDING, down_ms=-3_600_000)
        assert self.hold_of(restarted) == 5_000

    def test_comes_back(self) -> None:
        restarted = Restarted(self.held(), HOLDING)
        restarted.bench.seen()
        assert not restarted.bench.is_running(TimerKind.DETACH_HOLD)
        assert stored(restarted.bench)[NODE].held_until_utc_us is None

    def test_is_asked_nothing_meanwhile(self) -> None:
        assert not Restarted(self.held(), HOLDING).bench.is_running(TimerKind.PRESENCE_PROBE)


class TestLeaseThatEndedMeanwhile:
    @pytest.mark.rfc("8415 §18.2.10.1")
    def test_is_taken_back_when_its_router_is_there(self) -> None:
        restarted = Restarted(leased(lifetime_s=40), down_ms=41_000)
        restarted.bench.expire(TimerKind.DELEGATION_LIFETIME, after_ms=1)
        restarted.bench.seen()
        assert restarted.bench.entry.mobile_network_prefixes == ()
        assert restarted.bench.pbu.mobile_network_prefixes == ()

    def test_goes_with_a_router_that_is_gone(self) -> None:
        restarted = Restarted(leased(lifetime_s=40), down_ms=41_000)
        restarted.bench.expire(TimerKind.DELEGATION_LIFETIME, after_ms=1)
        restarted.let_nobody_answer()
        assert restarted.bench.pbu.lifetime_s == 0

    def test_lasts_as_long_as_was_said(self) -> None:
        restarted = Restarted(leased(lifetime_s=40))
        (timer,) = (
            each
            for each in of(StartTimer, restarted.effects)
            if each.timer.kind is TimerKind.DELEGATION_LIFETIME
        )
        assert timer.after_ms == 40_000 - DOWN_MS

    def test_that_was_given_back_is_not_there_again(self) -> None:
        before = leased()
        before.dhcp(message(DhcpMessageType.RELEASE, ia_pd(MNP), server=SERVER))
        before.accepted(mnps=())
        restarted = Restarted(before)
        assert restarted.bench.entry.mobile_network_prefixes == ()
        assert NODE in restarted.bench.mag.gateway.released


class TestConfigurationThatIsAnotherNow:
    def test_without_the_node_has_it_de_registered(self) -> None:
        restarted = Restarted(leased(), MobileNodeRemoved(identifier=NODE))
        assert restarted.bench.pbu.lifetime_s == 0
        assert restarted.bench.mag.attached_nodes == {}

    def test_without_its_link_has_it_de_registered(self) -> None:
        restarted = Restarted(leased(), replace(ROLE, access_links=(OTHER_LINK,)))
        assert restarted.bench.pbu.lifetime_s == 0
        assert restarted.bench.mag.attached_nodes == {}
        restarted.bench.receive(restarted.bench.answer())
        assert restarted.bench.mag.binding_update_list == {}

    def test_with_another_address_of_ours_leaves_the_binding_to_its_lifetime(self) -> None:
        there = replace(ROLE, proxy_care_of_address=MAG + 1)
        restarted = Restarted(leased(), there)
        assert restarted.bench.sent == []
        restarted.bench.seen()
        assert restarted.bench.state() is RegistrationState.REGISTERING

    def test_with_another_lma_parts_with_the_old_one(self) -> None:
        moved = replace(ROUTER, local_mobility_anchor=OTHER_LMA)
        restarted = Restarted(leased(), moved)
        assert [each.lifetime_s for each in restarted.bench.sent] == [0]
        effects = restarted.bench.seen()
        assert of(SendMessage, effects)[0].destination == OTHER_LMA

    @pytest.mark.rfc("5213 §6.13")
    def test_that_makes_a_host_of_it_waits_for_it_to_show_itself(self) -> None:
        restarted = Restarted(leased(), replace(PROFILE, network_mobility=False))
        assert [each.lifetime_s for each in restarted.bench.sent] == [0]
        restarted.bench.seen()
        assert not restarted.bench.pbu.mobile_router
        assert restarted.bench.pbu.lifetime_s > 0

    @pytest.mark.rfc("5213 §6.13")
    def test_that_could_make_a_router_of_it_says_nothing_yet(self) -> None:
        before = Bench(replace(PROFILE, network_mobility=False))
        before.seen()
        before.accepted(mnps=())
        restarted = Restarted(before)
        assert restarted.bench.sent == []

    def test_with_its_address_at_another_node_has_it_de_registered(self) -> None:
        taken = replace(OTHER_ROUTER, link_layer_identifiers=(MAC,))
        restarted = Restarted(leased(), replace(ROUTER, link_layer_identifiers=()), taken)
        assert [each.lifetime_s for each in restarted.bench.sent] == [0]
        assert restarted.bench.mag.attached_nodes == {}

    def test_without_the_role_forgets_all(self) -> None:
        bench = Restarted(leased(), replace(ROLE, enabled=False)).bench
        assert bench.kept == [ForgetAttachment(mobile_node_identifier=NODE)]
        assert bench.mag.attached_nodes == {}


class TestManyNodes:
    def test_are_asked_some_after_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(restoration, "BATCH", 1)
        before = leased()
        before.seen(OTHER_MAC)
        restarted = Restarted(before)
        waits = {
            each.timer.key: each.after_ms
            for each in of(StartTimer, restarted.effects)
            if each.timer.kind is TimerKind.PRESENCE_PROBE
        }
        assert waits == {
            NODE: ANSWER_TIME_MS,
            OTHER_NODE: ANSWER_TIME_MS + restoration.PAUSE_MS,
        }

    def test_that_answered_already_are_asked_nothing(self) -> None:
        restarted = Restarted(leased())
        restarted.bench.seen()
        assert not restarted.bench.is_running(TimerKind.PRESENCE_PROBE)

    def test_survive_restart_after_restart(self) -> None:
        before = leased()
        once = Restarted(before)
        assert once.bench.kept == []
        again = Bench(start=False)
        again.at_ms = once.bench.at_ms + DOWN_MS
        for attachment in once.bench.mag.gateway.stored.values():
            again.handle(AttachmentRestored(attachment=attachment))
        again.handle(Started())
        again.seen()
        lost = NodeLost(
            link="access0",
            link_layer_address=MAC,
            source=AttachSource.NEIGHBOUR_UNREACHABLE,
        )
        assert of(StartTimer, again.handle(lost))[0].timer.kind is TimerKind.DETACH_HOLD


class TestLeaseFromElsewhere:
    @pytest.mark.rfc("8987 §4.3")
    @pytest.mark.parametrize("lifetime_s", [300, INFINITY])
    def test_is_known_with_the_message_that_gives_it_and_after_a_restart(
        self, lifetime_s: int
    ) -> None:
        before = delegated(lifetime_s=lifetime_s)
        (lease,) = stored(before)[NODE].relayed_leases
        assert (lease.prefix, lease.iaid, lease.server_duid) == (MNP, 7, KEA_DUID)
        bench = Restarted(before, RELAYING).bench
        assert bench.mag.gateway.relay.leases == before.mag.gateway.relay.leases

    @pytest.mark.rfc("8987 §4.3")
    def test_ends_when_its_server_said(self) -> None:
        restarted = Restarted(delegated(lifetime_s=300), RELAYING)
        (timer,) = (
            each
            for each in of(StartTimer, restarted.effects)
            if each.timer.kind is TimerKind.DELEGATION_LIFETIME
        )
        assert timer.after_ms == 300_000 - DOWN_MS

    def test_that_ended_meanwhile_is_taken_back(self) -> None:
        bench = Restarted(delegated(lifetime_s=30), RELAYING, down_ms=31_000).bench
        bench.expire(TimerKind.DELEGATION_LIFETIME, after_ms=1)
        bench.seen()
        assert bench.entry.mobile_network_prefixes == ()
        assert bench.mag.gateway.relay.leases == {}

    def test_is_of_no_concern_where_nothing_is_relayed_any_more(self) -> None:
        assert Restarted(delegated()).bench.mag.gateway.relay.leases == {}

    def test_is_forgotten_with_its_node(self) -> None:
        before = delegated()
        before.lost()
        assert stored(before)[NODE].relayed_leases == ()
