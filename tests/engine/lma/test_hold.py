"""For how long an unused prefix stays its node's, over restarts too (NEMO draft §3.4.2)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Network
from typing import Final

import pytest

from nf.engine.configuration import LmaConfiguration
from nf.engine.effects import Effect
from nf.engine.events import AssignmentRestored, BindingClearRequested, Started
from nf.engine.store_effects import ForgetAssignment, PersistAssignment
from nf.engine.values import BindingId, PrefixKind, StoredAssignment
from tests.engine.lma.bench import (
    CONFIGURATION,
    HOME_POOL,
    NODE,
    ROUTER,
    START_UTC_US,
    Bench,
    node,
    of,
)

PREFIX: Final = IPv6Network("2001:db8:1::/64")
HELD: Final = StoredAssignment(
    prefix=PREFIX,
    kind=PrefixKind.HOME,
    mobile_node_identifier=NODE,
    pool="home",
    assigned_utc_us=START_UTC_US - 1_000_000,
    held_until_utc_us=START_UTC_US + 40_000_000,
)

pytestmark = pytest.mark.rfc("draft-wakikawa-netext-pmip6-nemo-support-00 §3.4.2")


def restarted(
    stored: StoredAssignment, configuration: LmaConfiguration = CONFIGURATION
) -> tuple[Bench, list[Effect]]:
    bench = Bench(configuration, ROUTER, node(), start=False)
    bench.handle(AssignmentRestored(assignment=stored))
    return bench, bench.handle(Started())


def ends_in(effects: list[Effect]) -> list[int | None]:
    """Return which ends of holds are made durable."""
    return [each.assignment.held_until_utc_us for each in of(PersistAssignment, effects)]


class TestDurable:
    def test_is_the_end_when_the_last_session_goes(self) -> None:
        bench = Bench()
        bench.send()
        effects = bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        end_utc_us = bench.now.utc_us + 100_000_000
        assert ends_in(effects) == [end_utc_us, end_utc_us]

    def test_is_that_it_has_none_when_a_session_comes(self) -> None:
        bench = Bench()
        assert ends_in(bench.send()) == [None, None]
        bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        assert ends_in(bench.send()) == [None, None]

    def test_is_nothing_new_when_a_session_is_renewed(self) -> None:
        bench = Bench()
        bench.send()
        assert ends_in(bench.send()) == []


class TestRestart:
    def test_lets_the_rest_of_the_time_pass(self) -> None:
        bench, effects = restarted(HELD)
        assert ends_in(effects) == []
        assert of(ForgetAssignment, bench.pass_time(39_999)) == []
        assert of(ForgetAssignment, bench.pass_time(40_000)) == [ForgetAssignment(prefix=PREFIX)]

    def test_after_the_end_releases_at_once(self) -> None:
        bench, _ = restarted(replace(HELD, held_until_utc_us=START_UTC_US - 1))
        assert of(ForgetAssignment, bench.pass_time(0)) == [ForgetAssignment(prefix=PREFIX)]

    def test_with_a_clock_set_back_holds_no_longer_than_the_pool_does(self) -> None:
        bench, _ = restarted(replace(HELD, held_until_utc_us=START_UTC_US + 10**15))
        assert of(ForgetAssignment, bench.pass_time(100_000)) == [ForgetAssignment(prefix=PREFIX)]

    def test_begins_to_hold_what_was_bound_and_is_no_more(self) -> None:
        _, effects = restarted(replace(HELD, held_until_utc_us=None))
        assert ends_in(effects) == [START_UTC_US + 100_000_000]

    def test_under_another_pools_name_keeps_the_end(self) -> None:
        _, effects = restarted(replace(HELD, pool="before"))
        assert ends_in(effects) == [HELD.held_until_utc_us]

    def test_with_a_pool_that_holds_nothing_releases_at_once(self) -> None:
        pools = (replace(HOME_POOL, hold_time_s=0),)
        _, effects = restarted(HELD, replace(CONFIGURATION, home_network_prefix_pools=pools))
        assert of(ForgetAssignment, effects) == [ForgetAssignment(prefix=PREFIX)]

    def test_without_its_pool_releases_at_once(self) -> None:
        _, effects = restarted(HELD, replace(CONFIGURATION, home_network_prefix_pools=()))
        assert of(ForgetAssignment, effects) == [ForgetAssignment(prefix=PREFIX)]

    def test_gives_the_node_its_prefix_while_it_is_held(self) -> None:
        bench, _ = restarted(HELD)
        assert ends_in(bench.send()) == [None, None]
        assert bench.lma.bindings[BindingId(1)].home_network_prefixes == (PREFIX,)
        assert of(ForgetAssignment, bench.pass_time(100_000)) == []
