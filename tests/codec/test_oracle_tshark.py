"""An independent reader, tshark, sees in our octets what we meant."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

import pytest

from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.dhcpv6_relay import encode_relay_message
from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    BindingError,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.ndisc import encode_router_advertisement
from nf.codec.registry import AccessTechnologyType, HandoffIndicator, Status
from nf.codec.timestamp import timestamp_from_utc_us
from tests.codec.packets import (
    ICMPV6,
    MOBILITY,
    UDP,
    complaints,
    dissect,
    fields,
    ipv6_packet,
    one,
    seen,
    udp_datagram,
)
from tests.codec.test_dhcpv6 import REPLY, SOLICIT
from tests.codec.test_dhcpv6_relay import FORWARD
from tests.codec.test_ndisc import ADVERTISEMENT
from tests.codec.vectors import VECTORS
from tests.codec.vectors_signalling import SIGNALLING_VECTORS

PBU = ProxyBindingUpdate(
    sequence_number=SequenceNumber(4711),
    lifetime_s=3600,
    home_registration=True,
    mobile_router=True,
    mobile_node_identifier=MobileNodeIdentifier("bus17@example.net"),
    home_network_prefixes=(IPv6Network("2001:db8:1:2::/64"), IPv6Network("2001:db8:1:3::/64")),
    mobile_network_prefixes=(
        MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True),
        MobileNetworkPrefix(prefix=IPv6Network("2001:db8:a100::/56")),
    ),
    delegated_mobile_network_prefixes=(
        IPv6Network("2001:db8:a200::/48"),
        IPv4Network("198.51.100.0/24"),
    ),
    handoff_indicator=HandoffIndicator.HANDOFF_STATE_UNKNOWN,
    access_technology_type=AccessTechnologyType.IEEE_802_11,
    mobile_node_link_layer_identifier=bytes.fromhex("020000000017"),
    link_local_address=IPv6Address("fe80::200:5eff:fe00:5213"),
    timestamp=timestamp_from_utc_us(1_700_000_000_500_000),
    alternate_care_of_address=IPv6Address("2001:db8:f::12"),
)
PBA = ProxyBindingAcknowledgement(
    status=Status.TIMESTAMP_MISMATCH,
    sequence_number=SequenceNumber(4711),
    lifetime_s=240,
    mobile_router=True,
    mobile_node_identifier=MobileNodeIdentifier("bus17@example.net"),
    home_network_prefixes=(ALL_ZERO_PREFIX,),
    mobile_network_prefixes=(MobileNetworkPrefix(prefix=IPv6Network("2001:db8:a100::/56")),),
    handoff_indicator=HandoffIndicator.HANDOFF_BETWEEN_INTERFACES,
    access_technology_type=AccessTechnologyType.IEEE_802_3,
)


class TestProxyBindingUpdate:
    def test_sequence_lifetime_and_flags(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, PBU)
        assert one(layers, "mip6.bu.seqnr", "mip6.bu.lifetime") == ("4711", "900")
        flags = ("mip6.bu.a_flag", "mip6.bu.h_flag", "mip6.nemo.bu.r_flag", "mip6.bu.p_flag")
        assert one(layers, *flags) == ("1", "1", "1", "1")
        others = ("mip6.bu.l_flag", "mip6.bu.k_flag", "mip6.bu.m_flag", "mip6.bu.f_flag")
        assert one(layers, *others) == ("0", "0", "0", "0")

    @pytest.mark.parametrize(
        ("flag", "name"),
        [
            ("acknowledge", "mip6.bu.a_flag"),
            ("home_registration", "mip6.bu.h_flag"),
            ("mobile_router", "mip6.nemo.bu.r_flag"),
            ("proxy_registration", "mip6.bu.p_flag"),
        ],
    )
    def test_each_flag_alone(self, tmp_path: Path, flag: str, name: str) -> None:
        bare = ProxyBindingUpdate(
            sequence_number=SequenceNumber(1),
            lifetime_s=4,
            acknowledge=flag == "acknowledge",
            home_registration=flag == "home_registration",
            mobile_router=flag == "mobile_router",
            proxy_registration=flag == "proxy_registration",
        )
        layers = seen(tmp_path, bare)
        names = ("mip6.bu.a_flag", "mip6.bu.h_flag", "mip6.nemo.bu.r_flag", "mip6.bu.p_flag")
        assert [each for each in names if one(layers, each) == ("1",)] == [name]

    def test_identifier_indicator_and_technology(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, PBU)
        names = ("mip6.mnid.subtype", "mip6.mnid.identifier", "mip6.hi", "mip6.att")
        assert one(layers, *names) == ("1", "bus17@example.net", "4", "4")

    def test_home_network_prefixes_are_told_from_mobile_ones(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, PBU)
        hnps = fields(layers, "mip6.options.hnp_tree")
        mnps = fields(layers, "mip6.options.mnp_tree")
        prefix = "mip6.nemo.mnp.mnp"
        length = "mip6.nemo.mnp.pfl"
        assert fields(hnps, prefix) == ["2001:db8:1:2::", "2001:db8:1:3::"]
        assert fields(hnps, length) == ["64", "64"]
        assert fields(mnps, prefix) == ["::", "2001:db8:a100::"]
        assert fields(mnps, length) == ["0", "56"]

    def test_the_requesting_bit_is_the_first_of_the_reserved_octet(self, tmp_path: Path) -> None:
        raw = fields(seen(tmp_path, PBU), "mip6.options.mnp_raw")
        octets = [bytes.fromhex(each[0]) for each in raw]
        assert [each[2] for each in octets] == [0x80, 0x00]

    def test_delegated_prefixes_of_both_families(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, PBU)
        assert fields(layers, "mip6.dmnp.v_flag") == ["0", "1"]
        assert fields(layers, "mip6.dmnp.prefix_len") == ["48", "24"]
        addresses = one(layers, "mip6.dmnp.dmnp_ipv6", "mip6.dmnp.dmnp_ipv4")
        assert addresses == ("2001:db8:a200::", "198.51.100.0")

    def test_addresses_and_time(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, PBU)
        names = ("mip6.mnlli.lli", "mip6.lila_lla", "mip6.acoa.acoa")
        expected = ("02:00:00:00:00:17", "fe80::200:5eff:fe00:5213", "2001:db8:f::12")
        assert one(layers, *names) == expected
        (time,) = one(layers, "mip6.timestamp_tmp")
        assert time.startswith("Nov 14, 2023 22:13:20.5")


class TestOtherMessages:
    def test_a_proxy_binding_acknowledgement(self, tmp_path: Path) -> None:
        layers = seen(tmp_path, PBA)
        names = ("mip6.ba.status", "mip6.ba.seqnr", "mip6.ba.lifetime")
        assert one(layers, *names) == ("156", "4711", "60")
        flags = ("mip6.ba.k_flag", "mip6.nemo.ba.r_flag", "mip6.ba.p_flag")
        assert one(layers, *flags) == ("0", "1", "1")
        without = seen(tmp_path, replace(PBA, mobile_router=False, proxy_registration=False))
        assert one(without, *flags) == ("0", "0", "0")

    def test_a_binding_error(self, tmp_path: Path) -> None:
        address = IPv6Address("2001:db8::7")
        layers = seen(tmp_path, BindingError(status=2, home_address=address))
        assert one(layers, "mip6.be.status", "mip6.be.haddr") == ("2", "2001:db8::7")

    @pytest.mark.rfc("5213 §5.3.6")
    def test_tshark_complains_about_no_hand_made_message_but_one(self, tmp_path: Path) -> None:
        """It wants an identifier of one octet at least; the RFC wants one of none in that PBA."""
        vectors = VECTORS + SIGNALLING_VECTORS
        views = dissect(tmp_path, [ipv6_packet(MOBILITY, vector.octets) for vector in vectors])
        told = {
            vector.intent: fields(layers, "_ws.expert.message")
            for vector, layers in zip(vectors, views, strict=True)
            if complaints(layers)
        }
        words = "Mobile Node Identifier (with option length = 1 byte; should be >= 2)"
        assert told == {
            "the PBA to a PBU without identifier: MN-ID of length zero, HNP ALL_ZERO": [words]
        }

    def test_tshark_does_complain_about_a_broken_one(self, tmp_path: Path) -> None:
        broken = bytes.fromhex("3b01 0500 0000 0001 8200 0001 1b08 0000")
        (layers,) = dissect(tmp_path, [ipv6_packet(MOBILITY, broken)])
        assert complaints(layers)

    def test_dhcp_messages(self, tmp_path: Path) -> None:
        packets = [
            ipv6_packet(UDP, udp_datagram(546, 547, encode_dhcp_message(SOLICIT))),
            ipv6_packet(UDP, udp_datagram(547, 546, encode_dhcp_message(REPLY))),
        ]
        solicit, reply = dissect(tmp_path, packets)
        assert (complaints(solicit), complaints(reply)) == ([], [])
        assert one(solicit, "dhcpv6.msgtype", "dhcpv6.xid") == ("1", "0xabcdef")
        assert fields(solicit, "dhcpv6.iaprefix.pref_len") == ["56"]
        assert fields(reply, "dhcpv6.msgtype") == ["7"]
        assert fields(reply, "dhcpv6.iaprefix.pref_addr") == ["2001:db8:a100::"]
        assert fields(reply, "dhcpv6.iaprefix.pref_lifetime") == ["3600"]
        assert fields(reply, "dhcpv6.iaaddr.ip") == ["2001:db8::7"]
        assert fields(reply, "dhcpv6.status_code") == ["0", "4", "0", "6"]

    def test_messages_of_two_relay_agents_and_what_they_relay(self, tmp_path: Path) -> None:
        octets = encode_relay_message(
            replace(FORWARD, hop_count=1, relayed=encode_relay_message(FORWARD))
        )
        (layers,) = dissect(tmp_path, [ipv6_packet(UDP, udp_datagram(547, 547, octets))])
        assert complaints(layers) == []
        assert fields(layers, "dhcpv6.msgtype") == ["12", "12", "1"]
        assert fields(layers, "dhcpv6.hopcount") == ["1", "0"]
        assert fields(layers, "dhcpv6.linkaddr") == ["2001:db8:1::1"] * 2
        assert fields(layers, "dhcpv6.peeraddr") == ["fe80::2"] * 2
        assert fields(layers, "dhcpv6.interface_id") == [b"access0".hex(":")] * 2
        assert fields(layers, "dhcpv6.subscriber_id") == ["mn1@example.net"] * 2
        assert one(layers, "dhcpv6.xid") == ("0xabcdef",)

    def test_a_router_advertisement(self, tmp_path: Path) -> None:
        packet = ipv6_packet(ICMPV6, encode_router_advertisement(ADVERTISEMENT), hop_limit=255)
        (layers,) = dissect(tmp_path, [packet])
        assert complaints(layers) == []
        assert one(layers, "icmpv6.checksum.status", "icmpv6.opt.mtu") == ("1", "1460")
        names = ("icmpv6.opt.prefix", "icmpv6.opt.prefix.length", "icmpv6.nd.ra.router_lifetime")
        assert one(layers, *names) == ("2001:db8:1::", "64", "1800")
        assert fields(layers, "icmpv6.opt.linkaddr") == ["00:00:5e:00:52:13"]
