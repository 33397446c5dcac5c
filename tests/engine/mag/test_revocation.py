"""Revocations by a MAG, and of its bindings: what the folders do not show."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any

import pytest

from nf.codec.dhcpv6_messages import DhcpMessageType, DhcpStatusCode
from nf.codec.messages import (
    BindingError,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    SequenceNumber,
    UpdateNotification,
    UpdateNotificationAcknowledgement,
)
from nf.codec.registry import RevocationStatus, RevocationTrigger, UpdateNotificationStatus
from nf.engine.configuration import HeartbeatConfiguration, MagRemoved
from nf.engine.effects import Effect, SendDhcpMessage, SendMessage, SendRouterAdvertisement
from nf.engine.errors import InvariantBroken
from nf.engine.events import PeerRevocationRequested, TimerExpired
from nf.engine.kernel_effects import RemoveTunnel
from nf.engine.mag.records import RegistrationState
from nf.engine.values import Role, Timer, TimerKind
from tests.engine.mag.bench import (
    HNP,
    LMA,
    MNP,
    NODE,
    OTHER_LMA,
    PROFILE,
    ROLE,
    ROUTER,
    SERVER,
    TUNNEL,
    Bench,
    advertisement_in,
    codes,
    ia_pd,
    message,
    of,
    registered,
    reply_in,
    solicit,
    waiting,
)

_STATE = RegistrationState


def indication(
    trigger: int = RevocationTrigger.ADMINISTRATIVE_REASON,
    **fields: Any,  # noqa: ANN401
) -> BindingRevocationIndication:
    named = BindingRevocationIndication(
        trigger=trigger,
        sequence_number=SequenceNumber(77),
        mobile_node_identifier=NODE,
        home_network_prefixes=(HNP,),
    )
    return replace(named, **fields)


def status_in(effects: list[Effect]) -> int:
    messages = [each.message for each in of(SendMessage, effects)]
    (answer,) = [each for each in messages if isinstance(each, BindingRevocationAcknowledgement)]
    return answer.status


def revoked() -> Bench:
    bench = registered()
    assert status_in(bench.receive(indication())) == RevocationStatus.SUCCESS
    return bench


def revoke_all(bench: Bench, lma: IPv6Address = LMA) -> list[Effect]:
    return bench.handle(PeerRevocationRequested(role=Role.MAG, peer=lma))


def number_in(effects: list[Effect]) -> SequenceNumber:
    (sent,) = of(SendMessage, effects)
    assert isinstance(sent.message, BindingRevocationIndication)
    return sent.message.sequence_number


def acknowledge(bench: Bench, number: SequenceNumber, status: int = 0) -> list[Effect]:
    answer = BindingRevocationAcknowledgement(status=status, sequence_number=number)
    return bench.receive(answer)


@pytest.mark.rfc("5846 §9.1")
class TestRevokedNode:
    def test_has_neither_route_nor_timer_nor_prefix(self) -> None:
        bench = revoked()
        assert bench.state() is _STATE.REVOKED
        assert not bench.mag.gateway.forwarding
        assert not bench.mag.gateway.tunnel_users
        assert bench.mag.gateway.timers.running() == frozenset()
        assert (bench.entry.home_network_prefixes, bench.entry.mobile_network_prefixes) == ((), ())

    def test_is_told_that_router_and_prefix_are_no_more(self) -> None:
        told = advertisement_in(registered().receive(indication())).advertisement
        assert told.router_lifetime_s == 0
        assert [(each.prefix, each.valid_lifetime_s) for each in told.prefixes] == [(HNP, 0)]

    def test_gets_its_lease_taken_back_when_it_renews(self) -> None:
        renewal = message(DhcpMessageType.RENEW, ia_pd(MNP, lifetime_s=400), server=SERVER)
        (ia,) = reply_in(revoked().dhcp(renewal)).ia_pds
        assert [(each.prefix, each.valid_lifetime_s) for each in ia.prefixes] == [(MNP, 0)]

    def test_is_answered_that_it_gets_no_prefix(self) -> None:
        assert codes(reply_in(revoked().dhcp(solicit()))) == [DhcpStatusCode.NO_PREFIX_AVAIL]

    def test_is_not_registered_by_any_sign_of_life(self) -> None:
        bench = revoked()
        before = len(bench.sent)
        for _ in range(3):
            bench.seen()
            bench.solicit_router()
            bench.dhcp(solicit())
        assert len(bench.sent) == before

    def test_is_registered_where_it_attaches_next_also_at_this_mag(self) -> None:
        bench = revoked()
        bench.at_ms += 1_000
        bench.seen(link="access1")
        assert bench.state() is _STATE.REGISTERING

    def test_that_was_held_is_gone_with_the_hold_and_not_deregistered(self) -> None:
        bench = registered(replace(ROLE, detach_hold_ms=3_000))
        bench.lost()
        bench.receive(indication())
        before = len(bench.sent)
        bench.expire(TimerKind.DETACH_HOLD, after_ms=3_000)
        assert (bench.mag.binding_update_list, len(bench.sent)) == ({}, before)

    def test_is_not_registered_anew_because_its_lma_asks(self) -> None:
        asked = UpdateNotification(
            sequence_number=SequenceNumber(5), reason=1, mobile_node_identifier=NODE
        )
        (sent,) = of(SendMessage, revoked().receive(asked))
        assert isinstance(sent.message, UpdateNotificationAcknowledgement)
        refused = UpdateNotificationStatus.FAILED_TO_UPDATE_SESSION_PARAMETERS
        assert sent.message.status == refused

    def test_is_watched_for_no_more_at_its_lma(self) -> None:
        bench = registered(replace(ROLE, heartbeat=HeartbeatConfiguration()))
        assert LMA in bench.mag.gateway.watch.rhythms
        bench.receive(indication())
        assert LMA not in bench.mag.gateway.watch.rhythms


@pytest.mark.rfc("5846 §9.1", "5846 §6.2")
class TestIndication:
    def test_of_a_registration_without_an_answer_finds_no_binding(self) -> None:
        bench = waiting()
        assert status_in(bench.receive(indication())) == RevocationStatus.BINDING_DOES_NOT_EXIST
        assert bench.state() is _STATE.REGISTERING

    def test_of_a_refused_registration_finds_no_binding(self) -> None:
        bench = waiting()
        bench.refused(128)
        assert status_in(bench.receive(indication())) == RevocationStatus.BINDING_DOES_NOT_EXIST

    def test_that_meets_a_dhcpv6_message_which_waits_has_it_answered(self) -> None:
        bench = waiting()
        bench.accepted(mnps=())
        bench.at_ms += 2_000
        bench.dhcp(solicit())
        assert NODE in bench.mag.gateway.waiting_messages
        (reply,) = of(SendDhcpMessage, bench.receive(indication()))
        assert codes(reply.message) == [DhcpStatusCode.NO_PREFIX_AVAIL]

    def test_of_an_lma_that_no_configuration_names_is_heard_again_after_a_lost_answer(self) -> None:
        bench = registered()
        bench.configuration.named_anchors.clear()
        statuses = [status_in(bench.receive(indication())) for _ in range(2)]
        assert statuses == [RevocationStatus.SUCCESS, RevocationStatus.BINDING_DOES_NOT_EXIST]

    def test_of_another_lma_ends_nothing(self) -> None:
        bench = registered(replace(ROUTER, local_mobility_anchor=LMA))
        bench.configuration.named_anchors[OTHER_LMA] += 1
        status = status_in(bench.receive(indication(), source=OTHER_LMA))
        assert status == RevocationStatus.BINDING_DOES_NOT_EXIST

    @pytest.mark.parametrize(
        "trigger",
        [
            RevocationTrigger.INTER_MAG_HANDOVER_SAME_ACCESS_TYPE,
            RevocationTrigger.INTER_MAG_HANDOVER_DIFFERENT_ACCESS_TYPE,
            RevocationTrigger.INTER_MAG_HANDOVER_UNKNOWN,
        ],
    )
    def test_of_a_handover_ends_the_binding_of_a_node_that_has_gone(self, trigger: int) -> None:
        bench = registered()
        bench.lost()
        assert status_in(bench.receive(indication(trigger))) == RevocationStatus.SUCCESS
        assert bench.mag.binding_update_list == {}

    def test_of_what_may_be_out_of_step_registers_no_node_that_is_merely_held(self) -> None:
        bench = registered(replace(ROLE, detach_hold_ms=3_000))
        bench.lost()
        before = len(bench.sent)
        bench.receive(indication(RevocationTrigger.POSSIBLE_OUT_OF_SYNC_BCE_STATE))
        assert (bench.state(), len(bench.sent)) == (_STATE.REVOKED, before)

    def test_is_not_heard_while_the_role_is_off(self) -> None:
        bench = registered()
        bench.configure(MagRemoved())
        assert bench.receive(indication()) == []
        assert bench.dropped() == {"not-our-address": 1}


@pytest.mark.rfc("5846 §9.2")
class TestAllBindingsWithAnLma:
    def test_are_asked_for_though_there_is_none(self) -> None:
        bench = Bench()
        assert acknowledge(bench, number_in(revoke_all(bench)))[1:] == []

    def test_are_served_until_the_answer(self) -> None:
        bench = registered()
        number = number_in(revoke_all(bench))
        assert bench.state() is _STATE.REGISTERED
        effects = acknowledge(bench, number)
        assert of(RemoveTunnel, effects) == [RemoveTunnel(tunnel=TUNNEL)]
        assert len(of(SendRouterAdvertisement, effects)) == 1
        assert bench.state() is _STATE.REVOKED

    def test_spare_a_node_that_is_being_registered(self) -> None:
        bench = waiting()
        acknowledge(bench, number_in(revoke_all(bench)))
        assert bench.state() is _STATE.REGISTERING

    def test_end_where_a_node_leaves_meanwhile(self) -> None:
        bench = registered()
        number = number_in(revoke_all(bench))
        bench.lost()
        acknowledge(bench, number)
        assert bench.mag.binding_update_list == {}

    def test_are_deregistered_of_a_node_that_left_meanwhile_no_second_time(self) -> None:
        bench = registered()
        number = number_in(revoke_all(bench))
        bench.lost()
        before = len(bench.sent)
        acknowledge(bench, number, RevocationStatus.GLOBAL_REVOCATION_NOT_AUTHORIZED)
        assert len(bench.sent) == before

    def test_accepted_later_than_the_question_are_deregistered_too(self) -> None:
        bench = registered()
        number = number_in(revoke_all(bench))
        bench.at_ms += 100
        bench.expire(TimerKind.REFRESH)
        bench.accepted()
        acknowledge(bench, number)
        assert (bench.state(), bench.pbu.lifetime_s) == (_STATE.REVOKED, 0)

    def test_that_an_lma_forbade_once_are_deregistered_without_a_question(self) -> None:
        bench = registered()
        number = number_in(revoke_all(bench))
        acknowledge(bench, number, RevocationStatus.GLOBAL_REVOCATION_NOT_AUTHORIZED)
        bench.configuration.take(ROUTER)
        bench.lost()
        bench.seen()
        bench.accepted()
        (sent,) = of(SendMessage, revoke_all(bench))
        assert (sent.message, bench.pbu.lifetime_s) == (bench.pbu, 0)

    def test_are_no_matter_while_the_role_is_off(self) -> None:
        bench = registered()
        bench.configure(MagRemoved())
        assert revoke_all(bench) == []

    def test_cannot_be_settled_by_a_role_that_is_off(self) -> None:
        with pytest.raises(InvariantBroken):
            _ = Bench(MagRemoved()).mag.gateway.active_role

    def test_have_no_timer_that_means_anything_once_the_role_is_off(self) -> None:
        bench = registered()
        number = number_in(revoke_all(bench))
        bench.configure(MagRemoved())
        kind = TimerKind.GATEWAY_REVOCATION_RETRANSMIT
        assert bench.handle(TimerExpired(timer=Timer(kind=kind, key=str(number)))) == []


@pytest.mark.rfc("5846 §6.2")
class TestBindingError:
    def test_is_about_a_heartbeat_of_which_nobody_knows_yet(self) -> None:
        bench = registered(replace(ROLE, heartbeat=HeartbeatConfiguration()))
        revoke_all(bench)
        bench.receive(BindingError(status=2))
        assert bench.state() is _STATE.REGISTERED
        bench.receive(BindingError(status=2))
        assert bench.state() is _STATE.REVOKED

    def test_of_another_kind_says_nothing(self) -> None:
        bench = registered(PROFILE)
        revoke_all(bench)
        bench.receive(BindingError(status=1))
        assert bench.state() is _STATE.REGISTERED
        assert bench.dropped() == {"binding-error": 1}
