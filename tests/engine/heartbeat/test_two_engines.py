"""An LMA and a MAG that really talk to each other: each finds out what became of the other."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.engine.configuration import ConfigurationItem
from nf.engine.effects import Effect, Notify, ProbeNode, SendMessage
from nf.engine.engine import Engine
from nf.engine.events import (
    ConfigurationChanged,
    Event,
    MessageReceived,
    NodeSeen,
    RestartCounterRestored,
    Started,
    TimerExpired,
)
from nf.engine.lma.records import BindingState
from nf.engine.mag.records import RegistrationState
from nf.engine.notifications import Notification, PeerRestarted, PeerUp
from nf.engine.store_effects import PersistRestartCounter
from nf.engine.values import AttachSource, Instant, Role, Timer, TimerKind
from tests.engine.heartbeat.talk import HEARTBEAT, INTERVAL_MS
from tests.engine.lma import bench as lma_bench
from tests.engine.mag import bench as mag_bench

LMA, MAG = lma_bench.LMA, lma_bench.MAG1
NODE = mag_bench.NODE
LMA_ITEMS: tuple[ConfigurationItem, ...] = (
    replace(lma_bench.CONFIGURATION, heartbeat=HEARTBEAT, failed_mag_delay_s=30),
    lma_bench.ROUTER,
    lma_bench.node(NODE),
)
MAG_ITEMS: tuple[ConfigurationItem, ...] = (
    replace(mag_bench.ROLE, heartbeat=HEARTBEAT),
    mag_bench.PROFILE,
    mag_bench.ROUTER,
)
SEEN = NodeSeen(
    link="access0", link_layer_address=mag_bench.MAC, source=AttachSource.ROUTER_SOLICITATION
)


class Domain:
    """Two engines with a wire between them that loses nothing."""

    def __init__(self) -> None:
        self.now_ms = 1_000
        self.engines = {LMA: Engine(), MAG: Engine()}
        self.counters: dict[Role, int] = {}
        self.told: list[Notification] = []
        self.start(LMA)
        self.start(MAG)
        self.play(MAG, SEEN)

    @property
    def lma(self) -> Engine:
        return self.engines[LMA]

    @property
    def mag(self) -> Engine:
        return self.engines[MAG]

    def start(self, at: IPv6Address, *restored: Event) -> None:
        """Start a node from nothing but what its store held."""
        self.engines[at] = Engine()
        items = LMA_ITEMS if at == LMA else MAG_ITEMS
        for event in (ConfigurationChanged(items=items), *restored, Started()):
            self.play(at, event)

    def play(self, at: IPv6Address, event: Event) -> None:
        """Let a node handle an event, and both everything that follows from it."""
        queue: deque[tuple[IPv6Address, Event]] = deque([(at, event)])
        while queue:
            address, event = queue.popleft()
            self.now_ms += 1
            now = Instant(self.now_ms, lma_bench.START_UTC_US + self.now_ms * 1000)
            for effect in self.engines[address].handle(event, now):
                queue.extend(self.follow(effect))

    def follow(self, effect: Effect) -> list[tuple[IPv6Address, Event]]:
        match effect:
            case SendMessage(source=source, destination=destination, message=message):
                received = MessageReceived(source=source, destination=destination, message=message)
                return [(destination, received)] if destination in self.engines else []
            case ProbeNode():
                return [(MAG, SEEN)]
            case Notify(notification=notification):
                self.told.append(notification)
            case PersistRestartCounter(role=role, counter=counter):
                self.counters[role] = counter
        return []

    def beat(self) -> None:
        """Let an interval pass, and both ask each other."""
        self.now_ms += INTERVAL_MS
        for address, kind, peer in (
            (LMA, TimerKind.MAG_HEARTBEAT, MAG),
            (MAG, TimerKind.LMA_HEARTBEAT, LMA),
        ):
            self.play(address, TimerExpired(timer=Timer(kind=kind, key=str(peer))))

    def restarts_told(self) -> list[Notification]:
        return [each for each in self.told if isinstance(each, PeerRestarted)]

    def is_served(self) -> bool:
        """Tell whether both ends say that the node is registered, with the same prefixes."""
        (binding,) = self.lma.lma.bindings.values()
        entry = self.mag.mag.binding_update_list[NODE]
        is_registered = entry.state is RegistrationState.REGISTERED
        return (
            binding.state is BindingState.ACTIVE
            and is_registered
            and binding.home_network_prefixes == entry.home_network_prefixes
            and binding.mobile_network_prefixes == entry.mobile_network_prefixes
        )


@pytest.mark.rfc("5847 §3.1")
def test_each_finds_the_other_up_and_stays_content() -> None:
    domain = Domain()
    for _ in range(5):
        domain.beat()
    assert sorted(str(each) for each in domain.told if isinstance(each, PeerUp)) == sorted(
        str(PeerUp(peer=each)) for each in (LMA, MAG)
    )
    assert domain.restarts_told() == []
    assert domain.lma.lma.paths[MAG].missing_heartbeats == 0
    assert domain.mag.mag.paths[LMA].missing_heartbeats == 0


@pytest.mark.rfc("5847 §3.2")
def test_an_lma_that_lost_its_store_gets_its_sessions_back_by_its_own_announcement() -> None:
    domain = Domain()
    domain.now_ms += 5_000
    domain.start(LMA)
    assert domain.restarts_told() == [
        PeerRestarted(peer=LMA, restart_counter=domain.counters[Role.LMA])
    ]
    assert domain.is_served()


@pytest.mark.rfc("5847 §3.2")
def test_an_lma_that_kept_its_counter_alarms_nobody() -> None:
    domain = Domain()
    counter = domain.counters[Role.LMA]
    domain.start(LMA, RestartCounterRestored(role=Role.LMA, counter=counter))
    domain.beat()
    assert domain.restarts_told() == []


@pytest.mark.rfc("5847 §3.2")
def test_a_mag_that_restarts_is_noticed_and_its_node_found_again() -> None:
    domain = Domain()
    counter = domain.counters[Role.MAG]
    domain.now_ms += 5_000
    domain.start(MAG, RestartCounterRestored(role=Role.MAG, counter=counter))
    assert domain.restarts_told() == [PeerRestarted(peer=MAG, restart_counter=counter + 1)]
    domain.play(MAG, SEEN)
    assert domain.is_served()
    domain.now_ms += 30_000
    failed = Timer(kind=TimerKind.MAG_FAILED, key=str(MAG))
    domain.play(LMA, TimerExpired(timer=failed))
    assert domain.is_served()


@pytest.mark.rfc("5847 §3.2")
def test_a_mag_whose_node_has_gone_meanwhile_loses_the_session() -> None:
    domain = Domain()
    domain.now_ms += 5_000
    counter = domain.counters[Role.MAG]
    domain.start(MAG, RestartCounterRestored(role=Role.MAG, counter=counter))
    domain.now_ms += 30_000
    failed = Timer(kind=TimerKind.MAG_FAILED, key=str(MAG))
    domain.play(LMA, TimerExpired(timer=failed))
    assert domain.lma.lma.bindings == {}
