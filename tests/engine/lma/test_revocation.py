"""Revocations by an LMA, and of one: what the folders do not show."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Network
from typing import Any

import pytest

from nf.codec.messages import (
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    MobileNodeIdentifier,
    SequenceNumber,
)
from nf.codec.mobility import encode_mobility_message
from nf.codec.registry import RevocationStatus, RevocationTrigger
from nf.engine.configuration import MobileNodeRemoved, PolicyProfileRemoved
from nf.engine.effects import Notify, SendMessage
from nf.engine.events import (
    BindingClearRequested,
    BindingReregistrationRequested,
    BindingRestored,
    MessageReceived,
    NodeRevocationRequested,
    PeerRevocationRequested,
    Started,
)
from nf.engine.lma.records import BindingState
from nf.engine.notifications import RevocationRefused, RevocationUnanswered
from nf.engine.store_effects import PersistBinding
from nf.engine.values import BindingId, Role, TimerKind
from tests.engine.lma.bench import (
    CONFIGURATION,
    LMA,
    MAG1,
    MAG2,
    NODE,
    OTHER,
    ROUTER,
    Bench,
    node,
    of,
)
from tests.engine.lma.revoking import answer, bound, indications, revoke, states


@pytest.mark.rfc("5846 §8.1")
class TestRevokedSession:
    def test_that_is_not_there_is_no_matter(self) -> None:
        event = NodeRevocationRequested(mobile_node_identifier=NODE, trigger=1)
        assert revoke(Bench()) == Bench().handle(event) == []

    def test_is_stored_as_what_it_is_until_the_answer(self) -> None:
        (persisted,) = of(PersistBinding, revoke(bound()))
        assert persisted.binding.lifetime_s == 0

    def test_is_not_asked_to_be_registered_anew(self) -> None:
        bench = bound()
        revoke(bench)
        assert bench.handle(BindingReregistrationRequested(binding_id=BindingId(1))) == []

    def test_may_still_be_cleared_and_the_answer_finds_nothing(self) -> None:
        bench = bound()
        (told,) = indications(revoke(bench))
        bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        assert bench.lma.bindings == {}
        assert of(Notify, answer(bench, told.sequence_number)) == []

    def test_that_its_mag_has_begun_anew_is_not_revoked_by_a_copy(self) -> None:
        bench = bound()
        revoke(bench)
        bench.send(MAG1, lifetime_s=0)
        bench.send(MAG1)
        effects = bench.pass_time(10_000)
        assert indications(effects) == []
        assert of(Notify, effects) == []
        assert states(bench) == [BindingState.ACTIVE]
        assert bench.lma.anchor.initiator.sent == {}

    def test_that_its_mag_has_begun_anew_is_not_revoked_when_its_turn_comes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("nf.engine.revocation.initiator.WINDOW", 1)
        bench = bound()
        bench.send(MAG1, mobile_node_identifier=OTHER)
        (first,) = indications(revoke(bench, 1))
        assert indications(revoke(bench, 2)) == []
        bench.send(MAG1, mobile_node_identifier=OTHER, lifetime_s=0)
        bench.send(MAG1, mobile_node_identifier=OTHER)
        assert indications(answer(bench, first.sequence_number)) == []
        assert states(bench) == [BindingState.ACTIVE]
        assert bench.lma.anchor.initiator.waiting == {}

    def test_that_its_mag_has_let_go_is_told_of_again(self) -> None:
        bench = bound()
        revoke(bench)
        bench.send(MAG1, lifetime_s=0)
        assert len(indications(bench.pass_time(10_000))) == 1

    def test_may_end_by_a_commit_which_tells_its_mag_no_second_time(self) -> None:
        bench = bound()
        revoke(bench)
        effects = bench.configure(MobileNodeRemoved(identifier=NODE))
        assert bench.lma.bindings == {}
        assert indications(effects) == []

    def test_loses_its_mobile_network_with_its_profile_in_the_store_too(self) -> None:
        bench = bound()
        revoke(bench)
        effects = bench.configure(replace(ROUTER, network_mobility=False))
        (persisted,) = of(PersistBinding, effects)
        assert (persisted.binding.mobile_network_prefixes, persisted.binding.lifetime_s) == ((), 0)

    def test_does_not_expire_while_its_mag_is_told(self) -> None:
        bench = bound(Bench(CONFIGURATION, replace(ROUTER, registration_lifetime_s=4), node()))
        slow = replace(CONFIGURATION.revocation, max_retries=3)
        bench.configure(replace(CONFIGURATION, revocation=slow))
        revoke(bench)
        bench.pass_time(bench.now_ms + 5_000)
        assert states(bench) == [BindingState.REVOKING]

    def test_does_not_stop_a_new_session_by_another_interface(self) -> None:
        bench = bound()
        revoke(bench)
        bench.send(MAG2, handoff_indicator=1, mobile_node_link_layer_identifier=b"\x02\0\0\0\0\2")
        assert states(bench) == [BindingState.REVOKING, BindingState.ACTIVE]

    def test_is_named_by_a_message_that_can_be_sent_however_many_prefixes_it_has(self) -> None:
        many = tuple(IPv6Network((0x20010DB8_0009 << 80 | n << 64, 64)) for n in range(120))
        bench = bound(Bench(CONFIGURATION, ROUTER, node(home_network_prefixes=many)))
        (told,) = indications(revoke(bench))
        assert len(encode_mobility_message(told)) <= 2_048
        assert set(told.home_network_prefixes) < set(many)


@pytest.mark.rfc("5846 §8.1")
class TestWholeMag:
    def test_is_told_though_it_has_no_session_here(self) -> None:
        event = PeerRevocationRequested(role=Role.LMA, peer=MAG1)
        (told,) = indications(Bench().handle(event))
        assert (told.is_global, told.proxy_binding) == (True, True)
        assert (told.mobile_node_identifier, told.home_network_prefixes) == (None, ())

    def test_ends_what_is_being_revoked_already_by_its_answer(self) -> None:
        bench = bound()
        revoke(bench)
        event = PeerRevocationRequested(role=Role.LMA, peer=MAG1)
        (told,) = indications(bench.handle(event))
        answer(bench, told.sequence_number)
        assert bench.lma.bindings == {}

    def test_leaves_a_session_that_began_later(self) -> None:
        bench = bound()
        event = PeerRevocationRequested(role=Role.LMA, peer=MAG1)
        (told,) = indications(bench.handle(event))
        bench.send(MAG1, mobile_node_identifier=OTHER)
        answer(bench, told.sequence_number)
        assert states(bench) == [BindingState.ACTIVE]

    def test_forgets_what_it_has_deregistered(self) -> None:
        bench = bound()
        bench.send(MAG1, lifetime_s=0)
        bench.handle(PeerRevocationRequested(role=Role.LMA, peer=MAG1))
        assert bench.lma.bindings == {}

    def test_of_a_role_that_is_off_is_no_matter(self) -> None:
        bench = Bench(replace(CONFIGURATION, enabled=False))
        assert bench.handle(PeerRevocationRequested(role=Role.LMA, peer=MAG1)) == []


@pytest.mark.rfc("5846 §3.4.1", "5846 §8.1")
class TestCommit:
    def test_that_removes_a_profile_tells_of_each_of_its_sessions(self) -> None:
        bench = bound()
        bench.send(MAG2, mobile_node_identifier=OTHER)
        effects = bench.configure(PolicyProfileRemoved(name=ROUTER.name))
        assert [each.mobile_node_identifier for each in indications(effects)] == [NODE, OTHER]

    def test_that_ends_many_sessions_of_a_mag_floods_it_not(self) -> None:
        nodes = [node(MobileNodeIdentifier(f"mn{number}")) for number in range(80)]
        bench = Bench(CONFIGURATION, ROUTER, *nodes)
        for each in nodes:
            bench.send(MAG1, mobile_node_identifier=each.identifier)
        removals = [MobileNodeRemoved(identifier=each.identifier) for each in nodes]
        told = indications(bench.configure(*removals))
        assert len(told) == 64
        (following,) = indications(answer(bench, told[0].sequence_number))
        assert following.mobile_node_identifier == nodes[64].identifier
        bench.pass_time(bench.now_ms + 60_000)
        assert bench.lma.anchor.initiator.sent == {}
        assert bench.lma.statistics.revocations_sent == 2 * 80 - 1

    def test_that_takes_a_mag_away_tells_it_nothing_where_policy_says_no(self) -> None:
        silent = replace(CONFIGURATION, revoke_on_removal=False)
        bench = bound(Bench(silent, ROUTER, node()))
        assert indications(bench.configure(replace(silent, mobile_access_gateways=()))) == []
        assert bench.lma.bindings == {}

    def test_that_takes_the_role_away_stops_all_that_was_waited_for(self) -> None:
        bench = bound()
        revoke(bench)
        bench.configure(replace(CONFIGURATION, enabled=False))
        kinds = {timer.kind for timer in bench.due_at_ms}
        assert TimerKind.REVOCATION_RETRANSMIT not in kinds


@pytest.mark.rfc("5846 §8.1")
class TestRestart:
    def test_goes_on_with_a_revocation_but_not_of_a_node_that_is_gone(self) -> None:
        bench = bound()
        (persisted,) = of(PersistBinding, revoke(bench))
        again = Bench(CONFIGURATION, ROUTER, start=False)
        again.handle(BindingRestored(binding=persisted.binding))
        assert indications(again.handle(Started())) == []
        assert again.lma.bindings == {}


@pytest.mark.rfc("5846 §6.2", "5846 §6.3")
class TestNews:
    @pytest.mark.parametrize(
        ("trigger", "status", "is_told"),
        [
            (RevocationTrigger.ADMINISTRATIVE_REASON, 0, False),
            (RevocationTrigger.ADMINISTRATIVE_REASON, 1, False),
            (RevocationTrigger.ADMINISTRATIVE_REASON, 128, False),
            (RevocationTrigger.ADMINISTRATIVE_REASON, 132, True),
            (RevocationTrigger.ADMINISTRATIVE_REASON, 200, True),
            (RevocationTrigger.INTER_MAG_HANDOVER_SAME_ACCESS_TYPE, 132, False),
        ],
    )
    def test_of_a_refusal_is_told_where_it_is_one(
        self, trigger: int, status: int, is_told: bool
    ) -> None:
        bench = bound()
        (told,) = indications(revoke(bench, trigger=trigger))
        news = [
            each.notification for each in of(Notify, answer(bench, told.sequence_number, status))
        ]
        refused = RevocationRefused(peer=MAG1, mobile_node_identifier=NODE, status=status)
        assert (refused in news) is is_told
        assert bench.lma.statistics.revocation_acknowledgements == {status: 1}

    def test_of_silence_about_a_whole_mag_names_no_node(self) -> None:
        bench = Bench()
        bench.handle(PeerRevocationRequested(role=Role.LMA, peer=MAG2))
        news = [each.notification for each in of(Notify, bench.pass_time(10_000))]
        assert news == [RevocationUnanswered(peer=MAG2, mobile_node_identifier=None)]


@pytest.mark.rfc("5846 §6.3")
def test_a_timer_of_nothing_is_no_matter() -> None:
    assert Bench().expire(TimerKind.REVOCATION_RETRANSMIT, "7") == []


@pytest.mark.rfc("5846 §8.2")
class TestIndicationOfAMag:
    def receive(self, bench: Bench, **fields: Any) -> int:  # noqa: ANN401
        message = replace(
            BindingRevocationIndication(
                trigger=0, sequence_number=SequenceNumber(9), mobile_node_identifier=NODE
            ),
            **fields,
        )
        effects = bench.handle(MessageReceived(source=MAG1, destination=LMA, message=message))
        (sent,) = of(SendMessage, effects)
        assert isinstance(sent.message, BindingRevocationAcknowledgement)
        assert sent == effects[-1]
        return sent.message.status

    def test_to_another_address_is_dropped(self) -> None:
        bench = bound()
        message = BindingRevocationIndication(trigger=0, sequence_number=SequenceNumber(9))
        event = MessageReceived(source=MAG1, destination=MAG2, message=message)
        assert bench.handle(event) == []
        assert bench.lma.statistics.dropped == {"not-our-address": 1}

    def test_ends_what_is_being_revoked_here_too(self) -> None:
        bench = bound()
        (told,) = indications(revoke(bench))
        assert self.receive(bench) == RevocationStatus.SUCCESS
        assert bench.lma.bindings == {}
        assert of(Notify, answer(bench, told.sequence_number, 128)) == []

    def test_ends_all_where_it_may_also_what_waits_for_deletion(self) -> None:
        mags = CONFIGURATION.mobile_access_gateways
        may = replace(mags[0], may_revoke_globally=True, identity="north")
        bench = bound(Bench(replace(CONFIGURATION, mobile_access_gateways=(may, mags[1]))))
        bench.configure(ROUTER, node(), node(OTHER))
        bench.send(MAG1)
        bench.send(MAG1, mobile_node_identifier=OTHER)
        bench.send(MAG1, lifetime_s=0)
        assert len(bench.lma.bindings) == 2
        north = MobileNodeIdentifier("north")
        status = self.receive(bench, trigger=128, is_global=True, mobile_node_identifier=north)
        assert (status, bench.lma.bindings) == (RevocationStatus.SUCCESS, {})

    def test_lets_a_request_that_waits_for_the_deregistration_be_a_new_session(self) -> None:
        bench = bound()
        bench.send(MAG2, mobile_node_link_layer_identifier=None)
        prefixes = bench.lma.bindings[BindingId(1)].home_network_prefixes
        self.receive(bench)
        bench.pass_time(bench.now_ms + 2_000)
        (entry,) = bench.lma.bindings.values()
        assert (entry.proxy_care_of_address, entry.home_network_prefixes) == (MAG2, prefixes)
