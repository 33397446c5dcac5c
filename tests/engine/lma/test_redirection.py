"""Sending sessions to other anchors, and taking those that others send."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Any, Final

import pytest

from nf.codec.messages import (
    LoadInformation,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
)
from nf.codec.registry import Status
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.configuration import (
    LmaConfiguration,
    LmaLimits,
    LmaRemoved,
    MagConfiguration,
    RedirectAnchor,
    RedirectConfiguration,
)
from nf.engine.effects import Effect, Notify, SendMessage, StopTimer
from nf.engine.engine import Engine
from nf.engine.events import MessageReceived, Started
from nf.engine.lma.ranking import ranking
from nf.engine.notifications import RegistrationRefused
from nf.engine.store_effects import PersistBinding
from nf.engine.values import Instant, TimerKind
from tests.engine.lma.bench import (
    CONFIGURATION,
    LMA,
    MAG1,
    MAG2,
    NODE,
    OTHER,
    ROUTER,
    START_UTC_US,
    Bench,
    answer_in,
    node,
    of,
)

FIRST: Final = IPv6Address("2001:db8:f::21")
SECOND: Final = IPv6Address("2001:db8:f::22")
HNP: Final = IPv6Network("2001:db8:77::/64")
ANCHORS: Final = (RedirectAnchor(address=FIRST), RedirectAnchor(address=SECOND, priority=200))


def sending(
    *anchors: RedirectAnchor, own_weight: int = 0, role: LmaConfiguration = CONFIGURATION
) -> Bench:
    """Return an LMA that sends sessions to FIRST, then SECOND, unless told otherwise."""
    redirect = RedirectConfiguration(anchors=anchors or ANCHORS, own_weight=own_weight)
    return Bench(replace(role, redirect=redirect), ROUTER, node(), node(OTHER))


def register(bench: Bench, mag: IPv6Address = MAG1, **fields: Any) -> list[Effect]:  # noqa: ANN401
    return bench.send(mag, redirect_capability=True, **fields)


def requests_in(effects: list[Effect]) -> list[tuple[IPv6Address, ProxyBindingUpdate]]:
    """Return the PBUs among effects, and to whom they go."""
    sent = [(each.destination, each.message) for each in of(SendMessage, effects)]
    return [(to, message) for to, message in sent if isinstance(message, ProxyBindingUpdate)]


def answer_to(
    request: ProxyBindingUpdate,
    status: int = 0,
    **fields: Any,  # noqa: ANN401
) -> ProxyBindingAcknowledgement:
    """Return what an anchor answers."""
    answer = ProxyBindingAcknowledgement(
        status=status,
        sequence_number=request.sequence_number,
        lifetime_s=0 if status else 1200,
        mobile_node_identifier=request.mobile_node_identifier,
        home_network_prefixes=(HNP,),
        handoff_indicator=request.handoff_indicator,
        access_technology_type=request.access_technology_type,
        timestamp=request.timestamp,
    )
    return replace(answer, **fields)


def receive(
    bench: Bench, answer: ProxyBindingAcknowledgement, source: IPv6Address = FIRST
) -> list[Effect]:
    return bench.handle(MessageReceived(source=source, destination=LMA, message=answer))


@pytest.mark.rfc("6463 §5.3.2")
class TestRequest:
    def test_goes_to_the_anchor_as_a_mag_would_send_it(self) -> None:
        bench = sending()
        ((to, request),) = requests_in(register(bench, link_local_address=IPv6Address("fe80::1")))
        assert to == FIRST
        assert request.alternate_care_of_address == MAG1
        assert request.timestamp == timestamp_from_utc_us(bench.now.utc_us)
        assert request.link_local_address == IPv6Address("fe80::1")
        assert (request.mobile_node_identifier, request.handoff_indicator) == (NODE, 4)
        assert not request.redirect_capability

    def test_creates_no_session_and_no_prefix(self) -> None:
        bench = sending()
        assert of(PersistBinding, register(bench)) == []
        assert (bench.lma.bindings, bench.lma.assignments) == ({}, {})

    def test_has_no_timestamp_where_the_mag_sends_none(self) -> None:
        ((_, request),) = requests_in(register(sending(), timestamp=None))
        assert request.timestamp is None

    def test_is_repeated_once_with_back_off_before_the_next_anchor_is_asked(self) -> None:
        bench = sending()
        ((_, first),) = requests_in(register(bench))
        began_ms = bench.now_ms
        assert bench.pass_time(began_ms + 999) == []
        ((to, again),) = requests_in(bench.pass_time(began_ms + 1_000))
        assert (to, again.sequence_number) == (FIRST, first.sequence_number + 1)
        assert bench.pass_time(began_ms + 2_999) == []
        (withdrawn, (to, _)) = requests_in(bench.pass_time(began_ms + 3_000))
        assert (withdrawn[0], withdrawn[1].lifetime_s) == (FIRST, 0)
        assert to == SECOND

    def test_sent_again_by_the_mag_is_not_sent_on_again(self) -> None:
        bench = sending()
        ((_, request),) = requests_in(register(bench))
        assert register(bench) == []
        assert answer_in(receive(bench, answer_to(request))).sequence_number == 2

    def test_from_another_mag_takes_the_place_of_the_first(self) -> None:
        bench = sending()
        register(bench)
        withdrawn, (_, request) = requests_in(register(bench, MAG2))
        assert withdrawn[1].lifetime_s == 0
        assert withdrawn[1].alternate_care_of_address == MAG1
        assert request.alternate_care_of_address == MAG2

    def test_ends_when_the_mag_says_that_the_node_has_left(self) -> None:
        bench = sending()
        register(bench)
        effects = register(bench, lifetime_s=0)
        ((to, withdrawn),) = requests_in(effects)
        assert (to, withdrawn.lifetime_s) == (FIRST, 0)
        assert of(StopTimer, effects)[0].timer.kind is TimerKind.REDIRECT_RETRANSMIT
        assert bench.lma.anchor.redirections == {}

    def test_goes_on_when_another_mag_says_that_the_node_has_left(self) -> None:
        bench = sending()
        register(bench)
        assert register(bench, MAG2, lifetime_s=0) == []
        assert list(bench.lma.anchor.redirections) == [NODE]

    def test_ends_with_the_role(self) -> None:
        bench = sending()
        register(bench)
        bench.configure(LmaRemoved())
        assert bench.pass_time(10_000) == []
        assert bench.lma.anchor.redirections == {}

    def test_number_wraps_around(self) -> None:
        bench = sending()
        bench.lma.anchor.sent_number = 65_535
        ((_, request),) = requests_in(register(bench))
        assert request.sequence_number == 0

    def test_timer_that_is_late_means_nothing(self) -> None:
        assert sending().expire(TimerKind.REDIRECT_RETRANSMIT, NODE) == []


@pytest.mark.rfc("6463 §5.3")
class TestServedHere:
    def test_is_what_cannot_be_redirected(self) -> None:
        assert sending().status() == 0

    def test_is_all_where_no_anchor_is_configured(self) -> None:
        empty = replace(CONFIGURATION, redirect=RedirectConfiguration())
        bench = Bench(empty, ROUTER, node())
        assert answer_in(register(bench)).status == 0

    @pytest.mark.rfc("6463 §6")
    def test_is_a_node_that_has_a_session_here(self) -> None:
        bench = sending()
        bench.send()
        assert answer_in(register(bench)).redirect is None
        other = {"handoff_indicator": 1, "mobile_node_link_layer_identifier": b"\2\0\0\0\0\2"}
        assert answer_in(register(bench, MAG1, **other)).redirect is None

    def test_is_a_node_whose_share_is_ours(self) -> None:
        bench = sending(RedirectAnchor(address=FIRST, weight=0), own_weight=1)
        assert answer_in(register(bench)).status == 0

    def test_is_whom_nobody_answers_for_if_we_have_a_share(self) -> None:
        bench = sending(RedirectAnchor(address=FIRST, weight=1_000_000), own_weight=1)
        register(bench)
        effects = bench.pass_time(bench.now_ms + 10_000)
        answer = [each.message for each in of(SendMessage, effects)][-1]
        assert isinstance(answer, ProxyBindingAcknowledgement)
        assert (answer.status, answer.redirect) == (0, None)
        assert len(bench.lma.bindings) == 1


@pytest.mark.rfc("6463 §5.3.2")
class TestAnswer:
    def test_tells_the_mag_of_its_new_lma(self) -> None:
        bench = sending()
        ((_, request),) = requests_in(register(bench))
        load = LoadInformation(priority=1, sessions_in_use=2, maximum_sessions=3)
        effects = receive(bench, answer_to(request, load_information=load))
        (sent,) = of(SendMessage, effects)
        assert (sent.source, sent.destination) == (LMA, MAG1)
        answer = answer_in(effects)
        assert (answer.status, answer.redirect, answer.lifetime_s) == (0, FIRST, 1200)
        assert (answer.home_network_prefixes, answer.load_information) == ((HNP,), load)
        assert answer.sequence_number == 1
        assert bench.lma.statistics.redirections == 1
        assert bench.lma.statistics.pba_by_status == {0: 1}
        assert bench.lma.anchor.redirections == {}

    def test_bears_the_timestamp_of_the_mag(self) -> None:
        bench = sending()
        stamp = timestamp_from_utc_us(START_UTC_US + 200_000)
        ((_, request),) = requests_in(register(bench, timestamp=stamp))
        assert answer_in(receive(bench, answer_to(request))).timestamp == stamp
        assert bench.status(timestamp=stamp) == Status.TIMESTAMP_MISMATCH

    def test_to_the_first_copy_counts_after_the_second(self) -> None:
        bench = sending()
        ((_, request),) = requests_in(register(bench))
        bench.pass_time(bench.now_ms + 1_000)
        assert answer_in(receive(bench, answer_to(request))).redirect == FIRST

    def test_that_refuses_leaves_the_next_anchor_to_be_asked(self) -> None:
        bench = sending()
        ((_, request),) = requests_in(register(bench))
        refusal = answer_to(request, Status.INSUFFICIENT_RESOURCES)
        ((to, request),) = requests_in(receive(bench, refusal))
        assert to == SECOND
        assert answer_in(receive(bench, answer_to(request), SECOND)).redirect == SECOND

    def test_that_refuses_last_is_passed_on(self) -> None:
        bench = sending(ANCHORS[0])
        ((_, request),) = requests_in(register(bench))
        effects = receive(bench, answer_to(request, Status.NOT_LMA_FOR_THIS_MOBILE_NODE))
        answer = answer_in(effects)
        assert answer.status == Status.NOT_LMA_FOR_THIS_MOBILE_NODE
        assert (answer.redirect, answer.sequence_number) == (None, 1)
        (told,) = [each.notification for each in of(Notify, effects)]
        assert told == RegistrationRefused(
            mobile_node_identifier=NODE, peer=MAG1, status=Status.NOT_LMA_FOR_THIS_MOBILE_NODE
        )

    def test_that_refuses_for_the_time_tells_the_anchors_time(self) -> None:
        bench = sending(ANCHORS[0])
        ((_, request),) = requests_in(register(bench))
        clock = timestamp_from_utc_us(START_UTC_US + 9_000_000)
        refusal = answer_to(request, Status.TIMESTAMP_MISMATCH, timestamp=clock)
        assert answer_in(receive(bench, refusal)).timestamp == clock

    def test_that_never_comes_is_a_refusal_with_130(self) -> None:
        bench = sending(ANCHORS[0])
        register(bench)
        effects = bench.pass_time(bench.now_ms + 10_000)
        answer = of(SendMessage, effects)[-1].message
        assert isinstance(answer, ProxyBindingAcknowledgement)
        assert answer.status == Status.INSUFFICIENT_RESOURCES
        assert bench.due_at_ms == {}

    @pytest.mark.parametrize(
        ("source", "fields"),
        [
            (SECOND, {}),
            (FIRST, {"sequence_number": 4711}),
            (FIRST, {"mobile_node_identifier": OTHER}),
            (FIRST, {"mobile_node_identifier": None}),
        ],
    )
    def test_to_nothing_that_was_asked_is_dropped(
        self, source: IPv6Address, fields: dict[str, Any]
    ) -> None:
        bench = sending()
        ((_, request),) = requests_in(register(bench))
        assert receive(bench, answer_to(request, **fields), source) == []
        assert bench.lma.statistics.dropped == {"unmatched-redirection": 1}


class TestAccepting:
    @pytest.mark.rfc("6463 §7")
    def test_of_what_others_send_is_off_unless_configured(self) -> None:
        status = Bench().status(MAG1, alternate_care_of_address=MAG2)
        assert status == Status.MAG_NOT_AUTHORIZED_FOR_PROXY_REG

    @pytest.mark.rfc("6463 §5.3.2")
    def test_takes_the_alternate_address_for_the_tunnel(self) -> None:
        bench = Bench(replace(CONFIGURATION, redirect_accept=True), ROUTER, node())
        effects = bench.send(MAG1, alternate_care_of_address=MAG2)
        assert [each.destination for each in of(SendMessage, effects)] == [MAG1]
        assert [each.proxy_care_of_address for each in bench.lma.bindings.values()] == [MAG2]

    @pytest.mark.parametrize(("source", "mag"), [(MAG1, FIRST), (FIRST, MAG1)])
    def test_wants_both_to_be_authorised(self, source: IPv6Address, mag: IPv6Address) -> None:
        bench = Bench(replace(CONFIGURATION, redirect_accept=True), ROUTER, node())
        status = bench.status(source, alternate_care_of_address=mag)
        assert status == Status.MAG_NOT_AUTHORIZED_FOR_PROXY_REG

    def test_of_an_alternate_address_that_is_the_source_is_always_on(self) -> None:
        assert Bench().status(MAG1, alternate_care_of_address=MAG1) == 0


@pytest.mark.rfc("6463 §4.3")
class TestLoad:
    def test_is_told_with_what_the_limits_allow(self) -> None:
        limits = LmaLimits(maximum_bindings=7)
        bench = Bench(replace(CONFIGURATION, load_priority=3, limits=limits), ROUTER, node())
        assert answer_in(bench.send()).load_information == LoadInformation(
            priority=3, sessions_in_use=1, maximum_sessions=7
        )

    def test_is_bounded_by_the_nodes_without_a_limit(self) -> None:
        bench = Bench(replace(CONFIGURATION, load_priority=3), ROUTER, node(), node(OTHER))
        load = answer_in(bench.send()).load_information
        assert load is not None
        assert load.maximum_sessions == 2

    def test_is_not_told_unless_configured_nor_at_the_end(self) -> None:
        assert answer_in(Bench().send()).load_information is None
        bench = Bench(replace(CONFIGURATION, load_priority=3), ROUTER, node())
        bench.send()
        assert answer_in(bench.send(lifetime_s=0)).load_information is None


class TestRanking:
    NODES: Final = [MobileNodeIdentifier(f"mn{number}@example.net") for number in range(1000)]

    def share(self, redirect: RedirectConfiguration) -> Counter[IPv6Address]:
        return Counter(ranking(each, redirect, LMA)[0] for each in self.NODES)

    def test_goes_by_priority_first(self) -> None:
        assert ranking(NODE, RedirectConfiguration(anchors=ANCHORS[::-1]), LMA) == [FIRST, SECOND]

    def test_divides_equals_by_weight(self) -> None:
        equals = (
            RedirectAnchor(address=FIRST, weight=3),
            RedirectAnchor(address=SECOND, weight=1),
        )
        share = self.share(RedirectConfiguration(anchors=equals))
        assert 700 < share[FIRST] < 800

    def test_gives_us_our_share_among_the_best(self) -> None:
        share = self.share(RedirectConfiguration(anchors=ANCHORS, own_weight=1))
        assert set(share) == {FIRST, LMA}
        assert 450 < share[LMA] < 550

    def test_leaves_the_others_where_they_are_when_one_goes(self) -> None:
        equals = tuple(RedirectAnchor(address=LMA + number) for number in range(1, 5))
        for each in self.NODES[:100]:
            order = ranking(each, RedirectConfiguration(anchors=equals), LMA)
            rest = tuple(anchor for anchor in equals if anchor.address != order[0])
            assert ranking(each, RedirectConfiguration(anchors=rest), LMA) == order[1:]

    def test_leaves_ourselves_out_of_the_anchors(self) -> None:
        anchors = (RedirectAnchor(address=LMA), *ANCHORS)
        assert ranking(NODE, RedirectConfiguration(anchors=anchors), LMA) == [FIRST, SECOND]


def test_an_answer_is_the_lmas_only_if_it_waits_for_it() -> None:
    engine = Engine()
    now = Instant(1, START_UTC_US + 1000)
    role = replace(CONFIGURATION, redirect=RedirectConfiguration(anchors=ANCHORS))
    for item in (role, ROUTER, node(), MagConfiguration(proxy_care_of_address=LMA)):
        engine.configuration.take(item)
    engine.handle(Started(), now)
    bench = sending()
    ((_, request),) = requests_in(register(bench))
    answer = MessageReceived(source=FIRST, destination=LMA, message=answer_to(request))
    engine.handle(answer, now)
    assert engine.mag.statistics.dropped == {"no-matching-request": 1}
    engine.lma.anchor.redirections = bench.lma.anchor.redirections
    assert answer_in(engine.handle(answer, now)).redirect == FIRST
