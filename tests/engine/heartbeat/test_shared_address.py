"""LMA and MAG of one node at one address: which of them a heartbeat concerns (RFC 5847 §3)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.codec.messages import BindingError, Heartbeat
from nf.engine.configuration import AuthorisedMag, ConfigurationItem
from nf.engine.effects import Effect, SendMessage
from nf.engine.engine import Engine
from nf.engine.events import (
    ConfigurationChanged,
    Event,
    MessageReceived,
    RestartCounterRestored,
    Started,
)
from nf.engine.heartbeat.rhythm import configured
from nf.engine.paths import PathState
from nf.engine.values import Instant, Role
from tests.engine.heartbeat.talk import HEARTBEAT, request, response, unsolicited
from tests.engine.lma import bench as lma_bench
from tests.engine.mag import bench as mag_bench

OURS = lma_bench.LMA
THEIR_MAG = lma_bench.MAG1
THEIR_LMA = mag_bench.OTHER_LMA
BOTH = lma_bench.MAG2
STRANGER = IPv6Address("2001:db8:bad::1")
NOW = Instant(0, lma_bench.START_UTC_US)
LMA_COUNTER, MAG_COUNTER = 7, 8

LMA_ROLE = replace(
    lma_bench.CONFIGURATION,
    mobile_access_gateways=(
        AuthorisedMag(proxy_care_of_address=THEIR_MAG),
        AuthorisedMag(proxy_care_of_address=BOTH),
    ),
)
MAG_ROLE = replace(mag_bench.ROLE, proxy_care_of_address=OURS)
NODES: tuple[ConfigurationItem, ...] = (
    replace(mag_bench.ROUTER, local_mobility_anchor=THEIR_LMA),
    replace(mag_bench.OTHER_ROUTER, local_mobility_anchor=BOTH),
)


class Node:
    """A node of both roles."""

    def __init__(self, *items: ConfigurationItem) -> None:
        self.engine = Engine()
        self.handle(ConfigurationChanged(items=(LMA_ROLE, MAG_ROLE, *NODES, *items)))
        self.handle(RestartCounterRestored(role=Role.LMA, counter=LMA_COUNTER))
        self.handle(RestartCounterRestored(role=Role.MAG, counter=MAG_COUNTER - 1))
        self.handle(Started())

    def handle(self, event: Event) -> list[Effect]:
        return self.engine.handle(event, NOW)

    def counter_told_to(self, peer: IPv6Address) -> int | None:
        (effect,) = self.handle(request(peer, OURS))
        assert isinstance(effect, SendMessage)
        assert isinstance(effect.message, Heartbeat)
        return effect.message.restart_counter

    def watch(self, role: Role, peer: IPv6Address) -> None:
        """Let a role have asked a peer."""
        watch = (self.engine.lma.anchor if role is Role.LMA else self.engine.mag.gateway).watch
        watch.start(peer, configured(HEARTBEAT), OURS, NOW)


@pytest.mark.parametrize(
    ("peer", "counter"),
    [
        (THEIR_MAG, LMA_COUNTER),
        (BOTH, LMA_COUNTER),
        (THEIR_LMA, MAG_COUNTER),
        (STRANGER, MAG_COUNTER),
    ],
)
def test_a_request_is_answered_by_the_role_that_the_peer_deals_with(
    peer: IPv6Address, counter: int
) -> None:
    assert Node().counter_told_to(peer) == counter


def test_a_request_is_answered_by_the_lma_where_the_mag_is_off() -> None:
    assert Node(replace(MAG_ROLE, enabled=False)).counter_told_to(STRANGER) == LMA_COUNTER


def test_a_request_is_answered_by_the_mag_where_the_lma_is_at_another_address() -> None:
    node = Node(replace(LMA_ROLE, address=STRANGER))
    assert node.counter_told_to(THEIR_MAG) == MAG_COUNTER


@pytest.mark.parametrize("role", Role)
def test_an_answer_belongs_to_the_role_that_asked(role: Role) -> None:
    node = Node()
    node.watch(role, BOTH)
    node.handle(response(BOTH, OURS, 1))
    paths = {Role.LMA: node.engine.lma.paths, Role.MAG: node.engine.mag.paths}
    assert paths.pop(role)[BOTH].state is PathState.UP
    (others,) = paths.values()
    assert others == {}


@pytest.mark.parametrize("role", Role)
def test_an_error_belongs_to_the_role_that_asked(role: Role) -> None:
    node = Node()
    node.watch(role, BOTH)
    error = BindingError(status=2)
    node.handle(MessageReceived(source=BOTH, destination=OURS, message=error))
    paths = node.engine.lma.paths if role is Role.LMA else node.engine.mag.paths
    assert paths[BOTH].state is PathState.UNSUPPORTED


def test_a_restart_is_told_to_the_role_that_the_peer_deals_with() -> None:
    node = Node()
    node.handle(unsolicited(THEIR_MAG, OURS, 3))
    node.handle(unsolicited(THEIR_LMA, OURS, 4))
    assert set(node.engine.lma.paths) == {THEIR_MAG}
    assert set(node.engine.mag.paths) == {THEIR_LMA}
