"""LMA and MAG of one node at one address: which of them a revocation concerns."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.codec.messages import (
    BindingError,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    MobilityMessage,
    SequenceNumber,
)
from nf.engine.configuration import AuthorisedMag, ConfigurationItem
from nf.engine.effects import Effect, SendMessage
from nf.engine.engine import Engine
from nf.engine.events import (
    ConfigurationChanged,
    Event,
    MessageReceived,
    PeerRevocationRequested,
    Started,
)
from nf.engine.values import Instant, Role
from tests.engine.lma import bench as lma_bench
from tests.engine.mag import bench as mag_bench

OURS = lma_bench.LMA
THEIR_MAG = lma_bench.MAG1
#: Both an LMA and a MAG of ours.
BOTH = mag_bench.OTHER_LMA
NOW = Instant(5_000, lma_bench.START_UTC_US)

MAGS = tuple(AuthorisedMag(proxy_care_of_address=each) for each in (THEIR_MAG, BOTH))
ITEMS: tuple[ConfigurationItem, ...] = (
    replace(lma_bench.CONFIGURATION, mobile_access_gateways=MAGS),
    replace(mag_bench.ROLE, proxy_care_of_address=OURS),
    replace(mag_bench.ROUTER, local_mobility_anchor=BOTH),
)


class Node:
    """A node of both roles."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.handle(ConfigurationChanged(items=ITEMS))
        self.handle(Started())

    def handle(self, event: Event) -> list[Effect]:
        return self.engine.handle(event, NOW)

    def receive(self, message: MobilityMessage, source: IPv6Address = BOTH) -> list[Effect]:
        return self.handle(MessageReceived(source=source, destination=OURS, message=message))

    def ask(self, role: Role) -> SequenceNumber:
        """Let a role revoke everything with the peer that is both."""
        effects = self.handle(PeerRevocationRequested(role=role, peer=BOTH))
        (message,) = [each.message for each in effects if isinstance(each, SendMessage)]
        assert isinstance(message, BindingRevocationIndication)
        return message.sequence_number

    def answered(self) -> dict[Role, int]:
        """Return how many answers each role took for its own."""
        return {
            Role.LMA: self.engine.lma.statistics.revocation_acknowledgements.total(),
            Role.MAG: self.engine.mag.statistics.revocation_acknowledgements.total(),
        }


@pytest.mark.rfc("5846 §6.2")
@pytest.mark.parametrize("role", Role)
def test_an_answer_belongs_to_the_role_that_asked(role: Role) -> None:
    node = Node()
    number = node.ask(role)
    node.receive(BindingRevocationAcknowledgement(status=0, sequence_number=number))
    assert node.answered() == {each: int(each is role) for each in Role}


@pytest.mark.rfc("5846 §6.2")
@pytest.mark.parametrize("role", Role)
def test_an_error_belongs_to_the_role_that_asked(role: Role) -> None:
    node = Node()
    node.ask(role)
    node.receive(BindingError(status=2))
    waits = (node.engine.lma.anchor.initiator.sent, node.engine.mag.gateway.initiator.sent)
    assert waits == ({}, {})


@pytest.mark.rfc("5846 §8.2")
def test_an_indication_of_a_mag_is_the_lmas() -> None:
    node = Node()
    indication = BindingRevocationIndication(trigger=1, sequence_number=SequenceNumber(1))
    node.receive(indication, THEIR_MAG)
    assert node.engine.lma.statistics.revocations_received == 1
    assert node.engine.mag.statistics.revocations_received == 0
