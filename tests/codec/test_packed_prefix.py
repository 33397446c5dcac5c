from __future__ import annotations

import copy
from ipaddress import IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.codec.packed_prefix import PackedPrefix, is_all_zero, masked, octets_of
from tests.codec.strategies import NETWORKS

#: What IPv6Network tells of itself without arguments.
ATTRIBUTES = (
    "broadcast_address",
    "compressed",
    "exploded",
    "hostmask",
    "is_global",
    "is_link_local",
    "is_loopback",
    "is_multicast",
    "is_private",
    "is_reserved",
    "is_site_local",
    "is_unspecified",
    "max_prefixlen",
    "netmask",
    "network_address",
    "num_addresses",
    "prefixlen",
    "reverse_pointer",
    "version",
    "with_hostmask",
    "with_netmask",
    "with_prefixlen",
)
PREFIX = IPv6Network("2001:db8:a100::/56")


def packed(network: IPv6Network) -> PackedPrefix:
    return PackedPrefix(octets_of(network))


class TestPackedPrefix:
    @given(NETWORKS)
    def test_is_equal_to_the_network_and_has_its_hash(self, network: IPv6Network) -> None:
        prefix = packed(network)
        assert prefix == network
        assert network == prefix
        assert prefix == packed(network)
        assert hash(prefix) == hash(network)
        assert str(prefix) == str(network)

    @given(NETWORKS)
    def test_tells_of_itself_what_the_network_tells(self, network: IPv6Network) -> None:
        prefix = packed(network)
        told = {name: getattr(prefix, name) for name in ATTRIBUTES}
        assert told == {name: getattr(network, name) for name in ATTRIBUTES}
        assert set(ATTRIBUTES) <= {name for name in dir(network) if name[0] != "_"}

    @given(NETWORKS, NETWORKS)
    def test_compares_with_others_as_the_network_does(
        self, one: IPv6Network, other: IPv6Network
    ) -> None:
        for first, second in ((packed(one), other), (one, packed(other))):
            assert (first == second) is (one == other)
            assert (first < second) is (one < other)
            assert first.overlaps(second) is one.overlaps(other)
            assert first.subnet_of(second) is one.subnet_of(other)

    def test_is_none_of_another_family_or_kind(self) -> None:
        assert packed(PREFIX) != "2001:db8:a100::/56"

    def test_has_the_parts_and_the_whole_of_the_network(self) -> None:
        prefix = packed(PREFIX)
        assert list(prefix.subnets(new_prefix=57)) == list(PREFIX.subnets(new_prefix=57))
        assert prefix.supernet(new_prefix=32) == PREFIX.supernet(new_prefix=32)
        assert next(iter(prefix.hosts())) == next(iter(PREFIX.hosts()))
        assert list(packed(IPv6Network("::5")).hosts()) == list(IPv6Network("::5").hosts())
        assert copy.deepcopy(prefix) == PREFIX

    def test_is_made_of_whatever_the_network_is_made_of(self) -> None:
        assert PackedPrefix("2001:db8:a100::/56") == PREFIX
        assert PackedPrefix(("2001:db8:a100::1", 56), strict=False) == PREFIX
        with pytest.raises(ValueError, match="host bits"):
            PackedPrefix("2001:db8:a100::1/56")


class TestOctets:
    @given(st.binary(min_size=16, max_size=16), st.integers(0, 128))
    def test_of_a_prefix_with_host_bits_are_those_of_its_network(
        self, octets: bytes, length: int
    ) -> None:
        network = IPv6Network((octets, length), strict=False)
        assert masked(bytes((length,)) + octets) == network

    @given(NETWORKS)
    def test_are_the_same_from_either_kind(self, network: IPv6Network) -> None:
        assert octets_of(packed(network)) == octets_of(network)

    @given(NETWORKS)
    def test_are_all_zero_where_the_address_is(self, network: IPv6Network) -> None:
        assert is_all_zero(network) is (int(network.network_address) == 0)
