"""The states of a binding, and the indexes that find it."""

from __future__ import annotations

from ipaddress import IPv6Network
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.codec.messages import SequenceNumber
from nf.engine.errors import InvariantBroken
from nf.engine.lma.binding_cache import TRANSITIONS, BindingCache, Cause, move
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.values import BindingId, LinkLayerAddress, Tunnel
from tests.engine.lma.bench import LMA, MAG1, NODE

MAC = LinkLayerAddress(b"\x02\0\0\0\0\1")


def entry(number: int, prefix: str = "2001:db8::/64") -> BindingCacheEntry:
    return BindingCacheEntry(
        binding_id=BindingId(number),
        state=BindingState.ACTIVE,
        mobile_node_identifier=NODE,
        link_layer_identifier=MAC,
        link_local_address=None,
        access_technology_type=4,
        handoff_indicator=1,
        home_network_prefixes=(IPv6Network(prefix),),
        mobile_network_prefixes=(),
        is_mobile_router=False,
        tunnel=Tunnel(local=LMA, remote=MAG1),
        lifetime_s=4,
        expires_at_ms=4000,
        sequence_number=SequenceNumber(1),
        timestamp=None,
        accepted_utc_us=0,
        created_utc_us=0,
    )


@pytest.mark.parametrize(("state", "cause"), list(product(BindingState, Cause)))
def test_a_cause_leads_where_the_table_says_or_is_a_bug(state: BindingState, cause: Cause) -> None:
    binding = entry(1)
    binding.state = state
    if (state, cause) in TRANSITIONS:
        move(binding, cause)
        assert binding.state is TRANSITIONS[state, cause]
    else:
        with pytest.raises(InvariantBroken, match="no way from"):
            move(binding, cause)


@given(st.lists(st.sampled_from([Cause.REGISTERED, Cause.DEREGISTERED])))
def test_a_mag_may_let_go_and_come_back_in_any_order(causes: list[Cause]) -> None:
    binding = entry(1)
    for cause in causes:
        move(binding, cause)
    is_gone = causes[-1:] == [Cause.DEREGISTERED]
    assert binding.state is (BindingState.DEREGISTERING if is_gone else BindingState.ACTIVE)


@pytest.mark.rfc("5846 §8.1")
def test_no_cause_leads_out_of_a_revocation() -> None:
    assert {state for state, _ in TRANSITIONS} == {BindingState.ACTIVE, BindingState.DEREGISTERING}


class TestIndexes:
    def test_the_youngest_of_an_interface_is_found_and_then_the_older_one(self) -> None:
        cache, older, younger = BindingCache(), entry(1), entry(2, "2001:db8:0:1::/64")
        cache.add(older)
        cache.add(younger)
        assert cache.by_interface((NODE, 4, MAC)) is younger
        cache.remove(younger)
        assert cache.by_interface((NODE, 4, MAC)) is older

    def test_nothing_finds_what_was_removed(self) -> None:
        cache, binding = BindingCache(), entry(1)
        cache.add(binding)
        cache.remove(binding)
        assert cache.of_node(NODE) == ()
        assert cache.by_interface((NODE, 4, MAC)) is None
        assert cache.by_home_network_prefix(IPv6Network("2001:db8::/64")) is None

    def test_an_entry_is_found_by_its_new_interface_only(self) -> None:
        cache, binding = BindingCache(), entry(1)
        cache.add(binding)
        binding.access_technology_type = 3
        assert cache.by_interface((NODE, 4, MAC)) is None
        assert cache.by_interface((NODE, 3, MAC)) is binding

    def test_an_identifier_is_not_used_again(self) -> None:
        cache, binding = BindingCache(), entry(7)
        cache.add(binding)
        cache.remove(binding)
        assert cache.next_id() == 8

    @pytest.mark.rfc("5213 §5.4")
    def test_a_home_network_prefix_has_one_session(self) -> None:
        cache = BindingCache()
        cache.add(entry(1))
        with pytest.raises(InvariantBroken):
            cache.add(entry(2))
