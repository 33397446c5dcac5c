"""Questions whether a node has left its MAG, and MAGs that do not know the message."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from nf.codec.messages import BindingError
from nf.codec.registry import RevocationTrigger
from nf.engine.configuration import HeartbeatConfiguration, MobileNodeRemoved
from nf.engine.effects import Effect, SendMessage, StartTimer
from nf.engine.events import (
    BindingReregistrationRequested,
    MessageReceived,
    PeerRevocationRequested,
)
from nf.engine.lma.records import BindingState
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

ON_HANDOVER: Final = replace(CONFIGURATION, revoke_on_handover=True)
WATCHED: Final = replace(CONFIGURATION, heartbeat=HeartbeatConfiguration())


def handing_over() -> Bench:
    return bound(Bench(ON_HANDOVER, ROUTER, node()))


@pytest.mark.rfc("5846 §8.1")
class TestQuestion:
    def ask(self, bench: Bench) -> int:
        effects = bench.send(MAG2, mobile_node_link_layer_identifier=None)
        (asked,) = indications(effects)
        assert asked.trigger == RevocationTrigger.INTER_MAG_HANDOVER_UNKNOWN
        assert not any(timer.kind is TimerKind.BCE_ASSIGN for timer in bench.due_at_ms)
        return asked.sequence_number

    def test_is_not_asked_where_policy_says_no(self) -> None:
        bench = bound()
        effects = bench.send(MAG2, mobile_node_link_layer_identifier=None)
        assert [each.timer.kind for each in of(StartTimer, effects)] == [TimerKind.BCE_ASSIGN]

    def test_is_asked_once_however_often_the_request_comes(self) -> None:
        bench = handing_over()
        self.ask(bench)
        assert bench.send(MAG2, mobile_node_link_layer_identifier=None) == []

    def test_is_asked_also_where_requests_wait_for_no_deregistration(self) -> None:
        anchor = replace(ON_HANDOVER, max_delay_before_new_bce_assign_ms=0)
        bench = bound(Bench(anchor, ROUTER, node()))
        number = self.ask(bench)
        answer(bench, number)
        assert [e.proxy_care_of_address for e in bench.lma.bindings.values()] == [MAG2]

    def test_is_not_asked_of_a_mag_that_has_enough_to_answer(self) -> None:
        bench = Bench(ON_HANDOVER, ROUTER, node())
        for _ in range(64):
            bench.handle(PeerRevocationRequested(role=Role.LMA, peer=MAG1))
        effects = bound(bench).send(MAG2, mobile_node_link_layer_identifier=None)
        assert [each.timer.kind for each in of(StartTimer, effects)] == [TimerKind.BCE_ASSIGN]

    def test_whose_node_deregisters_meanwhile_is_answered_by_that(self) -> None:
        bench = handing_over()
        number = self.ask(bench)
        bench.send(MAG1, lifetime_s=0)
        assert [e.proxy_care_of_address for e in bench.lma.bindings.values()] == [MAG2]
        assert of(SendMessage, answer(bench, number)) == []

    def test_whose_node_is_removed_meanwhile_is_no_matter(self) -> None:
        bench = handing_over()
        number = self.ask(bench)
        bench.configure(MobileNodeRemoved(identifier=NODE))
        answer(bench, number)
        assert (bench.lma.bindings, bench.lma.anchor.waiting) == ({}, {})

    def test_that_nobody_can_answer_any_more_leaves_nothing_waiting(self) -> None:
        bench = handing_over()
        self.ask(bench)
        bench.configure(replace(ON_HANDOVER, enabled=False))
        assert bench.lma.anchor.waiting == {}

    def test_that_is_not_answered_is_no_matter_once_nobody_waits_for_it(self) -> None:
        bench = handing_over()
        number = self.ask(bench)
        bench.send(MAG1, lifetime_s=0)
        assert of(StartTimer, answer(bench, number, status=134)) == []

    def test_to_a_mag_that_does_not_know_the_message_leaves_it_the_time_of_rfc_5213(self) -> None:
        bench = handing_over()
        self.ask(bench)
        error = BindingError(status=2)
        effects = bench.handle(MessageReceived(source=MAG1, destination=LMA, message=error))
        assert TimerKind.BCE_ASSIGN in {each.timer.kind for each in of(StartTimer, effects)}


@pytest.mark.rfc("5846 §6.2")
class TestBindingError:
    def fail(self, bench: Bench, status: int = 2) -> list[Effect]:
        error = BindingError(status=status)
        return bench.handle(MessageReceived(source=MAG1, destination=LMA, message=error))

    def test_is_about_a_heartbeat_of_which_nobody_knows_yet(self) -> None:
        bench = bound(Bench(WATCHED, ROUTER, node()))
        revoke(bench)
        self.fail(bench)
        assert states(bench) == [BindingState.REVOKING]
        self.fail(bench)
        assert states(bench) == []

    def test_is_about_an_update_notification_that_is_out_as_well(self) -> None:
        bench = bound()
        bench.send(MAG1, mobile_node_identifier=OTHER)
        bench.handle(BindingReregistrationRequested(binding_id=BindingId(2)))
        revoke(bench)
        self.fail(bench)
        assert states(bench) == [BindingState.REVOKING, BindingState.ACTIVE]

    def test_of_another_kind_says_nothing(self) -> None:
        bench = bound()
        revoke(bench)
        self.fail(bench, status=1)
        assert bench.lma.statistics.dropped == {"binding-error": 1}
        assert states(bench) == [BindingState.REVOKING]
