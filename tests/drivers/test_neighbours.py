"""Who is remembered of a link, and who is taken for lost."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.drivers.access.neighbours import MAX_NEIGHBOURS, Neighbours
from nf.engine.values import LinkLayerAddress

ADDRESS, NEWER = IPv6Address("fe80::1"), IPv6Address("fe80::2")
NODE, OTHER = LinkLayerAddress(b"\x02" * 6), LinkLayerAddress(b"\x06" * 6)


def test_a_node_is_lost_once_with_its_address() -> None:
    neighbours = Neighbours()
    neighbours.see(ADDRESS, NODE)
    assert [neighbours.fail(ADDRESS), neighbours.fail(ADDRESS)] == [NODE, None]


def test_a_node_is_lost_with_its_latest_address_only() -> None:
    neighbours = Neighbours()
    neighbours.see(ADDRESS, NODE)
    neighbours.see(NEWER, NODE)
    assert [neighbours.fail(ADDRESS), neighbours.fail(NEWER)] == [None, NODE]


def test_an_address_is_of_the_node_that_used_it_last() -> None:
    neighbours = Neighbours()
    neighbours.see(ADDRESS, NODE)
    neighbours.see(ADDRESS, OTHER)
    neighbours.see(NEWER, NODE)
    assert [neighbours.fail(ADDRESS), neighbours.fail(NEWER)] == [OTHER, NODE]


def test_a_flood_of_nodes_is_remembered_within_bounds() -> None:
    neighbours = Neighbours()
    for number in range(MAX_NEIGHBOURS + 1):
        neighbours.see(IPv6Address(number), LinkLayerAddress(number.to_bytes(6)))
    assert neighbours.fail(IPv6Address(0)) is None
    assert neighbours.fail(IPv6Address(1)) == (1).to_bytes(6)


def test_what_was_cleared_is_forgotten() -> None:
    neighbours = Neighbours()
    neighbours.see(ADDRESS, NODE)
    neighbours.clear()
    assert neighbours.fail(ADDRESS) is None
