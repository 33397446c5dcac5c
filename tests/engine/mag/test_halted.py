"""Registrations that an unusable answer or a refusal stopped, and what sets them going again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.registry import Status
from nf.engine.configuration import ConfigurationItem
from nf.engine.effects import CloseAccessLink, SendMessage
from nf.engine.events import ReregistrationRequested
from nf.engine.kernel_effects import InstallAccessRoute, RemoveAccessRoute
from nf.engine.mag.records import RegistrationState
from nf.engine.values import TimerKind
from tests.engine.mag.bench import (
    ADDRESS,
    HNP,
    MNP,
    NODE,
    PROFILE,
    ROLE,
    ROUTER,
    Bench,
    of,
    registered,
)

HOLDING = replace(ROLE, detach_hold_ms=3_000)


def halted(*items: ConfigurationItem) -> Bench:
    """Return a MAG whose renewal got an answer that echoes another handoff indicator."""
    bench = registered(*items)
    bench.expire(TimerKind.REFRESH)
    bench.receive(replace(bench.answer(), handoff_indicator=1))
    assert (bench.state(), bench.entry.pending) == (RegistrationState.REFRESHING, None)
    return bench


def refused_for_good(*items: ConfigurationItem) -> Bench:
    """Return a MAG whose registration was refused until an operator acts."""
    bench = Bench(*items)
    bench.seen()
    bench.refused(Status.PROXY_REG_NOT_ENABLED)
    return bench


@pytest.mark.rfc("5213 §6.9.1.2")
class TestHaltedRenewal:
    def test_goes_on_when_the_profile_is_committed(self) -> None:
        bench = halted()
        bench.configure(replace(PROFILE, registration_lifetime_s=200))
        assert bench.entry.pending is not None
        assert bench.pbu.home_network_prefixes == (HNP,)

    def test_ends_with_the_binding_whatever_was_sent_meanwhile(self) -> None:
        bench = halted()
        bench.seen(link="access1")
        assert bench.entry.pending is not None
        bench.expire(TimerKind.REGISTRATION_LIFETIME)
        assert bench.state() is RegistrationState.REFUSED
        assert bench.entry.home_network_prefixes == ()

    def test_is_over_once_the_lma_accepts_a_later_request(self) -> None:
        bench = halted()
        bench.seen(link="access1")
        bench.accepted()
        bench.lost()
        bench.seen()
        assert bench.mag.gateway.denied == set()

    def test_of_a_held_node_goes_on_when_it_is_back_after_an_operator_acted(self) -> None:
        bench = halted(HOLDING)
        bench.lost()
        bench.handle(ReregistrationRequested(mobile_node_identifier=NODE))
        assert bench.entry.pending is None
        bench.seen()
        assert bench.entry.pending is not None


@pytest.mark.rfc("5213 §6.9.1.2")
class TestRefusalForGood:
    def test_of_a_held_node_is_asked_about_when_it_is_back_after_an_operator_acted(self) -> None:
        bench = refused_for_good(HOLDING)
        bench.lost()
        assert bench.handle(ReregistrationRequested(mobile_node_identifier=NODE)) == []
        bench.seen()
        assert bench.state() is RegistrationState.REGISTERING

    def test_is_not_asked_about_at_a_sign_of_life_alone(self) -> None:
        bench = refused_for_good()
        assert bench.seen() == []


def test_node_that_came_back_while_it_had_no_lma_is_registered_with_the_next_commit() -> None:
    bench = registered()
    bench.lost()
    bench.configuration.take(replace(ROUTER, local_mobility_anchor=None))
    bench.seen()
    assert bench.state() is RegistrationState.DEREGISTERING
    assert len(of(SendMessage, bench.configure(ROUTER))) == 1
    assert bench.state() is RegistrationState.REGISTERING


def test_router_that_moves_and_shows_its_address_there_first_gets_only_routes_that_exist() -> None:
    bench = Bench()
    bench.seen(address=None)
    bench.accepted()
    effects = bench.seen(link="access1", address=ADDRESS)
    assert [each.prefix for each in of(RemoveAccessRoute, effects)] == [HNP]
    assert [each.prefix for each in of(InstallAccessRoute, effects)] == [HNP, MNP]


def test_nothing_is_remembered_of_a_link_that_was_closed() -> None:
    bench = registered()
    effects = bench.configure(replace(ROLE, access_links=()))
    assert len(of(CloseAccessLink, effects)) == 2
    assert bench.mag.gateway.nodes_on_link == {}
