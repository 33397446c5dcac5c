"""An address of an LMA at which MAGs ask for sessions and are led to its own (RFC 6463 §5.3.1)."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any, Final

import pytest

from nf.codec.messages import (
    Heartbeat,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.registry import HandoffIndicator, Status
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.configuration import ConfigurationItem, RedirectAnchor, RedirectConfiguration
from nf.engine.effects import CloseMobilitySocket, Effect, OpenMobilitySocket, SendMessage
from nf.engine.engine import Engine
from nf.engine.events import (
    ConfigurationChanged,
    Event,
    MessageReceived,
    NodeLost,
    NodeSeen,
    ReregistrationRequested,
    Started,
)
from nf.engine.kernel_effects import InstallTunnel
from nf.engine.lma.records import BindingState
from nf.engine.values import AttachSource, Instant, TimerKind
from tests.engine.lma.bench import (
    CONFIGURATION,
    LMA,
    MAG1,
    MAG2,
    NODE,
    ROUTER,
    START_UTC_US,
    Bench,
    node,
    of,
)
from tests.engine.mag import bench as mag_bench

ASSIGNED: Final = IPv6Address("2001:db8:f::a")
OTHER_LMA: Final = IPv6Address("2001:db8:f::21")
ROLE: Final = replace(CONFIGURATION, redirect=RedirectConfiguration(assignment_address=ASSIGNED))
#: What another interface of the node asks.
SECOND: Final[dict[str, Any]] = {
    "mobile_node_link_layer_identifier": b"\2\0\0\0\0\2",
    "redirect_capability": True,
}


class Asked(Bench):
    """An LMA that is written to at its address for assignments, unless a test says otherwise."""

    def __init__(self, redirect: RedirectConfiguration | None = ROLE.redirect) -> None:
        self.asked_at = ASSIGNED
        super().__init__(replace(ROLE, redirect=redirect), ROUTER, node())

    def handle(self, event: Event) -> list[Effect]:
        if isinstance(event, MessageReceived) and isinstance(event.message, ProxyBindingUpdate):
            event = replace(event, destination=self.asked_at)
        return super().handle(event)


def answers(effects: list[Effect]) -> list[tuple[IPv6Address, int, IPv6Address | None]]:
    """Return of each acknowledgement where it comes from, its status, and where it leads."""
    sent = [(each.source, each.message) for each in of(SendMessage, effects)]
    return [
        (source, message.status, message.redirect)
        for source, message in sent
        if isinstance(message, ProxyBindingAcknowledgement)
    ]


@pytest.mark.rfc("6463 §5.3.1")
class TestAssignmentAddress:
    def test_answers_and_leads_to_the_address_of_the_session(self) -> None:
        bench = Asked()
        effects = bench.send(redirect_capability=True)
        assert answers(effects) == [(ASSIGNED, 0, LMA)]
        (tunnel,) = of(InstallTunnel, effects)
        assert (tunnel.tunnel.local, tunnel.tunnel.remote) == (LMA, MAG1)

    def test_answers_a_copy_alike(self) -> None:
        bench = Asked()
        bench.send(redirect_capability=True)
        assert answers(bench.send(redirect_capability=True)) == [(ASSIGNED, 0, LMA)]
        assert len(bench.lma.bindings) == 1

    def test_refuses_a_gateway_that_cannot_be_led_elsewhere(self) -> None:
        bench = Asked()
        assert answers(bench.send()) == [(ASSIGNED, Status.INSUFFICIENT_RESOURCES, None)]
        assert bench.lma.bindings == {}

    def test_lets_anybody_end_a_session(self) -> None:
        bench = Asked()
        bench.send(redirect_capability=True)
        assert answers(bench.send(lifetime_s=0)) == [(ASSIGNED, 0, None)]

    def test_has_refusals_leave_from_there_too(self) -> None:
        bench = Asked()
        stranger = MobileNodeIdentifier("nobody@example.net")
        effects = bench.send(redirect_capability=True, mobile_node_identifier=stranger)
        assert answers(effects) == [(ASSIGNED, Status.NOT_LMA_FOR_THIS_MOBILE_NODE, None)]

    def test_is_not_named_to_who_asks_at_the_own_address(self) -> None:
        bench = Asked()
        bench.asked_at = LMA
        assert answers(bench.send(redirect_capability=True)) == [(LMA, 0, None)]

    def test_finds_the_session_that_a_node_has_at_another_gateway(self) -> None:
        bench = Asked()
        bench.send(MAG1, redirect_capability=True)
        moved = HandoffIndicator.HANDOFF_BETWEEN_MAGS_SAME_INTERFACE
        effects = bench.send(MAG2, redirect_capability=True, handoff_indicator=moved)
        assert answers(effects) == [(ASSIGNED, 0, LMA)]
        assert len(bench.lma.bindings) == 1

    def test_is_remembered_by_a_request_that_waits(self) -> None:
        bench = Asked()
        bench.send(MAG1, redirect_capability=True)
        assert answers(bench.send(MAG2, **SECOND)) == []
        assert answers(bench.expire(TimerKind.BCE_ASSIGN, NODE)) == [(ASSIGNED, 0, LMA)]

    def test_takes_nothing_but_requests(self) -> None:
        bench = Asked()
        heartbeat = Heartbeat(sequence_number=SequenceNumber(1))
        event = MessageReceived(source=MAG1, destination=ASSIGNED, message=heartbeat)
        assert bench.handle(event) == []

    def test_leads_on_to_the_anchor_that_takes_the_session(self) -> None:
        anchors = (RedirectAnchor(address=OTHER_LMA),)
        bench = Asked(RedirectConfiguration(anchors=anchors, assignment_address=ASSIGNED))
        (asked,) = of(SendMessage, bench.send(redirect_capability=True))
        assert (asked.source, asked.destination) == (LMA, OTHER_LMA)
        assert isinstance(asked.message, ProxyBindingUpdate)
        answer = ProxyBindingAcknowledgement(
            status=0,
            sequence_number=asked.message.sequence_number,
            lifetime_s=1200,
            mobile_node_identifier=NODE,
            timestamp=timestamp_from_utc_us(bench.now.utc_us),
        )
        event = MessageReceived(source=OTHER_LMA, destination=LMA, message=answer)
        assert answers(bench.handle(event)) == [(ASSIGNED, 0, OTHER_LMA)]


class TestCommit:
    def test_opens_and_closes_the_address(self) -> None:
        bench = Bench(ROLE, ROUTER, node(), start=False)
        opened = [each.address for each in of(OpenMobilitySocket, bench.handle(Started()))]
        assert opened == [LMA, ASSIGNED]
        closed = of(CloseMobilitySocket, bench.configure(CONFIGURATION))
        assert [each.address for each in closed] == [ASSIGNED]
        bench.configure(ROLE)
        closed = of(CloseMobilitySocket, bench.configure(replace(ROLE, enabled=False)))
        assert [each.address for each in closed] == [LMA, ASSIGNED]

    def test_that_takes_the_address_leaves_its_sessions(self) -> None:
        bench = Asked()
        bench.send(redirect_capability=True)
        bench.configure(CONFIGURATION)
        assert len(bench.lma.bindings) == 1
        assert answers(bench.send(redirect_capability=True)) == []

    def test_that_takes_the_address_answers_nobody_who_waits_there(self) -> None:
        bench = Asked()
        bench.send(MAG1, redirect_capability=True)
        bench.send(MAG2, **SECOND)
        bench.configure(CONFIGURATION)
        assert bench.expire(TimerKind.BCE_ASSIGN, NODE) == []

    def test_that_takes_the_address_asks_no_other_anchor_any_more(self) -> None:
        anchors = (RedirectAnchor(address=OTHER_LMA),)
        bench = Asked(RedirectConfiguration(anchors=anchors, assignment_address=ASSIGNED))
        bench.send(redirect_capability=True)
        without = RedirectConfiguration(anchors=anchors)
        (withdrawn,) = of(SendMessage, bench.configure(replace(ROLE, redirect=without)))
        assert isinstance(withdrawn.message, ProxyBindingUpdate)
        assert (withdrawn.destination, withdrawn.message.lifetime_s) == (OTHER_LMA, 0)
        assert bench.lma.anchor.redirections == {}


class Wire:
    """An engine of each role with a wire between them, and the addresses of the LMA on it."""

    def __init__(self, redirect: RedirectConfiguration | None) -> None:
        identifier = mag_bench.NODE
        moving = replace(mag_bench.ROUTER, local_mobility_anchor=ASSIGNED)
        gateway = replace(mag_bench.ROLE, redirect=True)
        self.lma, self.mag = Engine(), Engine()
        self.used: list[IPv6Address] = []
        self._begin(self.lma, replace(ROLE, redirect=redirect), ROUTER, node(identifier))
        self._begin(self.mag, gateway, mag_bench.PROFILE, moving)

    def play(self, at_ms: int, event: Event) -> list[IPv6Address]:
        """Let the MAG handle an event, and both all that follows; return the addresses used."""
        now = Instant(at_ms, START_UTC_US + at_ms * 1000)
        queue: deque[tuple[Engine, Event]] = deque([(self.mag, event)])
        self.used = []
        while queue:
            engine, event = queue.popleft()
            for sent in of(SendMessage, engine.handle(event, now)):
                is_asking = sent.source == mag_bench.MAG
                self.used.append(sent.destination if is_asking else sent.source)
                received = MessageReceived(
                    source=sent.source, destination=sent.destination, message=sent.message
                )
                queue.append((self.lma if is_asking else self.mag, received))
        return self.used

    @staticmethod
    def _begin(engine: Engine, *items: ConfigurationItem) -> None:
        for event in (ConfigurationChanged(items=items), Started()):
            engine.handle(event, Instant(0, START_UTC_US))


@pytest.mark.rfc("6463 §5.2", "6463 §5.3.1")
def test_gateway_that_knows_no_other_address_speaks_to_the_own_one_once_it_is_served() -> None:
    wire = Wire(ROLE.redirect)
    place: dict[str, Any] = {"link": "access0", "link_layer_address": mag_bench.MAC}
    solicited = NodeSeen(**place, source=AttachSource.ROUTER_SOLICITATION)
    assert wire.play(1_000, solicited) == [ASSIGNED, ASSIGNED]
    entry = wire.mag.mag.binding_update_list[mag_bench.NODE]
    assert (entry.tunnel.remote, entry.redirected_by) == (LMA, ASSIGNED)
    renewal = ReregistrationRequested(mobile_node_identifier=mag_bench.NODE)
    assert wire.play(5_000, renewal) == [LMA, LMA]
    lost = NodeLost(**place, source=AttachSource.NEIGHBOUR_UNREACHABLE)
    assert wire.play(9_000, lost) == [LMA, LMA]
    (binding,) = wire.lma.lma.bindings.values()
    assert binding.state is BindingState.DEREGISTERING
