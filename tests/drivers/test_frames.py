"""Frames on an access link: what is of interest is found, and nothing makes the reader fail."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dhcp6 import DHCP6_Solicit
from scapy.layers.inet import UDP
from scapy.layers.inet6 import (
    ICMPv6MLReport2,
    ICMPv6ND_NS,
    ICMPv6ND_RS,
    IPv6,
    IPv6ExtHdrHopByHop,
    RouterAlert,
)
from scapy.layers.l2 import Ether

from nf.drivers.access.frames import read_frame
from nf.engine.values import AttachSource

NODE = "02:00:00:00:00:07"
LINK_LOCAL = "fe80::ff:fe00:7"


def frame(source: str, destination: str, payload: object, hop_limit: int = 255) -> bytes:
    packet = Ether(src=NODE, dst="33:33:00:00:00:02") / IPv6(
        src=source, dst=destination, hlim=hop_limit
    )
    return bytes(packet / payload)


SIGNS = {
    AttachSource.ROUTER_SOLICITATION: frame(LINK_LOCAL, "ff02::2", ICMPv6ND_RS()),
    AttachSource.NEIGHBOUR_SOLICITATION: frame("::", "ff02::1:ff00:7", ICMPv6ND_NS(tgt=LINK_LOCAL)),
    AttachSource.MULTICAST_LISTENER_REPORT: frame(
        LINK_LOCAL,
        "ff02::16",
        IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLReport2(),
        hop_limit=1,
    ),
    AttachSource.DHCPV6: frame(
        LINK_LOCAL, "ff02::1:2", UDP(sport=546, dport=547) / DHCP6_Solicit(trid=1), hop_limit=1
    ),
}


@pytest.mark.parametrize("source", list(SIGNS), ids=lambda source: source.value)
def test_a_sign_of_a_node_tells_who_it_is(source: AttachSource) -> None:
    found = read_frame(SIGNS[source])
    assert found is not None
    assert found.kind is source
    assert found.link_layer_address == bytes.fromhex("020000000007")
    assert found.link_local_address == IPv6Address(LINK_LOCAL)


@pytest.mark.rfc("4861 §6.1.1")
def test_a_solicitation_from_beyond_the_link_is_nothing() -> None:
    assert read_frame(frame(LINK_LOCAL, "ff02::2", ICMPv6ND_RS(), hop_limit=254)) is None


def test_dhcpv6_between_servers_is_nothing() -> None:
    assert read_frame(frame(LINK_LOCAL, "ff02::1:2", UDP(sport=547, dport=546) / b"12345")) is None


def test_a_global_source_tells_no_link_local_address() -> None:
    found = read_frame(frame("2001:db8::7", "ff02::1:ff00:1", ICMPv6ND_NS(tgt="2001:db8::1")))
    assert found is not None
    assert found.link_local_address is None


@pytest.mark.parametrize("source", list(SIGNS), ids=lambda source: source.value)
def test_a_frame_cut_short_is_nothing(source: AttachSource) -> None:
    whole = SIGNS[source]
    for length in range(len(whole)):
        assert read_frame(whole[:length]) is None


@given(
    start=st.sampled_from(list(SIGNS.values())),
    cut=st.integers(0, 100),
    noise=st.binary(max_size=80),
)
def test_no_octets_make_the_reader_fail(start: bytes, cut: int, noise: bytes) -> None:
    read_frame(start[:cut] + noise)
    read_frame(noise)
