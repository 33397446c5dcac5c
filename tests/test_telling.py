"""The log: everything as long as it can be read, the size of what is too much."""

from __future__ import annotations

import logging
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.codec.messages import MobileNodeIdentifier, ProxyBindingUpdate, SequenceNumber
from nf.engine.configuration import MobileNode
from nf.engine.events import ConfigurationChanged, MessageReceived, RouterSolicited, Started
from nf.engine.store_effects import ForgetAssignment, StoreEffect
from nf.engine.values import Instant, LinkLayerAddress
from nf.telling import LINES_A_SECOND, TOLD_ITEMS, Teller

ADDRESS = IPv6Address("2001:db8::1")
PBU = MessageReceived(
    source=ADDRESS,
    destination=ADDRESS,
    message=ProxyBindingUpdate(sequence_number=SequenceNumber(1), lifetime_s=600),
)
SOLICITATION = RouterSolicited(
    link="a", link_layer_address=LinkLayerAddress(b"\x02" * 6), source=ADDRESS
)
RELEASE = ForgetAssignment(prefix=IPv6Network("2001:db8:1::/64"))


def at_second(number: int) -> Instant:
    return Instant(number * 1000, 0)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "pmip6")
    return caplog


def test_an_event_is_told_with_the_names_of_its_effects(told: pytest.LogCaptureFixture) -> None:
    Teller().tell(PBU, at_second(1), [RELEASE])
    (line,) = told.messages
    assert line.startswith("message-received source=2001:db8::1")
    assert line.endswith(" -> forget-assignment")


def test_a_flood_is_told_by_its_first_lines_and_its_size(told: pytest.LogCaptureFixture) -> None:
    teller = Teller()
    for _ in range(LINES_A_SECOND + 1000):
        teller.tell(PBU, at_second(1), [])
    assert len(told.messages) == LINES_A_SECOND
    teller.tell(PBU, at_second(2), [])
    assert told.messages[LINES_A_SECOND] == "and 1000 events more within a second"
    assert told.messages[-1].startswith("message-received")


def test_a_flood_hides_nothing_that_is_rare(told: pytest.LogCaptureFixture) -> None:
    teller = Teller()
    for _ in range(LINES_A_SECOND + 1):
        teller.tell(PBU, at_second(1), [])
    teller.tell(Started(), at_second(1), [])
    assert told.messages[-1] == "started -> nothing"


def test_what_changes_nothing_takes_no_line_from_others(told: pytest.LogCaptureFixture) -> None:
    teller = Teller()
    for _ in range(10 * LINES_A_SECOND):
        teller.tell(SOLICITATION, at_second(1), [])
    assert told.messages == []
    teller.tell(PBU, at_second(1), [])
    assert len(told.messages) == 1


def test_whoever_wants_every_effect_gets_every_event(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "pmip6")
    teller = Teller()
    for _ in range(LINES_A_SECOND + 5):
        teller.tell(PBU, at_second(1), [RELEASE])
    assert len(caplog.messages) == 2 * (LINES_A_SECOND + 5)
    assert caplog.messages[-1] == "  forget-assignment prefix=2001:db8:1::/64"


def test_of_a_great_commit_its_size_is_told(told: pytest.LogCaptureFixture) -> None:
    nodes = (
        MobileNode(identifier=MobileNodeIdentifier(f"bus-{n}"), policy_profile="buses")
        for n in range(1000)
    )
    effects: list[StoreEffect] = [RELEASE] * (TOLD_ITEMS + 7)
    Teller().tell(ConfigurationChanged(items=tuple(nodes)), at_second(1), [*effects])
    (line,) = told.messages
    assert line.startswith("configuration-changed items=1000 -> forget-assignment, ")
    assert line.endswith(", 7 more")
