"""Frames on an access link: what is of interest is found, what is broken is refused."""

from __future__ import annotations

import contextlib
import dataclasses
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
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrHopByHop,
    RouterAlert,
)
from scapy.layers.l2 import Ether

from nf.codec.errors import DecodeError, RejectReason
from nf.drivers.access.arrival import events_of
from nf.drivers.access.frames import read_frame
from nf.engine.access_configuration import AccessLink
from nf.engine.events import DhcpMessageReceived, Event, NodeSeen, RouterSolicited
from nf.engine.values import AttachSource

NODE = "02:00:00:00:00:07"
#: A client identifier, without which a Solicit is none.
SOLICIT_OPTIONS = bytes.fromhex("0001000a00030001020000000007")
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


@pytest.mark.rfc("8415 §7.1")
def test_dhcpv6_to_a_server_elsewhere_is_nothing() -> None:
    passing = UDP(sport=546, dport=547) / DHCP6_Solicit(trid=1)
    assert read_frame(frame("2001:db8::7", "2001:db8:f::547", passing)) is None
    assert read_frame(frame(LINK_LOCAL, "fe80::200:5eff:fe00:5213", passing)) is not None


@pytest.mark.parametrize("source", list(SIGNS), ids=lambda source: source.value)
def test_a_frame_cut_short_is_nothing_or_refused(source: AttachSource) -> None:
    whole = SIGNS[source]
    for length in range(14):
        assert read_frame(whole[:length]) is None
    for length in range(14, len(whole)):
        with pytest.raises(DecodeError) as refused:
            read_frame(whole[:length])
        assert refused.value.reason is RejectReason.TRUNCATED


@pytest.mark.rfc("4861 §6.1.1")
@pytest.mark.parametrize("source", list(SIGNS), ids=lambda source: source.value)
def test_a_wrong_checksum_is_refused_unless_it_is_still_to_be_made(source: AttachSource) -> None:
    broken = SIGNS[source][:-1] + bytes((SIGNS[source][-1] ^ 1,))
    with pytest.raises(DecodeError) as refused:
        read_frame(broken)
    assert refused.value.reason is RejectReason.BAD_CHECKSUM
    assert read_frame(broken, is_checksum_pending=True) is not None


def test_a_datagram_longer_than_its_packet_is_refused() -> None:
    whole = bytearray(SIGNS[AttachSource.DHCPV6])
    whole[14 + 40 + 5] += 1
    with pytest.raises(DecodeError) as refused:
        read_frame(bytes(whole), is_checksum_pending=True)
    assert refused.value.reason is RejectReason.TRUNCATED


def test_a_datagram_ends_where_its_header_says() -> None:
    whole = bytearray(SIGNS[AttachSource.DHCPV6] + b"padding")
    whole[14 + 5] += len(b"padding")
    found = read_frame(bytes(whole), is_checksum_pending=True)
    assert found is not None
    assert found.payload == bytes.fromhex("01000001")


@given(
    start=st.sampled_from(list(SIGNS.values())),
    cut=st.integers(0, 100),
    noise=st.binary(max_size=80),
)
def test_no_octets_make_the_reader_fail(start: bytes, cut: int, noise: bytes) -> None:
    for octets in (start[:cut] + noise, noise):
        with contextlib.suppress(DecodeError):
            read_frame(octets, is_checksum_pending=True)
        with contextlib.suppress(DecodeError):
            read_frame(octets)


LINK = AccessLink(interface="link0", access_technology_type=4)
DEAF = dataclasses.replace(LINK, attach_sources=())


def told_by(octets: bytes, link: AccessLink = LINK) -> list[type[Event]]:
    found = read_frame(octets)
    assert found is not None
    return [type(event) for event in events_of(link, found)]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (AttachSource.ROUTER_SOLICITATION, [RouterSolicited]),
        (AttachSource.NEIGHBOUR_SOLICITATION, []),
        (AttachSource.MULTICAST_LISTENER_REPORT, []),
    ],
    ids=lambda value: value.value if isinstance(value, AttachSource) else "",
)
def test_a_node_is_told_of_where_that_is_wanted_before_what_it_says(
    source: AttachSource, said: list[type[Event]]
) -> None:
    assert told_by(SIGNS[source]) == [NodeSeen, *said]
    assert told_by(SIGNS[source], DEAF) == said


def test_a_dhcpv6_message_is_told_of_behind_its_node() -> None:
    solicit = UDP(sport=546, dport=547) / DHCP6_Solicit(trid=1) / SOLICIT_OPTIONS
    octets = frame(LINK_LOCAL, "ff02::1:2", solicit)
    assert told_by(octets) == [NodeSeen, DhcpMessageReceived]
    assert told_by(octets, DEAF) == [DhcpMessageReceived]


@pytest.mark.rfc("4861 §6.1.1")
def test_a_solicitation_from_nowhere_that_tells_an_address_is_refused() -> None:
    solicitation = ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=NODE)
    assert told_by(frame(LINK_LOCAL, "ff02::2", solicitation)) == [NodeSeen, RouterSolicited]
    found = read_frame(frame("::", "ff02::2", solicitation))
    assert found is not None
    with pytest.raises(DecodeError) as refused:
        events_of(LINK, found)
    assert refused.value.reason is RejectReason.BAD_VALUE
