"""A revocation is answered: that it is no function of this node, and to peers only."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.codec.messages import (
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    MobileNodeIdentifier,
    SequenceNumber,
)
from nf.codec.registry import RevocationStatus, RevocationTrigger
from nf.engine.configuration import (
    AuthorisedMag,
    ConfigurationItem,
    LmaConfiguration,
    MagConfiguration,
    MobileNode,
    PolicyProfile,
)
from nf.engine.effects import Effect, SendMessage
from nf.engine.engine import Engine
from nf.engine.events import ConfigurationChanged, MessageReceived, Started
from nf.engine.values import Instant

LMA = IPv6Address("2001:db8:f::1")
MAG = IPv6Address("2001:db8:f::11")
STRANGER = IPv6Address("2001:db8:f::99")
NOW = Instant(at_ms=1_000, utc_us=1_000_000)

ANCHOR = LmaConfiguration(
    address=LMA, mobile_access_gateways=(AuthorisedMag(proxy_care_of_address=MAG),)
)
GATEWAY = MagConfiguration(proxy_care_of_address=MAG)
PROFILE = PolicyProfile(name="buses")
NODE = MobileNode(
    identifier=MobileNodeIdentifier("bus-7"), policy_profile="buses", local_mobility_anchor=LMA
)
INDICATION = BindingRevocationIndication(
    trigger=RevocationTrigger.ADMINISTRATIVE_REASON,
    sequence_number=SequenceNumber(0xBEEF),
    mobile_node_identifier=NODE.identifier,
)


def running(*items: ConfigurationItem) -> Engine:
    engine = Engine()
    engine.handle(ConfigurationChanged(items=items), NOW)
    engine.handle(Started(), NOW)
    return engine


def receive(
    engine: Engine, source: IPv6Address, to: IPv6Address, message: BindingRevocationIndication
) -> list[Effect]:
    return engine.handle(MessageReceived(source=source, destination=to, message=message), NOW)


def refusal(of: BindingRevocationIndication) -> BindingRevocationAcknowledgement:
    return BindingRevocationAcknowledgement(
        status=RevocationStatus.REVOCATION_FUNCTION_NOT_SUPPORTED,
        sequence_number=of.sequence_number,
        proxy_binding=of.proxy_binding,
        ipv4_home_address_only=of.ipv4_home_address_only,
        is_global=of.is_global,
    )


@pytest.mark.rfc("5846 §5.2", "5846 §6.1")
@pytest.mark.parametrize(
    "indication",
    [
        INDICATION,
        replace(INDICATION, is_global=True),
        replace(INDICATION, proxy_binding=False, ipv4_home_address_only=True),
    ],
)
class TestPeer:
    def test_of_an_anchor_is_told(self, indication: BindingRevocationIndication) -> None:
        answer = SendMessage(source=LMA, destination=MAG, message=refusal(indication))
        assert receive(running(ANCHOR), MAG, LMA, indication) == [answer]

    def test_of_a_gateway_is_told(self, indication: BindingRevocationIndication) -> None:
        answer = SendMessage(source=MAG, destination=LMA, message=refusal(indication))
        engine = running(PROFILE, NODE, GATEWAY)
        assert receive(engine, LMA, MAG, indication) == [answer]


@pytest.mark.rfc("5846 §6.2")
class TestStranger:
    def test_gets_no_answer_from_an_anchor(self) -> None:
        engine = running(ANCHOR)
        assert receive(engine, STRANGER, LMA, INDICATION) == []
        assert engine.lma.statistics.dropped == {"unknown-peer": 1}

    def test_gets_no_answer_from_a_gateway(self) -> None:
        engine = running(PROFILE, NODE, GATEWAY)
        assert receive(engine, STRANGER, MAG, INDICATION) == []
        assert engine.mag.statistics.dropped == {"not-an-lma": 1}
