"""A client that accepts it is told at once that it has lost a prefix (RFC 8415 §18.3.11)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from nf.codec.dhcpv6_authentication import OPTION_RECONF_MSG
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType, RawDhcpOption
from nf.engine.configuration import DomainConfiguration
from nf.engine.effects import Effect, SendDhcpMessage, StartTimer
from nf.engine.events import ReplayDetectionRestored
from nf.engine.mag.dhcp_reconfigure import FIRST_TIMEOUT_MS, MAX_ATTEMPTS
from nf.engine.mag.replay_detection import AHEAD_US
from nf.engine.store_effects import PersistReplayDetection
from nf.engine.values import TimerKind
from tests.engine.mag.bench import (
    ADDRESS,
    CLIENT,
    MNP,
    NODE,
    OTHER_MNP,
    SERVER,
    START_UTC_US,
    Bench,
    ia_pd,
    message,
    of,
    registered,
)

_TYPE = DhcpMessageType
DOMAIN = DomainConfiguration(reconfigure_secret_file="/etc/pmip6/reconfigure")
RENEW = RawDhcpOption(code=OPTION_RECONF_MSG, data=bytes((5,)))


def willing(said: DhcpMessage) -> DhcpMessage:
    return replace(said, reconfigure_accept=True)


def request() -> DhcpMessage:
    return message(_TYPE.REQUEST, ia_pd(MNP), server=SERVER)


def renewal() -> DhcpMessage:
    return message(_TYPE.RENEW, ia_pd(MNP), server=SERVER)


def leased(said: DhcpMessage | None = None) -> Bench:
    """Return a MAG whose router has its prefix, and accepts to be told."""
    bench = registered(DOMAIN)
    bench.dhcp(said if said is not None else willing(request()))
    return bench


def lose(bench: Bench) -> list[Effect]:
    """Have the LMA give another prefix than before."""
    bench.renew(after_ms=200_000)
    return bench.accepted(mnps=(OTHER_MNP,))


def reconfigures(effects: list[Effect]) -> list[SendDhcpMessage]:
    sent = of(SendDhcpMessage, effects)
    return [each for each in sent if each.message.message_type is _TYPE.RECONFIGURE]


def number_of(sent: SendDhcpMessage) -> int:
    assert sent.authentication is not None
    return sent.authentication.replay_detection


class TestKey:
    @pytest.mark.rfc("8415 §20.4.2")
    @pytest.mark.parametrize(
        "said",
        [request(), message(_TYPE.SOLICIT, ia_pd(), rapid_commit=True)],
        ids=["request", "rapid-commit"],
    )
    def test_comes_with_the_reply_to_a_client_that_is_willing(self, said: DhcpMessage) -> None:
        (sent,) = of(SendDhcpMessage, registered(DOMAIN).dhcp(willing(said)))
        assert sent.message.reconfigure_accept
        assert sent.authentication is not None
        assert sent.authentication.mobile_node_identifier == NODE

    @pytest.mark.rfc("8415 §20.4.2")
    @pytest.mark.parametrize(
        "said",
        [request(), willing(message(_TYPE.SOLICIT, ia_pd())), willing(renewal())],
        ids=["unwilling", "advertise", "renew"],
    )
    def test_comes_with_no_other_message(self, said: DhcpMessage) -> None:
        (sent,) = of(SendDhcpMessage, registered(DOMAIN).dhcp(said))
        assert sent.authentication is None

    def test_comes_with_none_where_there_is_no_secret(self) -> None:
        (sent,) = of(SendDhcpMessage, registered().dhcp(willing(request())))
        assert sent.authentication is None
        assert not sent.message.reconfigure_accept


class TestReconfigure:
    @pytest.mark.rfc("8415 §18.3.11")
    def test_tells_a_client_at_once_that_it_has_lost_a_prefix(self) -> None:
        (sent,) = reconfigures(lose(leased()))
        assert sent.destination == ADDRESS
        assert number_of(sent) > 0
        assert sent.message == DhcpMessage(
            message_type=_TYPE.RECONFIGURE,
            transaction_id=0,
            client_duid=CLIENT,
            server_duid=SERVER,
            other_options=(RENEW,),
        )

    def test_is_no_use_where_no_prefix_was_lost(self) -> None:
        bench = leased()
        bench.renew(after_ms=200_000)
        assert reconfigures(bench.accepted(mnps=(MNP, OTHER_MNP))) == []

    @pytest.mark.rfc("8415 §21.20")
    def test_is_not_for_a_client_that_is_not_willing(self) -> None:
        assert reconfigures(lose(leased(request()))) == []

    @pytest.mark.rfc("8415 §18.2.4")
    def test_is_for_a_client_whose_renewals_do_not_say_again_that_it_is_willing(self) -> None:
        bench = leased()
        bench.dhcp(renewal())
        assert len(reconfigures(lose(bench))) == 1

    @pytest.mark.rfc("8415 §21.20")
    def test_is_not_for_a_client_that_is_not_willing_any_more(self) -> None:
        bench = leased()
        bench.dhcp(request())
        bench.dhcp(renewal())
        assert reconfigures(lose(bench)) == []

    def test_is_not_for_another_client_that_renews_behind_the_same_node(self) -> None:
        bench = leased()
        bench.dhcp(replace(renewal(), client_duid=b"\0\3\0\1another"))
        assert reconfigures(lose(bench)) == []

    def test_is_not_sent_where_the_secret_has_gone(self) -> None:
        bench = leased()
        bench.configure(DomainConfiguration())
        assert reconfigures(lose(bench)) == []

    @pytest.mark.rfc("8415 §18.3.11", "8415 §7.6")
    def test_is_repeated_with_doubled_waits_and_not_for_ever(self) -> None:
        bench = leased()
        effects = lose(bench)
        waits = []
        while reconfigures(effects):
            (timer,) = (
                each for each in of(StartTimer, effects) if each.timer.kind is TimerKind.RECONFIGURE
            )
            waits.append(timer.after_ms)
            effects = bench.expire(TimerKind.RECONFIGURE, after_ms=timer.after_ms)
        assert waits == [FIRST_TIMEOUT_MS << attempt for attempt in range(MAX_ATTEMPTS)]

    @pytest.mark.rfc("8415 §18.3.11")
    @pytest.mark.parametrize("kind", [_TYPE.RENEW, _TYPE.REBIND])
    def test_is_not_repeated_once_the_client_has_renewed(self, kind: DhcpMessageType) -> None:
        bench = leased()
        lose(bench)
        server = SERVER if kind is _TYPE.RENEW else None
        bench.dhcp(message(kind, ia_pd(MNP), server=server))
        assert not bench.is_running(TimerKind.RECONFIGURE)


class TestReplayDetection:
    @pytest.mark.rfc("8415 §20.3")
    def test_grows_from_message_to_message_also_where_the_clock_goes_back(self) -> None:
        bench = registered(DOMAIN)
        numbers = []
        for error_us in (0, 0, -5_000_000_000):
            bench.clock_error_us = error_us
            (sent,) = of(SendDhcpMessage, bench.dhcp(willing(request())))
            numbers.append(number_of(sent))
        assert all(one < next_one for one, next_one in pairwise(numbers))

    @pytest.mark.rfc("8415 §20.3")
    def test_is_durable_before_it_is_used_and_not_stored_for_each(self) -> None:
        bench = registered(DOMAIN)
        first, second = (bench.dhcp(willing(request())) for _ in range(2))
        (stored,) = of(PersistReplayDetection, first)
        assert of(PersistReplayDetection, second) == []
        assert stored.number >= number_of(of(SendDhcpMessage, second)[0])
        bench.at_ms += AHEAD_US // 1000 + 1
        (later,) = of(PersistReplayDetection, bench.dhcp(willing(request())))
        assert later.number > stored.number

    @pytest.mark.rfc("8415 §20.3")
    def test_goes_on_behind_what_was_stored_after_a_restart(self) -> None:
        stored = START_UTC_US + 10**12
        bench = Bench(DOMAIN, start=False)
        bench.handle(ReplayDetectionRestored(number=stored))
        number, _ = bench.mag.gateway.replay_detection.next(bench.instant())
        assert number == stored + 1
