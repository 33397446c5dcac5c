"""Following an LMA that gives a session to another one."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address
from typing import Final

import pytest

from nf.codec.registry import Status
from nf.engine.effects import Effect, SendMessage
from nf.engine.kernel_effects import InstallTunnel, InstallUplinkRoute, RemoveTunnel
from nf.engine.mag.records import RegistrationState
from nf.engine.values import TimerKind, Tunnel
from tests.engine.mag.bench import LMA, MAG, OTHER_LMA, ROLE, ROUTER, TUNNEL, Bench, of, waiting

WILLING: Final = replace(ROLE, redirect=True)
OTHER_TUNNEL: Final = Tunnel(local=MAG, remote=OTHER_LMA)


def redirect(bench: Bench, target: IPv6Address = OTHER_LMA) -> list[Effect]:
    return bench.receive(replace(bench.answer(), redirect=target))


def redirected() -> Bench:
    """Return a MAG whose router is registered with another LMA than the configured one."""
    bench = waiting(WILLING)
    redirect(bench)
    return bench


@pytest.mark.rfc("6463 §5.2")
class TestCapability:
    def test_is_offered_with_the_first_registration_and_its_copies(self) -> None:
        bench = waiting(WILLING)
        assert bench.pbu.redirect_capability
        bench.expire(TimerKind.RETRANSMIT, after_ms=1_000)
        assert bench.pbu.redirect_capability

    def test_is_not_offered_unless_configured(self) -> None:
        assert not waiting().pbu.redirect_capability

    def test_is_not_offered_with_a_renewal(self) -> None:
        bench = redirected()
        bench.renew(after_ms=200_000)
        assert not bench.pbu.redirect_capability


@pytest.mark.rfc("6463 §5.2")
class TestRedirection:
    def test_leads_the_tunnel_to_the_new_lma(self) -> None:
        effects = redirect(waiting(WILLING))
        assert [each.tunnel for each in of(InstallTunnel, effects)] == [OTHER_TUNNEL]
        assert {each.tunnel for each in of(InstallUplinkRoute, effects)} == {OTHER_TUNNEL}

    def test_leads_renewals_and_the_end_to_the_new_lma(self) -> None:
        bench = redirected()
        (renewal,) = of(SendMessage, bench.renew(after_ms=200_000))
        assert renewal.destination == OTHER_LMA
        bench.receive(bench.answer(), source=OTHER_LMA)
        assert bench.state() is RegistrationState.REGISTERED
        (end,) = of(SendMessage, bench.lost())
        assert end.destination == OTHER_LMA

    def test_makes_the_old_lma_a_stranger_to_the_session(self) -> None:
        bench = redirected()
        bench.renew(after_ms=200_000)
        assert bench.accepted() == []
        assert bench.dropped() == {"no-matching-request": 1}

    def test_is_counted_and_remembered(self) -> None:
        bench = redirected()
        assert bench.mag.statistics.redirections == 1
        assert bench.entry.redirected_by == LMA

    def test_lasts_until_the_next_registration_as_new(self) -> None:
        bench = redirected()
        bench.renew(after_ms=200_000)
        refusal = bench.answer(Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED, hnps=(), mnps=())
        effects = bench.receive(refusal, source=OTHER_LMA)
        assert [each.destination for each in of(SendMessage, effects)] == [LMA]
        assert bench.pbu.redirect_capability
        bench.accepted()
        assert (bench.entry.tunnel, bench.entry.redirected_by) == (TUNNEL, None)

    def test_to_the_lma_that_says_it_changes_nothing(self) -> None:
        bench = waiting(WILLING)
        redirect(bench, LMA)
        assert (bench.entry.tunnel, bench.entry.redirected_by) == (TUNNEL, None)
        assert bench.mag.statistics.redirections == 0

    def test_outlives_a_commit_that_leaves_the_lma_as_it_is(self) -> None:
        bench = redirected()
        assert bench.configure(ROUTER) == []
        assert bench.entry.tunnel == OTHER_TUNNEL

    def test_ends_with_a_commit_of_another_lma(self) -> None:
        bench = redirected()
        third = IPv6Address("2001:db8:f::3")
        effects = bench.configure(replace(ROUTER, local_mobility_anchor=third))
        assert [each.destination for each in of(SendMessage, effects)] == [OTHER_LMA, third]
        assert [each.tunnel for each in of(RemoveTunnel, effects)] == [OTHER_TUNNEL]

    def test_that_was_not_asked_for_is_ignored(self) -> None:
        bench = waiting()
        redirect(bench)
        assert bench.entry.tunnel == TUNNEL
        assert bench.state() is RegistrationState.REGISTERED

    @pytest.mark.rfc("6463 §4.2")
    @pytest.mark.parametrize("target", ["ff02::1", "::", "fe80::1", "::1", str(MAG)])
    def test_to_what_can_be_no_lma_is_no_answer(self, target: str) -> None:
        bench = waiting(WILLING)
        assert redirect(bench, IPv6Address(target)) == []
        assert bench.dropped() == {"unusable-redirection": 1}
        assert bench.state() is RegistrationState.REGISTERING
