"""An operator of the LMA revokes the bindings of a whole realm (RFC 5846 §8.1)."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

import pytest

from nf.codec.messages import BindingRevocationIndication, MobileNodeIdentifier
from nf.codec.registry import RevocationStatus, RevocationTrigger
from nf.engine.effects import Effect, Notify, SendMessage
from nf.engine.events import RealmRevocationRequested
from nf.engine.kernel_effects import RemoveRoute
from nf.engine.lma.records import BindingState
from nf.engine.notifications import RevocationRefused
from tests.engine.lma.bench import CONFIGURATION, MAG1, MAG2, ROUTER, Bench, node, of
from tests.engine.lma.revoking import answer, indications, states

BUS, TRAM, SHIP = (
    MobileNodeIdentifier(each) for each in ("bus@example.net", "tram@EXAMPLE.net", "ship@sea.net")
)
SUB: Final = MobileNodeIdentifier("sub@foo.example.net")
BARE: Final = MobileNodeIdentifier("bare")
NODES: Final = (BUS, TRAM, SHIP, SUB, BARE)


def served() -> Bench:
    """Return an LMA with a session of each node: the tram's at the second gateway."""
    bench = Bench(CONFIGURATION, ROUTER, *(node(each) for each in NODES))
    for each in NODES:
        bench.send(MAG2 if each == TRAM else MAG1, mobile_node_identifier=each)
    return bench


def revoke(bench: Bench, realm: str = "example.net") -> list[Effect]:
    return bench.handle(RealmRevocationRequested(realm=realm))


def told(effects: list[Effect]) -> dict[IPv6Address, BindingRevocationIndication]:
    """Return what each gateway is told; one that is told twice is an error."""
    sent = of(SendMessage, effects)
    by_mag = {each.destination: each.message for each in sent}
    assert len(by_mag) == len(sent)
    messages = by_mag.values()
    assert all(isinstance(each, BindingRevocationIndication) for each in messages)
    return dict(zip(by_mag, indications(effects), strict=True))


@pytest.mark.rfc("5846 §8.1")
class TestRealm:
    def test_is_told_once_to_each_gateway_that_has_nodes_of_it(self) -> None:
        found = told(revoke(served()))
        assert found.keys() == {MAG1, MAG2}
        for each in found.values():
            assert each.trigger == RevocationTrigger.REVOKING_MOBILITY_NODE_LOCAL_POLICY
            assert (each.is_global, each.proxy_binding) == (True, True)
            assert each.mobile_node_identifier == "@example.net"
            assert each.home_network_prefixes == ()

    def test_is_the_whole_of_it_and_no_subdomain(self) -> None:
        bench = served()
        revoke(bench)
        active = [e for e in bench.lma.bindings.values() if e.state is BindingState.ACTIVE]
        assert {each.mobile_node_identifier for each in active} == {SHIP, SUB, BARE}

    def test_is_not_forwarded_any_more_at_once(self) -> None:
        gone = of(RemoveRoute, revoke(served()))
        assert len(gone) == 4

    @pytest.mark.parametrize("realm", ["", "nobody.net", "net"])
    def test_that_nobody_is_of_ends_nothing(self, realm: str) -> None:
        bench = served()
        assert revoke(bench, realm) == []
        assert set(states(bench)) == {BindingState.ACTIVE}

    def test_ends_with_the_answer_of_each_gateway(self) -> None:
        bench = served()
        found = told(revoke(bench))
        answer(bench, found[MAG1].sequence_number)
        left = {each.mobile_node_identifier for each in bench.lma.bindings.values()}
        assert left == {TRAM, SHIP, SUB, BARE}
        answer(bench, found[MAG2].sequence_number, mag=MAG2)
        assert len(bench.lma.bindings) == 3

    def test_has_no_news_of_a_gateway_that_knows_none_of_its_nodes(self) -> None:
        bench = served()
        number = told(revoke(bench))[MAG1].sequence_number
        status = RevocationStatus.REVOKED_MOBILE_NODES_IDENTITY_REQUIRED
        refused = [each.notification for each in of(Notify, answer(bench, number, status))]
        assert not [each for each in refused if isinstance(each, RevocationRefused)]
        assert BUS not in {each.mobile_node_identifier for each in bench.lma.bindings.values()}

    def test_has_news_of_a_gateway_that_does_not_know_how(self) -> None:
        bench = served()
        number = told(revoke(bench))[MAG1].sequence_number
        status = RevocationStatus.REVOCATION_TRIGGER_NOT_SUPPORTED
        news = [each.notification for each in of(Notify, answer(bench, number, status))]
        refused = RevocationRefused(
            peer=MAG1, mobile_node_identifier=MobileNodeIdentifier("@example.net"), status=status
        )
        assert refused in news

    def test_is_not_told_of_those_that_their_gateway_has_let_go(self) -> None:
        bench = served()
        bench.send(MAG2, mobile_node_identifier=TRAM, lifetime_s=0)
        assert told(revoke(bench)).keys() == {MAG1}
        assert TRAM not in {each.mobile_node_identifier for each in bench.lma.bindings.values()}

    def test_is_not_told_again_when_all_of_it_has_ended_meanwhile(self) -> None:
        bench = served()
        revoke(bench)
        bench.send(MAG1, mobile_node_identifier=BUS, lifetime_s=0)
        bench.send(MAG1, mobile_node_identifier=BUS)
        bench.send(MAG2, mobile_node_identifier=TRAM, lifetime_s=0)
        effects = bench.pass_time(bench.now_ms + 10_000)
        assert indications(effects) == []
        assert bench.lma.anchor.initiator.sent == {}
        assert BUS in {each.mobile_node_identifier for each in bench.lma.bindings.values()}
