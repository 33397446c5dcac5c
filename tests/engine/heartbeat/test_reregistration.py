"""A MAG whose LMA restarted without its sessions registers its nodes anew (RFC 5847 §3)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Network

import pytest

from nf.codec.messages import MobileNodeIdentifier, ProxyBindingUpdate
from nf.codec.registry import Status
from nf.engine.configuration import MobileNode
from nf.engine.effects import Effect, SendMessage, StartTimer, StopTimer
from nf.engine.mag import reregistration
from nf.engine.mag.records import RegistrationState
from nf.engine.values import LinkLayerAddress, Timer, TimerKind
from tests.engine.heartbeat.talk import unsolicited
from tests.engine.mag.bench import (
    HNP,
    LMA,
    MAG,
    MNP,
    NODE,
    OTHER_LMA,
    ROLE,
    ROUTER,
    Bench,
    of,
    registered,
)

LMA_KEY = MobileNodeIdentifier(str(LMA))
PACE = Timer(kind=TimerKind.REREGISTRATION_PACE, key=str(LMA))

pytestmark = pytest.mark.rfc("5847 §3")


def names(effects: list[Effect]) -> list[str]:
    """Return the nodes for which PBUs are sent."""
    sent = (each.message for each in of(SendMessage, effects))
    return [str(e.mobile_node_identifier) for e in sent if isinstance(e, ProxyBindingUpdate)]


def restart(bench: Bench, counter: int) -> list[Effect]:
    return bench.handle(unsolicited(LMA, MAG, counter))


def known(bench: Bench) -> Bench:
    """Return the MAG after it has heard the counter of its LMA."""
    assert restart(bench, 1) == []
    return bench


def crowd(count: int) -> Bench:
    """Return a MAG with many registered nodes."""
    nodes = [
        MobileNode(
            identifier=MobileNodeIdentifier(f"mr{number}@example.net"),
            policy_profile="host",
            link_layer_identifiers=(LinkLayerAddress(bytes([2, 0, 0, 0, 1, number])),),
            local_mobility_anchor=LMA,
        )
        for number in range(1, count + 1)
    ]
    bench = Bench(*nodes)
    for number, node in enumerate(nodes, 1):
        bench.seen(node.link_layer_identifiers[0])
        bench.accepted(hnps=(IPv6Network(f"2001:db8:1:{number}::/64"),), mnps=())
    return known(bench)


class TestOneNode:
    def test_is_registered_with_the_prefixes_that_it_has(self) -> None:
        bench = known(registered())
        assert names(restart(bench, 2)) == [NODE]
        assert bench.pbu.home_network_prefixes == (HNP,)
        assert [each.prefix for each in bench.pbu.mobile_network_prefixes] == [MNP]
        assert bench.state() is RegistrationState.REFRESHING

    def test_is_registered_as_if_new_when_the_lma_does_not_know_its_prefixes(self) -> None:
        bench = known(registered())
        restart(bench, 2)
        bench.refused(Status.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX)
        assert bench.pbu.home_network_prefixes != (HNP,)
        assert bench.state() is RegistrationState.REGISTERING

    def test_that_is_only_held_waits_until_it_is_back(self) -> None:
        bench = known(registered(replace(ROLE, detach_hold_ms=5_000)))
        bench.lost()
        assert names(restart(bench, 2)) == []
        bench.seen()
        assert names(bench.renew(after_ms=5_000)) == [NODE]

    def test_that_is_being_registered_is_left_to_its_retransmission(self) -> None:
        bench = known(registered())
        bench.expire(TimerKind.REFRESH)
        assert names(restart(bench, 2)) == []

    def test_of_another_lma_is_left_alone(self) -> None:
        bench = known(registered())
        bench.configure(replace(ROUTER, local_mobility_anchor=OTHER_LMA))
        bench.receive(bench.answer(), source=OTHER_LMA)
        assert names(restart(bench, 2)) == []


class TestManyNodes:
    @pytest.fixture(autouse=True)
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reregistration, "BATCH", 2)

    def test_are_registered_a_few_at_a_time(self) -> None:
        bench = crowd(5)
        first = restart(bench, 2)
        assert names(first) == ["mr1@example.net", "mr2@example.net"]
        assert StartTimer(timer=PACE, after_ms=reregistration.PAUSE_MS) in first
        second = bench.expire(TimerKind.REREGISTRATION_PACE, node=LMA_KEY)
        assert names(second) == ["mr3@example.net", "mr4@example.net"]
        assert names(bench.expire(TimerKind.REREGISTRATION_PACE, node=LMA_KEY)) == [
            "mr5@example.net"
        ]
        assert bench.mag.gateway.invalid_bindings == {}
        assert bench.expire(TimerKind.REREGISTRATION_PACE, node=LMA_KEY) == []

    def test_begin_again_with_another_restart(self) -> None:
        bench = crowd(3)
        restart(bench, 2)
        for sent in bench.sent[-2:]:
            bench.receive(bench.answer(to=sent, hnps=sent.home_network_prefixes, mnps=()))
        assert names(restart(bench, 3)) == ["mr1@example.net", "mr2@example.net"]

    def test_are_passed_over_when_they_left_meanwhile(self) -> None:
        bench = crowd(3)
        restart(bench, 2)
        bench.lost(LinkLayerAddress(bytes([2, 0, 0, 0, 1, 3])))
        bench.receive(bench.answer())
        assert names(bench.expire(TimerKind.REREGISTRATION_PACE, node=LMA_KEY)) == []

    def test_are_not_waited_for_when_all_have_left(self) -> None:
        bench = crowd(3)
        restart(bench, 2)
        for number in (1, 2, 3):
            bench.lost(LinkLayerAddress(bytes([2, 0, 0, 0, 1, number])))
            bench.receive(bench.answer())
        assert StopTimer(timer=PACE) in restart(bench, 3)
        assert bench.mag.gateway.invalid_bindings == {}
