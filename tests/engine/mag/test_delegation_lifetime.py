"""Mobile networks that come with a later Solicit, and go with a lease that nobody renews."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.dhcpv6_messages import DhcpMessageType, DhcpStatusCode
from nf.codec.messages import ALL_ZERO_PREFIX, UNSPECIFIED, MobileNetworkPrefix
from nf.engine.configuration import DomainConfiguration
from nf.engine.effects import OpenAccessLink, SendMessage, StartTimer
from nf.engine.kernel_effects import RemoveUplinkRoute
from nf.engine.mag.records import RegistrationState
from nf.engine.values import TimerKind
from tests.engine.mag.bench import (
    ADDRESS,
    HNP,
    MNP,
    SERVER,
    Bench,
    codes,
    ia_pd,
    message,
    of,
    registered,
    reply_in,
    solicit,
    waiting,
)

REQUEST = MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True)


def delegated() -> Bench:
    """Return a MAG whose mobile router has a lease of its mobile network prefix."""
    bench = registered()
    bench.dhcp(message(DhcpMessageType.REQUEST, ia_pd(MNP), server=SERVER))
    return bench


def host() -> Bench:
    """Return a MAG whose mobile router was granted no mobile network prefix a while ago."""
    bench = Bench()
    bench.seen()
    bench.accepted(mnps=())
    bench.at_ms += 5_000
    return bench


@pytest.mark.rfc("8415 §18.2.10.1", "7148 §5.1.3.1")
class TestLease:
    def test_that_nobody_renews_takes_the_prefix_out_of_the_binding(self) -> None:
        bench = delegated()
        effects = bench.expire(TimerKind.DELEGATION_LIFETIME)
        assert [each.prefix for each in of(RemoveUplinkRoute, effects)] == [MNP]
        assert bench.pbu.home_network_prefixes == (HNP,)
        assert bench.pbu.mobile_network_prefixes == ()
        assert bench.pbu.lifetime_s > 0

    def test_that_has_ended_comes_back_with_a_solicit(self) -> None:
        bench = delegated()
        bench.expire(TimerKind.DELEGATION_LIFETIME)
        bench.accepted(mnps=())
        bench.dhcp(solicit())
        assert bench.pbu.mobile_network_prefixes == (REQUEST,)

    def test_lasts_as_long_as_the_last_reply_says(self) -> None:
        bench = delegated()
        bench.at_ms += 100_000
        effects = bench.dhcp(message(DhcpMessageType.RENEW, ia_pd(MNP), server=SERVER))
        (start,) = of(StartTimer, effects)
        assert (start.timer.kind, start.after_ms) == (TimerKind.DELEGATION_LIFETIME, 300_000)

    def test_is_given_by_no_advertise(self) -> None:
        bench = registered()
        bench.dhcp(solicit())
        assert not bench.is_running(TimerKind.DELEGATION_LIFETIME)

    def test_ends_with_the_registration(self) -> None:
        bench = delegated()
        bench.lost()
        assert not bench.is_running(TimerKind.DELEGATION_LIFETIME)

    def test_ends_with_a_release(self) -> None:
        bench = delegated()
        bench.dhcp(message(DhcpMessageType.RELEASE, ia_pd(MNP), server=SERVER))
        assert not bench.is_running(TimerKind.DELEGATION_LIFETIME)

    def test_of_a_prefix_that_the_lma_has_withdrawn_ends_without_a_word(self) -> None:
        bench = delegated()
        bench.expire(TimerKind.REFRESH)
        bench.accepted(mnps=())
        assert bench.expire(TimerKind.DELEGATION_LIFETIME) == []


@pytest.mark.rfc("draft-nemo §3.3.2")
class TestUpgradeFromHostToRouter:
    def test_solicit_asks_the_lma_again_and_waits_for_its_answer(self) -> None:
        bench = host()
        (sent,) = of(SendMessage, bench.dhcp(solicit()))
        assert sent.message == bench.pbu
        assert bench.pbu.mobile_router
        assert bench.pbu.mobile_network_prefixes == (REQUEST,)
        assert bench.pbu.home_network_prefixes == (HNP,)
        assert reply_in(bench.accepted()).ia_pds[0].prefixes[0].prefix == MNP
        assert bench.state() is RegistrationState.REGISTERED

    def test_solicit_to_which_the_lma_grants_none_again_gets_no_prefix_avail(self) -> None:
        bench = host()
        bench.dhcp(solicit())
        reply = reply_in(bench.accepted(mnps=()))
        assert codes(reply) == [DhcpStatusCode.NO_PREFIX_AVAIL]

    def test_flood_of_solicits_asks_once_a_second_at_most(self) -> None:
        bench = host()
        before = len(bench.sent)
        for _ in range(100):
            bench.at_ms += 50
            bench.dhcp(solicit())
            if bench.entry.pending is not None:
                bench.accepted(mnps=())
        assert 4 <= len(bench.sent) - before <= 5


@pytest.mark.rfc("5213 §6.9.1.2")
def test_address_that_the_node_itself_has_is_not_put_on_its_link() -> None:
    bench = waiting(DomainConfiguration(fixed_mag_link_local_address=UNSPECIFIED))
    given = replace(bench.answer(), link_local_address=ADDRESS)
    assert of(OpenAccessLink, bench.receive(given)) == []


def test_prefix_that_is_granted_as_home_and_as_mobile_network_is_a_home_network_only() -> None:
    bench = waiting()
    bench.accepted(hnps=(HNP,), mnps=(HNP, MNP))
    assert bench.entry.mobile_network_prefixes == (MNP,)
