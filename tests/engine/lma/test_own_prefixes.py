"""Prefixes of a node's own that somebody else still uses, since a pool had them before."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Network
from typing import Any

import pytest

from nf.codec.messages import ALL_ZERO_PREFIX, MobileNetworkPrefix
from nf.codec.registry import Status
from nf.engine.events import AssignmentRestored, BindingClearRequested, BindingRestored, Started
from nf.engine.kernel_effects import InstallRoute
from nf.engine.lma.orphans import Orphans
from nf.engine.lma.sessions import stored
from nf.engine.store_effects import ForgetBinding
from nf.engine.values import BindingId, PrefixKind, StoredAssignment
from tests.engine.lma.bench import (
    CONFIGURATION,
    MOBILE_POOL,
    NODE,
    OTHER,
    ROUTER,
    Bench,
    answer_in,
    node,
    of,
)

#: What the pools give first, to NODE.
HNP = IPv6Network("2001:db8:1::/64")
MNP = IPv6Network("2001:db8:a::/56")
WITHOUT_POOLS = replace(CONFIGURATION, home_network_prefix_pools=(), mobile_network_prefix_pools=())
OVERLAPPING = [MNP, IPv6Network("2001:db8:a::/48"), IPv6Network("2001:db8:a:10::/60")]


def bench_where_the_others_own_is(**own: tuple[IPv6Network, ...]) -> Bench:
    """Return a bench where NODE has a session, its pools are gone, and OTHER has its own."""
    bench = Bench()
    bench.send()
    bench.configure(WITHOUT_POOLS, node(OTHER, **own))
    return bench


def register_other(bench: Bench, **fields: Any) -> int:  # noqa: ANN401
    return bench.status(mobile_node_identifier=OTHER, **fields)


class TestAnothersPrefix:
    HOME = (IPv6Network("2001:db8:2::/64"),)

    @pytest.mark.parametrize("own", OVERLAPPING)
    def test_is_not_granted_while_it_is_in_use(self, own: IPv6Network) -> None:
        bench = bench_where_the_others_own_is(
            home_network_prefixes=self.HOME, mobile_network_prefixes=(own,)
        )
        assert register_other(bench) == Status.INSUFFICIENT_RESOURCES
        named = (MobileNetworkPrefix(prefix=own),)
        assert register_other(bench, mobile_network_prefixes=named) == Status.INVALID_PREFIX
        assert register_other(bench, mobile_network_prefixes=()) == Status.FORWARDING_SETUP_FAILED

    @pytest.mark.rfc("7148 §5.2.2")
    @pytest.mark.parametrize("own", OVERLAPPING)
    def test_is_in_use_as_a_delegated_prefix_too(self, own: IPv6Network) -> None:
        bench = bench_where_the_others_own_is(
            home_network_prefixes=self.HOME, mobile_network_prefixes=(own,)
        )
        delegated: dict[str, Any] = {
            "mobile_network_prefixes": (),
            "delegated_mobile_network_prefixes": (own,),
        }
        assert register_other(bench, **delegated) == Status.REQUESTED_DMNP_IN_USE

    @pytest.mark.parametrize("own", [HNP, IPv6Network("2001:db8:1::/48")])
    def test_is_no_home_network_while_it_is_in_use(self, own: IPv6Network) -> None:
        bench = bench_where_the_others_own_is(home_network_prefixes=(own,))
        without: dict[str, Any] = {"mobile_network_prefixes": (), "mobile_router": False}
        assert register_other(bench, **without) == Status.INSUFFICIENT_RESOURCES
        named = register_other(bench, home_network_prefixes=(own,), **without)
        assert named == Status.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX

    @pytest.mark.parametrize("own", OVERLAPPING)
    def test_is_granted_when_its_last_user_has_gone(self, own: IPv6Network) -> None:
        bench = bench_where_the_others_own_is(
            home_network_prefixes=self.HOME, mobile_network_prefixes=(own,)
        )
        bench.handle(BindingClearRequested(binding_id=BindingId(1)))
        answer = answer_in(bench.send(mobile_node_identifier=OTHER))
        assert answer.mobile_network_prefixes == (MobileNetworkPrefix(prefix=own),)

    def test_leaves_its_user_alone(self) -> None:
        bench = bench_where_the_others_own_is(mobile_network_prefixes=(MNP,))
        answer = answer_in(bench.send(home_network_prefixes=(HNP,)))
        assert answer.mobile_network_prefixes == (MobileNetworkPrefix(prefix=MNP),)

    def test_is_not_restored(self) -> None:
        own = IPv6Network("2001:db8:a:10::/60")
        items = (
            CONFIGURATION,
            ROUTER,
            node(OTHER, home_network_prefixes=self.HOME, mobile_network_prefixes=(own,)),
        )
        former = Bench(replace(CONFIGURATION, mobile_network_prefix_pools=()), *items[1:])
        former.send(mobile_node_identifier=OTHER)
        (entry,) = former.lma.bindings.values()
        bench = Bench(WITHOUT_POOLS, *items[1:], node(), start=False)
        assignment = StoredAssignment(
            prefix=MNP,
            kind=PrefixKind.MOBILE,
            mobile_node_identifier=NODE,
            pool=MOBILE_POOL.name,
            assigned_utc_us=0,
        )
        bench.handle(AssignmentRestored(assignment=assignment))
        bench.handle(BindingRestored(binding=stored(entry)))
        effects = bench.handle(Started())
        assert of(ForgetBinding, effects) == [ForgetBinding(binding_id=entry.binding_id)]
        assert of(InstallRoute, effects) == []


class TestPrefixThatChangesItsKind:
    OWN = IPv6Network("2001:db8:c::/64")

    def test_ends_the_session_that_used_it_as_a_home_network(self) -> None:
        bench = Bench(CONFIGURATION, ROUTER, node(home_network_prefixes=(self.OWN,)))
        bench.send()
        effects = bench.configure(node(mobile_network_prefixes=(self.OWN,)))
        assert of(ForgetBinding, effects) == [ForgetBinding(binding_id=BindingId(1))]
        answer = answer_in(bench.send(home_network_prefixes=(ALL_ZERO_PREFIX,)))
        assert answer.mobile_network_prefixes == (MobileNetworkPrefix(prefix=self.OWN),)

    def test_is_not_granted_as_a_mobile_network_while_a_pools_home_network(self) -> None:
        bench = Bench()
        bench.send()
        bench.configure(WITHOUT_POOLS, node(mobile_network_prefixes=(HNP,)))
        answer = answer_in(bench.send(home_network_prefixes=(HNP,)))
        assert answer.status == Status.INSUFFICIENT_RESOURCES


class TestOrphans:
    def test_tell_what_overlaps_them_whatever_the_order(self) -> None:
        orphans = Orphans()
        prefixes = [IPv6Network(f"2001:db8:{number}00::/40") for number in range(1, 9)]
        for prefix in reversed(prefixes):
            orphans.add(prefix)
            orphans.add(prefix)
        assert list(orphans) == prefixes
        assert orphans.has_overlap(IPv6Network("2001:db8:4ff::/48"))
        assert orphans.has_overlap(IPv6Network("2001:db8::/32"))
        assert not orphans.has_overlap(IPv6Network("2001:db8::/48"))
        assert not orphans.has_overlap(IPv6Network("2001:db8:9000::/40"))
        orphans.discard(prefixes[3])
        orphans.discard(prefixes[3])
        assert not orphans.has_overlap(IPv6Network("2001:db8:4ff::/48"))
        assert prefixes[3] not in orphans
