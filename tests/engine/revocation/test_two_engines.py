"""An LMA and a MAG that really talk to each other: both agree on what is revoked."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.engine.configuration import AuthorisedMag, ConfigurationItem, MobileNodeRemoved
from nf.engine.effects import Effect, Notify, SendMessage
from nf.engine.engine import Engine
from nf.engine.events import (
    BindingRevocationRequested,
    ConfigurationChanged,
    Event,
    MessageReceived,
    NodeLost,
    NodeRevocationRequested,
    NodeSeen,
    PeerRevocationRequested,
    RealmRevocationRequested,
    Started,
)
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.mag.records import RegistrationState
from nf.engine.notifications import Notification, RevocationRefused
from nf.engine.values import AttachSource, BindingId, Instant, Role
from tests.engine.lma import bench as lma_bench
from tests.engine.mag import bench as mag_bench

LMA, MAG = lma_bench.LMA, lma_bench.MAG1
NODE = mag_bench.NODE
ANCHOR = lma_bench.CONFIGURATION
LMA_ITEMS: tuple[ConfigurationItem, ...] = (ANCHOR, lma_bench.ROUTER, lma_bench.node(NODE))
MAG_ITEMS: tuple[ConfigurationItem, ...] = (mag_bench.ROLE, mag_bench.PROFILE, mag_bench.ROUTER)
SEEN = NodeSeen(
    link="access0", link_layer_address=mag_bench.MAC, source=AttachSource.ROUTER_SOLICITATION
)
LOST = NodeLost(
    link="access0", link_layer_address=mag_bench.MAC, source=AttachSource.NEIGHBOUR_UNREACHABLE
)


class Domain:
    """Two engines with a wire between them that loses nothing, and a router that is served."""

    def __init__(self) -> None:
        self.now_ms = 1_000
        self.engines = {LMA: Engine(), MAG: Engine()}
        self.told: list[Notification] = []
        for address, items in ((LMA, LMA_ITEMS), (MAG, MAG_ITEMS)):
            self.play(address, ConfigurationChanged(items=items))
            self.play(address, Started())
        self.play(MAG, SEEN)

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
            case Notify(notification=notification):
                self.told.append(notification)
        return []

    def commit(self, at: IPv6Address, *items: ConfigurationItem) -> None:
        self.play(at, ConfigurationChanged(items=items))

    @property
    def bindings(self) -> list[BindingCacheEntry]:
        return list(self.engines[LMA].lma.bindings.values())

    @property
    def state(self) -> RegistrationState | None:
        """Return how far the MAG is with the router."""
        entry = self.engines[MAG].mag.binding_update_list.get(NODE)
        return entry.state if entry is not None else None

    def is_revoked(self) -> bool:
        """Tell whether both sides have ended the binding and owe each other nothing."""
        lma, mag = self.engines[LMA].lma.anchor, self.engines[MAG].mag.gateway
        is_settled = not lma.initiator.sent and not mag.initiator.sent
        is_cleared = not lma.routes.by_prefix and not mag.forwarding
        is_revoked = self.state is RegistrationState.REVOKED
        return not self.bindings and is_revoked and is_settled and is_cleared

    def may_revoke_globally(self) -> None:
        may = AuthorisedMag(proxy_care_of_address=MAG, may_revoke_globally=True)
        self.commit(LMA, replace(ANCHOR, mobile_access_gateways=(may,)))


@pytest.mark.rfc("5846 §3.1", "5846 §3.4.1")
@pytest.mark.parametrize(
    "event",
    [
        BindingRevocationRequested(binding_id=BindingId(1), trigger=1),
        NodeRevocationRequested(mobile_node_identifier=NODE, trigger=0),
        PeerRevocationRequested(role=Role.LMA, peer=MAG),
        RealmRevocationRequested(realm="EXAMPLE.net"),
    ],
)
def test_an_operator_of_the_lma_ends_a_binding_on_both_sides(event: Event) -> None:
    domain = Domain()
    domain.play(LMA, event)
    assert domain.is_revoked()


@pytest.mark.rfc("5846 §3.4.1")
def test_a_commit_at_the_lma_ends_a_binding_on_both_sides() -> None:
    domain = Domain()
    domain.commit(LMA, MobileNodeRemoved(identifier=NODE))
    assert domain.is_revoked()


@pytest.mark.rfc("5846 §3.4.1")
def test_an_lma_that_ends_its_role_takes_its_bindings_from_the_mag() -> None:
    domain = Domain()
    domain.commit(LMA, replace(ANCHOR, enabled=False))
    assert domain.is_revoked()


@pytest.mark.rfc("5846 §9.1")
def test_a_revoked_router_comes_back_with_its_prefixes_when_it_attaches_anew() -> None:
    domain = Domain()
    (before,) = domain.bindings
    domain.play(LMA, BindingRevocationRequested(binding_id=before.binding_id, trigger=1))
    domain.play(MAG, SEEN)
    assert domain.is_revoked()
    domain.now_ms += 1_000
    domain.play(MAG, LOST)
    domain.play(MAG, SEEN)
    (after,) = domain.bindings
    assert domain.state is RegistrationState.REGISTERED
    assert after.home_network_prefixes == before.home_network_prefixes
    assert after.mobile_network_prefixes == before.mobile_network_prefixes


@pytest.mark.rfc("5846 §5.1", "5846 §9.1")
def test_sides_that_may_be_out_of_step_are_in_step_at_once() -> None:
    domain = Domain()
    domain.play(LMA, BindingRevocationRequested(binding_id=BindingId(1), trigger=7))
    (after,) = domain.bindings
    assert (after.binding_id, domain.state) == (2, RegistrationState.REGISTERED)


@pytest.mark.rfc("5846 §3.4.2", "5846 §9.2")
def test_an_operator_of_the_mag_ends_all_bindings_on_both_sides() -> None:
    domain = Domain()
    domain.may_revoke_globally()
    domain.play(MAG, PeerRevocationRequested(role=Role.MAG, peer=LMA))
    assert domain.is_revoked()


@pytest.mark.rfc("5846 §9.2", "5846 §13")
def test_a_mag_that_may_not_revoke_all_at_once_ends_them_one_by_one() -> None:
    domain = Domain()
    domain.play(MAG, PeerRevocationRequested(role=Role.MAG, peer=LMA))
    refused = RevocationRefused(peer=LMA, mobile_node_identifier=None, status=130)
    assert refused in domain.told
    assert domain.state is RegistrationState.REVOKED
    assert [each.state.value for each in domain.bindings] == ["deregistering"]
