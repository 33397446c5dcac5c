"""The table of all prefixes finds each overlap, and no other, by search and in bulk."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.northbound.prefix_table import PrefixClaim, PrefixTable, claim

BASE = int(IPv6Address("2001:db8::"))
OWNERS = [f"/node[{number}]" for number in range(4)]


def claimed(text: str, owner: str = "/other") -> PrefixClaim:
    return claim(IPv6Network(text), holder=f"{owner}/prefix", owner=owner)


def table_of(*claims: PrefixClaim) -> PrefixTable:
    table = PrefixTable()
    table.replace([], claims)
    return table


@st.composite
def any_claim(draw: st.DrawFn) -> PrefixClaim:
    """Draw a prefix out of a small space, so that many overlap."""
    length = draw(st.integers(121, 128))
    network = IPv6Network((BASE + draw(st.integers(0, 255)), length), strict=False)
    owner = draw(st.sampled_from(OWNERS))
    return claim(network, holder=f"{owner}/prefix", owner=owner)


def disjoint(claims: list[PrefixClaim]) -> list[PrefixClaim]:
    kept: list[PrefixClaim] = []
    for one in claims:
        if not any(one.prefix.overlaps(other.prefix) for other in kept):
            kept.append(one)
    return kept


@pytest.mark.parametrize("bulk", [0, 256])
@given(
    known=st.lists(any_claim(), max_size=20).map(disjoint),
    arrivals=st.lists(any_claim(), max_size=5).map(disjoint),
    replaced=st.frozensets(st.sampled_from(OWNERS)),
)
def test_arrivals_that_overlap_are_those_that_comparison_with_all_finds(
    bulk: int,
    known: list[PrefixClaim],
    arrivals: list[PrefixClaim],
    replaced: frozenset[str],
) -> None:
    known = [one for one in known if one not in arrivals]
    standing = [one for one in known if one.owner not in replaced]
    expected = {one for one in arrivals if any(one.prefix.overlaps(two.prefix) for two in standing)}
    with patch("nf.northbound.prefix_table.BULK", bulk):
        found = list(table_of(*known).overlaps(arrivals, replaced))
    assert {arrival for arrival, _ in found} == expected
    assert len(found) == len(expected)
    assert all(one.prefix.overlaps(two.prefix) and two in standing for one, two in found)


@pytest.mark.parametrize("bulk", [0, 256])
@given(claims=st.lists(any_claim(), max_size=20).map(disjoint), data=st.data())
def test_table_holds_what_was_added_and_not_removed(
    bulk: int, claims: list[PrefixClaim], data: st.DataObject
) -> None:
    gone = data.draw(st.lists(st.sampled_from(claims), unique=True) if claims else st.just([]))
    with patch("nf.northbound.prefix_table.BULK", bulk):
        table = table_of(*claims)
        table.replace(gone, [])
        assert len(table) == len(claims) - len(gone)
        found = {other for _, other in table.overlaps(claims, frozenset()) if other not in gone}
    assert found <= set(claims) - set(gone)


@pytest.mark.parametrize("bulk", [0, 256])
def test_arrivals_that_overlap_each_other_are_found(bulk: int) -> None:
    wide, inside = claimed("2001:db8::/40", "/a"), claimed("2001:db8:1::/64", "/b")
    with patch("nf.northbound.prefix_table.BULK", bulk):
        assert list(PrefixTable().overlaps([inside, wide], frozenset())) == [(inside, wide)]


def test_wide_arrival_over_many_claims_is_told_once() -> None:
    table = table_of(*(claimed(f"2001:db8:{number:x}::/64") for number in range(300)))
    wide = claimed("2001:db8::/32", "/new")
    assert [arrival for arrival, _ in table.overlaps([wide], frozenset())] == [wide]


def test_prefixes_side_by_side_do_not_overlap() -> None:
    table = table_of(claimed("2001:db8::/64"), claimed("2001:db8:0:2::/64"))
    assert list(table.overlaps([claimed("2001:db8:0:1::/64")], frozenset())) == []


def test_owner_that_is_replaced_does_not_stand_in_its_own_way() -> None:
    table = table_of(claimed("2001:db8::/64", "/a"))
    arrival = claimed("2001:db8::/56", "/a")
    assert list(table.overlaps([arrival], frozenset({"/a"}))) == []
    assert len(list(table.overlaps([arrival], frozenset()))) == 1
