"""Who gets which prefix, for how long, and what a commit does to that."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

import pytest

from nf.codec.messages import MobileNetworkPrefix
from nf.codec.registry import HandoffIndicator, Status
from nf.engine.configuration import LmaConfiguration, MobileNodeRemoved, PrefixPool
from nf.engine.effects import Notify
from nf.engine.errors import InvariantBroken
from nf.engine.events import BindingClearRequested
from nf.engine.kernel_effects import InstallAggregateRoute, RemoveAggregateRoute
from nf.engine.notifications import PoolThresholdCrossed
from nf.engine.store_effects import ForgetAssignment, PersistAssignment
from nf.engine.values import BindingId, PrefixKind
from tests.engine.lma.bench import (
    ASK,
    CONFIGURATION,
    HOME_POOL,
    MAG2,
    MOBILE_POOL,
    NODE,
    OTHER,
    ROUTER,
    Bench,
    answer_in,
    node,
    of,
)

DRAFT = "draft-wakikawa-netext-pmip6-nemo-support-00 "
HNP, MNP = IPv6Network("2001:db8:1::/64"), IPv6Network("2001:db8:a::/56")
OTHER_INTERFACE: Final[dict[str, Any]] = {
    "handoff_indicator": HandoffIndicator.ATTACHMENT_OVER_NEW_INTERFACE,
    "mobile_node_link_layer_identifier": b"\x02\0\0\0\0\2",
}


def with_pools(home: PrefixPool | None, mobile: PrefixPool | None) -> LmaConfiguration:
    return replace(
        CONFIGURATION,
        home_network_prefix_pools=(home,) if home else (),
        mobile_network_prefix_pools=(mobile,) if mobile else (),
    )


def networks(bench: Bench, **fields: Any) -> tuple[IPv6Network, ...]:  # noqa: ANN401
    """Register and return the mobile network prefixes that were answered."""
    return tuple(each.prefix for each in answer_in(bench.send(**fields)).mobile_network_prefixes)


@pytest.mark.rfc(DRAFT + "§3.4.2")
class TestHold:
    def test_a_prefix_waits_for_its_node_and_not_for_another(self) -> None:
        bench = Bench()
        assert networks(bench) == (MNP,)
        bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        assert networks(bench, mobile_node_identifier=OTHER) != (MNP,)
        bench.pass_time(99_000)
        assert networks(bench) == (MNP,)

    def test_a_prefix_is_anybodys_when_its_time_is_over(self) -> None:
        bench = Bench(with_pools(HOME_POOL, replace(MOBILE_POOL, prefixes=(MNP,))), ROUTER)
        bench.configure(node(), node(OTHER))
        bench.send()
        bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        assert bench.status(mobile_node_identifier=OTHER) == Status.INSUFFICIENT_RESOURCES
        assert of(ForgetAssignment, bench.pass_time(101_000)) != []
        assert networks(bench, mobile_node_identifier=OTHER) == (MNP,)

    def test_without_hold_time_a_prefix_is_free_at_once(self) -> None:
        home, mobile = (replace(each, hold_time_s=0) for each in (HOME_POOL, MOBILE_POOL))
        bench = Bench(with_pools(home, mobile), ROUTER, node())
        bench.send()
        effects = bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        assert {each.prefix for each in of(ForgetAssignment, effects)} == {HNP, MNP}
        assert bench.due_at_ms == {} == bench.lma.assignments

    def test_prefixes_that_are_held_at_different_times_go_one_after_the_other(self) -> None:
        bench = Bench()
        bench.send()
        bench.now_ms = 50_000
        kept: dict[str, Any] = {"home_network_prefixes": (HNP,), "mobile_network_prefixes": ()}
        bench.send(mobile_router=False, **kept)
        bench.now_ms = 90_000
        bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        gone = of(ForgetAssignment, bench.pass_time(160_000))
        assert [each.prefix for each in gone] == [MNP]
        assert [each.prefix for each in of(ForgetAssignment, bench.pass_time(200_000))] == [HNP]
        assert bench.due_at_ms == {}

    def test_a_removed_node_finds_its_prefix_again_when_it_is_configured_in_time(self) -> None:
        bench = Bench()
        bench.send()
        bench.configure(MobileNodeRemoved(identifier=NODE))
        bench.configure(node())
        assert networks(bench) == (MNP,)


class TestNumber:
    def test_a_router_gets_as_many_as_its_profile_says(self) -> None:
        profile = replace(ROUTER, mobile_network_prefix_count=3)
        assert len(networks(Bench(CONFIGURATION, profile, node()))) == 3

    def test_of_several_that_are_wanted_those_that_are_left_are_given(self) -> None:
        pool = replace(MOBILE_POOL, prefixes=(IPv6Network("2001:db8:a::/55"),))
        profile = replace(ROUTER, mobile_network_prefix_count=3)
        assert len(networks(Bench(with_pools(HOME_POOL, pool), profile, node()))) == 2

    def test_a_length_picks_the_pool_that_has_it(self) -> None:
        longer = PrefixPool(
            name="longer", prefixes=(IPv6Network("2001:db8:b::/48"),), assigned_length=60
        )
        pools = replace(CONFIGURATION, mobile_network_prefix_pools=(MOBILE_POOL, longer))
        profile = replace(ROUTER, mobile_network_prefix_length=60)
        assert networks(Bench(pools, profile, node())) == (IPv6Network("2001:db8:b::/60"),)

    def test_a_refused_home_network_gives_the_drawn_mobile_networks_back(self) -> None:
        bench = Bench(with_pools(None, MOBILE_POOL), ROUTER, node())
        assert bench.status() == Status.INSUFFICIENT_RESOURCES
        (pool,) = bench.lma.anchor.assignments.pools.values()
        assert pool.used == 0

    def test_a_node_has_at_most_sixteen_sessions(self) -> None:
        bench = Bench()
        for number in range(16):
            identifier = bytes([2, 0, 0, 0, 0, number])
            fields: dict[str, Any] = {
                **OTHER_INTERFACE,
                "mobile_node_link_layer_identifier": identifier,
            }
            assert bench.status(**fields) == 0
        assert bench.status(**OTHER_INTERFACE | {"access_technology_type": 3}) == 130


class TestOwnPrefixes:
    OWN_HNP, OWN_MNP = IPv6Network("2001:db8:5::/64"), IPv6Network("2001:db8:a:500::/56")

    def bench(self) -> Bench:
        own = node(home_network_prefixes=(self.OWN_HNP,), mobile_network_prefixes=(self.OWN_MNP,))
        return Bench(CONFIGURATION, ROUTER, own, node(OTHER))

    def test_are_never_stored_and_never_held(self) -> None:
        bench = self.bench()
        assert of(PersistAssignment, bench.send()) == []
        bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        assert bench.lma.assignments == {}

    def test_may_be_named(self) -> None:
        named = (MobileNetworkPrefix(prefix=self.OWN_MNP),)
        answer = answer_in(
            self.bench().send(home_network_prefixes=(self.OWN_HNP,), mobile_network_prefixes=named)
        )
        assert (answer.home_network_prefixes, answer.mobile_network_prefixes) == (
            (self.OWN_HNP,),
            named,
        )

    @pytest.mark.rfc("5213 §5.4")
    def test_serve_one_interface_and_the_next_one_is_served_from_the_pool(self) -> None:
        bench = self.bench()
        bench.send()
        answer = answer_in(bench.send(MAG2, **OTHER_INTERFACE))
        assert answer.home_network_prefixes == (HNP,)

    def test_are_not_handed_out_to_others(self) -> None:
        bench = self.bench()
        pool = replace(MOBILE_POOL, prefixes=(self.OWN_MNP,))
        bench.configure(with_pools(HOME_POOL, pool))
        assert bench.status(mobile_node_identifier=OTHER) == Status.INSUFFICIENT_RESOURCES
        bench.configure(node())
        assert networks(bench, mobile_node_identifier=OTHER) == (self.OWN_MNP,)

    def test_that_are_taken_away_end_the_session(self) -> None:
        bench = self.bench()
        bench.send()
        bench.configure(node(home_network_prefixes=(self.OWN_HNP,)))
        assert bench.lma.bindings == {}


class TestPoolChange:
    def test_a_pool_that_is_renamed_keeps_its_nodes(self) -> None:
        bench = Bench()
        bench.send()
        effects = bench.configure(
            with_pools(replace(HOME_POOL, name="h"), replace(MOBILE_POOL, name="m"))
        )
        assert {each.assignment.pool for each in of(PersistAssignment, effects)} == {"h", "m"}
        assert {each.pool for each in bench.lma.assignments.values()} == {"h", "m"}

    def test_another_length_hands_out_nothing_that_is_in_use(self) -> None:
        bench = Bench()
        bench.send()
        bench.configure(with_pools(HOME_POOL, replace(MOBILE_POOL, assigned_length=60)))
        (other,) = networks(bench, mobile_node_identifier=OTHER)
        assert other.prefixlen == 60
        assert not other.overlaps(MNP)
        assert networks(bench, home_network_prefixes=(HNP,), mobile_network_prefixes=(ASK,)) == (
            MNP,
        )

    def test_what_ends_after_its_pool_goes_becomes_free_for_the_new_pool(self) -> None:
        bench = Bench()
        bench.send()
        small = replace(MOBILE_POOL, name="new", prefixes=(MNP,), assigned_length=57)
        bench.configure(with_pools(HOME_POOL, small))
        assert bench.status(mobile_node_identifier=OTHER) == Status.INSUFFICIENT_RESOURCES
        bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        assert len(networks(bench, mobile_node_identifier=OTHER)) == 1

    def test_a_pool_that_comes_back_takes_over_what_it_had(self) -> None:
        bench = Bench()
        bench.send()
        bench.configure(with_pools(HOME_POOL, None))
        bench.configure(CONFIGURATION)
        assert not list(bench.lma.anchor.assignments.orphans)
        assert networks(bench, mobile_node_identifier=OTHER) != (MNP,)

    def test_what_is_only_held_goes_with_its_pool(self) -> None:
        bench = Bench()
        bench.send()
        bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        effects = bench.configure(with_pools(None, None))
        assert {each.prefix for each in of(ForgetAssignment, effects)} == {HNP, MNP}
        assert bench.due_at_ms == {}

    def test_aggregates_follow_the_pools_and_the_wish_for_them(self) -> None:
        bench = Bench()
        effects = bench.configure(with_pools(HOME_POOL, None))
        assert [str(each.prefix) for each in of(RemoveAggregateRoute, effects)] == [
            "2001:db8:a::/48"
        ]
        effects = bench.configure(CONFIGURATION)
        assert len(of(InstallAggregateRoute, effects)) == 1
        effects = bench.configure(replace(CONFIGURATION, aggregate_routes=False))
        assert len(of(RemoveAggregateRoute, effects)) == 2

    def test_a_new_threshold_is_looked_at_at_once(self) -> None:
        bench = Bench()
        bench.send()
        pool = replace(MOBILE_POOL, prefixes=(MNP,), high_threshold=100)
        (notify,) = of(Notify, bench.configure(with_pools(HOME_POOL, pool)))
        assert notify.notification == PoolThresholdCrossed(
            pool="mobile", kind=PrefixKind.MOBILE, used=1, size=1, is_above=True
        )

    def test_a_commit_that_changes_nothing_wants_nothing(self) -> None:
        bench = Bench()
        bench.send()
        assert bench.configure(CONFIGURATION, ROUTER, node(), node(OTHER)) == []


class TestBothSignallings:
    def test_at_once_are_answered_both(self) -> None:
        answer = answer_in(Bench().send(delegated_mobile_network_prefixes=(IPv6Network("::/0"),)))
        assert answer.mobile_network_prefixes == (MobileNetworkPrefix(prefix=MNP),)
        assert answer.delegated_mobile_network_prefixes == (MNP,)

    def test_at_once_are_checked_both(self) -> None:
        foreign = (IPv6Network("2001:db8:dead::/56"),)
        status = Bench().status(delegated_mobile_network_prefixes=foreign)
        assert status == Status.REQUESTED_DMNP_IN_USE

    @pytest.mark.rfc("7148 §5.2.2")
    def test_a_request_for_ipv4_only_is_accepted_without(self) -> None:
        answer = answer_in(
            Bench().send(
                mobile_router=False,
                mobile_network_prefixes=(),
                delegated_mobile_network_prefixes=(IPv4Network("0.0.0.0/0"),),
            )
        )
        assert answer.status == 0
        assert answer.delegated_mobile_network_prefixes == ()

    def test_a_home_network_prefix_is_no_mobile_one(self) -> None:
        bench = Bench()
        bench.send()
        named = (MobileNetworkPrefix(prefix=HNP),)
        status = bench.status(home_network_prefixes=(HNP,), mobile_network_prefixes=named)
        assert status == Status.NOT_AUTHORIZED_FOR_PREFIX


class TestInvariants:
    def test_a_prefix_is_not_assigned_twice(self) -> None:
        bench = Bench()
        bench.send()
        with pytest.raises(InvariantBroken):
            bench.lma.anchor.assignments.record(bench.lma.assignments[MNP])

    def test_a_prefix_is_not_bound_to_another_node(self) -> None:
        bench = Bench()
        bench.send()
        with pytest.raises(InvariantBroken):
            bench.lma.anchor.assignments.bind(
                MNP, PrefixKind.MOBILE, OTHER, BindingId(9), bench.now
            )

    def test_a_prefix_is_given_back_to_its_own_pool_only(self) -> None:
        bench = Bench()
        assignments = bench.lma.anchor.assignments
        draw = assignments.draw(PrefixKind.HOME)
        assert draw is not None
        draw.pool.ranges.clear()
        with pytest.raises(InvariantBroken):
            assignments.put_back([draw])
