"""A registration over time: retransmission, renewal, expiry, end; tunnel and routes with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from nf.codec.messages import SequenceNumber
from nf.engine.effects import Effect, SendMessage, SendRouterAdvertisement, StartTimer, StopTimer
from nf.engine.errors import InvariantBroken
from nf.engine.events import ReregistrationRequested
from nf.engine.kernel_effects import (
    InstallAccessRoute,
    InstallTunnel,
    InstallUplinkRoute,
    RemoveAccessRoute,
    RemoveTunnel,
    RemoveUplinkRoute,
)
from nf.engine.mag import registration, retransmission
from nf.engine.mag.binding_update_list import TRANSITIONS, Cause, move
from nf.engine.mag.records import RegistrationState
from nf.engine.values import Instant, Timer, TimerKind
from tests.engine.mag.bench import (
    ADDRESS,
    HNP,
    LMA,
    MAG,
    MNP,
    NODE,
    OTHER_HNP,
    OTHER_LMA,
    OTHER_MAC,
    OTHER_MNP,
    OTHER_NODE,
    OTHER_ROUTER,
    ROLE,
    TUNNEL,
    Bench,
    advertisement_in,
    of,
    registered,
)


class TestStates:
    @pytest.mark.parametrize(
        ("state", "cause"), list(product(RegistrationState, Cause)), ids=lambda each: each.value
    )
    def test_each_pair_moves_as_the_table_says_or_is_a_bug(
        self, state: RegistrationState, cause: Cause
    ) -> None:
        entry = registered().entry
        entry.state = state
        if (state, cause) in TRANSITIONS:
            move(entry, cause)
            assert entry.state is TRANSITIONS[state, cause]
        else:
            with pytest.raises(InvariantBroken):
                move(entry, cause)
            assert entry.state is state

    def test_every_state_can_be_reached(self) -> None:
        assert set(TRANSITIONS.values()) == set(RegistrationState)

    def test_sending_for_a_role_that_is_off_is_a_bug(self) -> None:
        bench = registered()
        bench.mag.gateway.role = None
        with pytest.raises(InvariantBroken):
            retransmission.delay_ms(bench.mag.gateway, bench.entry, 0)

    def test_sending_again_what_was_never_sent_is_a_bug(self) -> None:
        bench = registered()
        with pytest.raises(InvariantBroken):
            retransmission.send_again(bench.mag.gateway, bench.entry, Instant(0, 0))

    def test_renewing_for_a_node_without_a_profile_is_a_bug(self) -> None:
        bench = registered()
        bench.configuration.policy_profiles.clear()
        with pytest.raises(InvariantBroken):
            registration.missing_prefixes(bench.mag.gateway, bench.entry)


class TestUnansweredRequest:
    @pytest.mark.rfc("5213 §6.9.4")
    def test_is_sent_again_after_1_2_4_8_16_32_32_seconds(self) -> None:
        bench = Bench()
        (timer,) = of(StartTimer, bench.seen())
        delays = [timer.after_ms]
        for _ in range(6):
            (timer,) = of(StartTimer, bench.expire(TimerKind.RETRANSMIT, after_ms=delays[-1]))
            delays.append(timer.after_ms)
        assert delays == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000]
        assert bench.mag.statistics.pbu_sent == 7
        assert bench.mag.statistics.pbu_retransmitted == 6
        assert bench.entry.retransmissions == 6

    @pytest.mark.rfc("5213 §6.9.4")
    def test_is_sent_again_with_a_greater_number_and_the_latest_timestamp(self) -> None:
        bench = Bench()
        bench.seen()
        bench.expire(TimerKind.RETRANSMIT, after_ms=1_000)
        first, second = bench.sent
        assert first.timestamp is not None
        assert second.timestamp is not None
        assert second.timestamp - first.timestamp == 65536
        assert second == replace(
            first, sequence_number=SequenceNumber(2), timestamp=second.timestamp
        )

    def test_timer_that_was_not_started_means_nothing(self) -> None:
        bench = Bench()
        assert bench.expire(TimerKind.RETRANSMIT) == []
        bench.seen()
        assert bench.expire(TimerKind.REFRESH) == []


class TestAcceptedBinding:
    @pytest.mark.rfc("5213 §6.9.1.2")
    def test_gets_its_tunnel_then_its_routes_then_tells_the_node(self) -> None:
        bench = Bench()
        bench.seen()
        link = "access0"
        effects = bench.accepted()
        forwarding: list[Effect] = [
            InstallTunnel(tunnel=TUNNEL),
            InstallUplinkRoute(prefix=HNP, link=link, tunnel=TUNNEL),
            InstallUplinkRoute(prefix=MNP, link=link, tunnel=TUNNEL),
            InstallAccessRoute(prefix=HNP, link=link, next_hop=None),
            InstallAccessRoute(prefix=MNP, link=link, next_hop=ADDRESS),
        ]
        assert [each for each in effects if each in forwarding] == forwarding
        assert effects.index(advertisement_in(effects)) > effects.index(forwarding[-1])

    @pytest.mark.rfc("5213 §5.6.1")
    def test_shares_the_tunnel_with_other_nodes_of_its_lma(self) -> None:
        bench = registered()
        bench.seen(OTHER_MAC)
        effects = bench.accepted(hnps=(OTHER_HNP,), mnps=(OTHER_MNP,))
        assert of(InstallTunnel, effects) == []
        bench.lost()
        assert of(RemoveTunnel, bench.receive(bench.answer())) == []
        bench.lost(OTHER_MAC)
        assert of(RemoveTunnel, bench.receive(bench.answer())) == [RemoveTunnel(tunnel=TUNNEL)]
        assert bench.mag.gateway.tunnel_users == {}

    def test_has_a_tunnel_for_each_lma(self) -> None:
        bench = registered(replace(OTHER_ROUTER, local_mobility_anchor=OTHER_LMA))
        bench.seen(OTHER_MAC)
        answer = bench.answer(hnps=(OTHER_HNP,), mnps=())
        effects = bench.receive(answer, source=OTHER_LMA)
        assert [each.tunnel.remote for each in of(InstallTunnel, effects)] == [OTHER_LMA]

    @pytest.mark.rfc("5213 §6.9.1.3")
    def test_is_renewed_at_half_of_its_granted_lifetime(self) -> None:
        bench = Bench()
        bench.seen()
        starts = {each.timer: each.after_ms for each in of(StartTimer, bench.accepted())}
        assert starts[Timer(kind=TimerKind.REFRESH, key=NODE)] == 200_000
        assert starts[Timer(kind=TimerKind.REGISTRATION_LIFETIME, key=NODE)] == 400_000

    def test_loses_the_routes_of_a_prefix_that_a_renewal_no_longer_grants(self) -> None:
        bench = registered()
        bench.expire(TimerKind.REFRESH)
        effects = bench.accepted(mnps=())
        assert of(RemoveUplinkRoute, effects) == [
            RemoveUplinkRoute(prefix=MNP, link="access0", tunnel=TUNNEL)
        ]
        assert of(RemoveAccessRoute, effects) == [RemoveAccessRoute(prefix=MNP, link="access0")]

    def test_that_is_renewed_unchanged_leaves_the_kernel_alone(self) -> None:
        bench = registered()
        bench.expire(TimerKind.REFRESH)
        effects = bench.accepted()
        assert bench.state() is RegistrationState.REGISTERED
        assert {type(each) for each in effects} == {
            StopTimer,
            StartTimer,
            SendRouterAdvertisement,
        }

    def test_refresh_that_falls_due_while_a_renewal_is_out_sends_nothing(self) -> None:
        bench = registered()
        bench.handle(ReregistrationRequested(mobile_node_identifier=NODE))
        assert bench.expire(TimerKind.REFRESH) == []
        assert len(bench.sent) == 2


class TestExpiredBinding:
    def test_ends_all_service_and_is_asked_for_anew(self) -> None:
        bench = registered()
        bench.expire(TimerKind.REFRESH, after_ms=200_000)
        effects = bench.expire(TimerKind.REGISTRATION_LIFETIME, after_ms=200_000)
        assert of(RemoveTunnel, effects) == [RemoveTunnel(tunnel=TUNNEL)]
        assert advertisement_in(effects).advertisement.router_lifetime_s == 0
        assert bench.state() is RegistrationState.REGISTERING
        assert bench.pbu.handoff_indicator == 4
        assert bench.is_running(TimerKind.RETRANSMIT)


class TestLostNode:
    @pytest.mark.rfc("5213 §6.9.1.4")
    def test_keeps_its_routes_until_the_lma_has_answered(self) -> None:
        bench = registered()
        effects = bench.lost()
        assert of(RemoveUplinkRoute, effects) == []
        effects = bench.receive(bench.answer())
        assert effects[-1] == RemoveTunnel(tunnel=TUNNEL)
        assert {each.prefix for each in of(RemoveUplinkRoute, effects)} == {HNP, MNP}
        assert {each.prefix for each in of(RemoveAccessRoute, effects)} == {HNP, MNP}
        assert bench.mag.binding_update_list == {}
        assert bench.mag.gateway.timers.running() == frozenset()

    @pytest.mark.rfc("5213 §6.9.1.4")
    def test_is_forgotten_after_the_first_timeout_without_an_answer(self) -> None:
        bench = registered()
        effects = bench.lost()
        assert [each.after_ms for each in of(StartTimer, effects)] == [1_000]
        effects = bench.expire(TimerKind.RETRANSMIT, after_ms=1_000)
        assert of(SendMessage, effects) == []
        assert of(RemoveTunnel, effects) == [RemoveTunnel(tunnel=TUNNEL)]
        assert bench.mag.binding_update_list == {}

    def test_has_its_timers_stopped(self) -> None:
        bench = registered()
        stopped = {each.timer.kind for each in of(StopTimer, bench.lost())}
        assert stopped == {
            TimerKind.REFRESH,
            TimerKind.REGISTRATION_LIFETIME,
            TimerKind.ROUTER_ADVERTISEMENT,
        }

    def test_that_was_refused_is_forgotten_without_a_word(self) -> None:
        bench = Bench()
        bench.seen()
        bench.refused(130)
        assert of(SendMessage, bench.lost()) == []
        assert bench.mag.binding_update_list == {}
        assert bench.mag.gateway.timers.running() == frozenset()

    def test_that_returns_in_time_is_registered_anew(self) -> None:
        bench = registered()
        bench.lost()
        effects = bench.seen()
        assert bench.state() is RegistrationState.REGISTERING
        assert of(RemoveTunnel, effects) == [RemoveTunnel(tunnel=TUNNEL)]
        bench.accepted()
        assert bench.state() is RegistrationState.REGISTERED


class TestReregistrationOnRequest:
    def test_renews_a_binding_that_stands(self) -> None:
        bench = registered()
        bench.handle(ReregistrationRequested(mobile_node_identifier=NODE))
        assert bench.pbu.handoff_indicator == 5

    def test_of_an_absent_node_does_nothing(self) -> None:
        assert Bench().handle(ReregistrationRequested(mobile_node_identifier=OTHER_NODE)) == []

    def test_of_a_held_node_does_nothing(self) -> None:
        bench = registered(replace(ROLE, detach_hold_ms=500))
        bench.lost()
        assert bench.handle(ReregistrationRequested(mobile_node_identifier=NODE)) == []


def test_tunnel_ends_are_the_proxy_care_of_address_and_the_lma() -> None:
    assert registered().entry.tunnel.local == MAG
    assert registered().entry.tunnel.remote == LMA
