"""What peers cannot use up."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from nf.codec.registry import Status
from nf.engine.configuration import LmaConfiguration, LmaLimits
from nf.engine.lma.acknowledgement import MOST_PREFIXES_COPIED
from nf.engine.token_bucket import ANSWERS_TO_STRANGERS
from nf.engine.values import RateLimit
from tests.engine.lma.bench import (
    CONFIGURATION,
    MAG1,
    MAG2,
    NODE,
    OTHER,
    ROUTER,
    Bench,
    answer_in,
    node,
)

#: One registration a second, two at once.
SLOW = replace(
    CONFIGURATION, limits=LmaLimits(registrations_per_mag=RateLimit(messages_per_s=1, burst=2))
)
THIRD = MobileNodeIdentifier("mn3@example.net")
OVER = {"rate-limited": 1}


def lma(configuration: LmaConfiguration) -> Bench:
    return Bench(configuration, ROUTER, node(), node(OTHER), node(THIRD))


def limited(limits: LmaLimits) -> Bench:
    return lma(replace(CONFIGURATION, limits=limits))


class TestBindings:
    def test_beyond_the_limit_are_refused_with_130(self) -> None:
        bench = limited(LmaLimits(maximum_bindings=1))
        assert bench.status() == 0
        assert bench.status(mobile_node_identifier=OTHER) == Status.INSUFFICIENT_RESOURCES

    def test_at_the_limit_are_renewed_and_handed_over(self) -> None:
        bench = limited(LmaLimits(maximum_bindings=1))
        bench.send()
        assert bench.status() == 0
        assert bench.status(MAG2, handoff_indicator=3) == 0

    def test_leave_room_when_they_end(self) -> None:
        bench = limited(LmaLimits(maximum_bindings=1))
        bench.send()
        bench.send(lifetime_s=0)
        bench.pass_time(20_000)
        assert bench.status(mobile_node_identifier=OTHER) == 0

    def test_of_one_node_have_a_limit_of_their_own(self) -> None:
        bench = limited(LmaLimits(maximum_sessions_per_node=1))
        bench.send()
        other_interface = b"\x02\0\0\0\0\2"
        new = bench.status(handoff_indicator=1, mobile_node_link_layer_identifier=other_interface)
        assert new == Status.INSUFFICIENT_RESOURCES
        assert bench.status(mobile_node_identifier=OTHER) == 0


class TestRate:
    def spent(self) -> Bench:
        """Return an LMA of which MAG1 may ask for nothing new just now."""
        bench = lma(SLOW)
        bench.send()
        bench.send(mobile_node_identifier=OTHER)
        return bench

    def test_of_new_sessions_is_limited_without_an_answer(self) -> None:
        bench = self.spent()
        assert bench.send(mobile_node_identifier=THIRD) == []
        assert bench.lma.statistics.dropped == OVER
        assert len(bench.lma.bindings) == 2

    def test_of_handovers_is_limited_too(self) -> None:
        bench = lma(SLOW)
        for identifier in (NODE, OTHER, THIRD):
            bench.send(MAG1 if identifier == NODE else MAG2, mobile_node_identifier=identifier)
        assert bench.send(MAG2, handoff_indicator=3) == []
        assert bench.lma.statistics.dropped == OVER

    def test_never_stops_renewals_and_deregistrations(self) -> None:
        bench = self.spent()
        assert [bench.status() for _ in range(5)] == [0] * 5
        assert answer_in(bench.send(lifetime_s=0)).lifetime_s == 0
        assert bench.status() == 0
        assert bench.lma.statistics.dropped == {}

    def test_of_one_mag_leaves_the_others_alone(self) -> None:
        bench = self.spent()
        assert bench.status(MAG2, mobile_node_identifier=THIRD) == 0

    def test_recovers_with_time_up_to_the_burst(self) -> None:
        bench = self.spent()
        bench.now_ms += 1_000_000
        bucket = bench.lma.anchor.buckets[MAG1]
        assert bench.status(mobile_node_identifier=THIRD) == 0
        assert bucket.level == 1_000

    def test_has_room_for_one_more_after_a_second(self) -> None:
        bench = self.spent()
        bench.now_ms += 998
        assert bench.status(mobile_node_identifier=THIRD) == 0

    def test_counts_a_request_that_waits_only_once(self) -> None:
        bench = lma(SLOW)
        bench.send(MAG2)
        other_interface = b"\x02\0\0\0\0\2"
        bench.send(MAG1, mobile_node_link_layer_identifier=other_interface)
        bench.pass_time(bench.now_ms + 2_000)
        assert len(bench.lma.bindings) == 2
        assert bench.lma.statistics.dropped == {}

    def test_is_remembered_for_configured_mags_only(self) -> None:
        bench = self.spent()
        mags = CONFIGURATION.mobile_access_gateways[1:]
        bench.configure(replace(SLOW, mobile_access_gateways=mags))
        assert bench.lma.anchor.buckets == {}


class TestStrangers:
    """Whoever answers all of them reflects a flood with forged addresses at their owners."""

    def flood(self, bench: Bench) -> None:
        for number in range(1_000):
            bench.send(IPv6Address(0x2001 << 112 | number))

    def test_get_few_refusals_whatever_their_number(self) -> None:
        bench = lma(CONFIGURATION)
        begin_ms = bench.now_ms
        self.flood(bench)
        statistics = bench.lma.statistics
        refusals = statistics.pba_by_status[Status.MAG_NOT_AUTHORIZED_FOR_PROXY_REG]
        dripped = (bench.now_ms - begin_ms) * ANSWERS_TO_STRANGERS.messages_per_s // 1_000
        assert 0 <= refusals - ANSWERS_TO_STRANGERS.burst <= dripped < 1_000 - refusals
        assert statistics.dropped == {"rate-limited": 1_000 - refusals}

    def test_get_an_answer_again_with_time(self) -> None:
        bench = lma(CONFIGURATION)
        self.flood(bench)
        bench.now_ms += 1_000
        assert bench.status(IPv6Address("2001:db8:bad::1")) != 0

    def test_take_nothing_from_mags(self) -> None:
        bench = lma(CONFIGURATION)
        self.flood(bench)
        assert bench.status(MAG1) == 0
        assert bench.status(MAG1, mobile_node_identifier=None) != 0


@pytest.mark.rfc("5213 §5.3.6")
class TestManyPrefixes:
    PREFIXES = tuple(IPv6Network((0x2001 << 112 | n << 64, 64)) for n in range(1, 84))

    def test_of_a_refused_request_are_copied_as_far_as_they_fit(self) -> None:
        answer = answer_in(Bench().send(home_network_prefixes=self.PREFIXES))
        assert answer.status == Status.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX
        assert answer.home_network_prefixes == self.PREFIXES[:MOST_PREFIXES_COPIED]

    def test_fit_beside_the_longest_options_that_there_are(self) -> None:
        longest = MobileNodeIdentifier("n" * 254)
        bench = Bench(CONFIGURATION, ROUTER, node(longest))
        answer = answer_in(
            bench.send(
                mobile_node_identifier=longest,
                home_network_prefixes=self.PREFIXES,
                mobile_node_link_layer_identifier=b"\1" * 253,
                link_local_address=self.PREFIXES[0].network_address,
            )
        )
        assert decode_mobility_message(encode_mobility_message(answer)) == answer
