"""An independent codec, scapy, builds and reads the same octets as ours."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

import pytest
from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_Solicit,
    DHCP6OptClientId,
    DHCP6OptElapsedTime,
    DHCP6OptIA_PD,
    DHCP6OptIAPrefix,
    DHCP6OptStatusCode,
)
from scapy.layers.inet6 import (
    MIP6MH_BA,
    MIP6MH_BU,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    MIP6OptAltCoA,
    MIP6OptMNID,
    MIP6OptMobNetPrefix,
    in6_chksum,
)

from nf.codec.dhcpv6 import decode_dhcp_message, encode_dhcp_message
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType, DhcpStatus, IaPd, IaPrefix
from nf.codec.messages import MobileNetworkPrefix, MobileNodeIdentifier
from nf.codec.mobility import checksum, decode_mobility_message, encode_mobility_message
from nf.codec.ndisc import (
    decode_router_advertisement,
    decode_router_solicitation,
    encode_router_advertisement,
)
from nf.codec.ndisc_messages import RouterSolicitation
from tests.codec.packets import LMA, MAG
from tests.codec.test_ndisc import ADVERTISEMENT, MAC
from tests.codec.vectors import ACKNOWLEDGEMENT, UPDATE

NAI = MobileNodeIdentifier("mn1@example.net")
MNP = IPv6Network("2001:db8:a100::/56")


def without_checksum(packet: bytes) -> bytes:
    return packet[:4] + bytes(2) + packet[6:]


class TestMobilityHeader:
    @pytest.mark.parametrize(
        ("letters", "a", "h", "r", "p"),
        [
            ("A", True, False, False, False),
            ("AP", True, False, False, True),
            ("AHRP", True, True, True, True),
            ("", False, False, False, False),
        ],
    )
    def test_flags_of_an_update(self, letters: str, a: bool, h: bool, r: bool, p: bool) -> None:
        message = replace(
            UPDATE, acknowledge=a, home_registration=h, mobile_router=r, proxy_registration=p
        )
        theirs = MIP6MH_BU(seq=1, mhtime=1, flags=letters, options=[])
        assert encode_mobility_message(message) == without_checksum(bytes(theirs))

    def test_identifier_prefix_and_padding_are_the_same_octets(self) -> None:
        message = replace(
            UPDATE,
            mobile_node_identifier=NAI,
            mobile_network_prefixes=(
                MobileNetworkPrefix(prefix=MNP),
                MobileNetworkPrefix(prefix=IPv6Network("::/0"), is_request=True),
            ),
            alternate_care_of_address=IPv6Address("2001:db8:f::12"),
        )
        theirs = MIP6MH_BU(
            seq=1,
            mhtime=1,
            flags="AP",
            options=[
                MIP6OptMNID(subtype=1, id=NAI.encode()),
                MIP6OptMobNetPrefix(plen=56, prefix="2001:db8:a100::"),
                MIP6OptMobNetPrefix(reserved=0x80, plen=0, prefix="::"),
                MIP6OptAltCoA(acoa="2001:db8:f::12"),
            ],
        )
        octets = without_checksum(bytes(theirs))
        assert encode_mobility_message(message).hex() == octets.hex()
        assert decode_mobility_message(octets) == message

    def test_an_acknowledgement(self) -> None:
        message = replace(ACKNOWLEDGEMENT, status=130, mobile_router=True)
        theirs = MIP6MH_BA(status=130, flags="PR", seq=1, mhtime=1, options=[])
        assert encode_mobility_message(message) == without_checksum(bytes(theirs))

    def test_the_checksum(self) -> None:
        packet = encode_mobility_message(replace(UPDATE, mobile_node_identifier=NAI))
        pseudo = IPv6(src=str(MAG), dst=str(LMA))
        theirs = in6_chksum(135, pseudo, packet)  # type: ignore[no-untyped-call]
        assert checksum(MAG, LMA, packet) == theirs


class TestDhcp:
    MESSAGE = DhcpMessage(
        message_type=DhcpMessageType.SOLICIT,
        transaction_id=0x123456,
        client_duid=bytes.fromhex("00030001020000000001"),
        elapsed_time_cs=10,
        ia_pds=(
            IaPd(
                iaid=5,
                t1_s=100,
                t2_s=200,
                prefixes=(IaPrefix(prefix=MNP, preferred_lifetime_s=300, valid_lifetime_s=400),),
                status=DhcpStatus(code=6, message="none left"),
            ),
        ),
    )

    def test_scapy_builds_what_we_build(self) -> None:
        prefix = DHCP6OptIAPrefix(prefix="2001:db8:a100::", plen=56, preflft=300, validlft=400)
        status = DHCP6OptStatusCode(statuscode=6, statusmsg=b"none left")
        theirs = (
            DHCP6_Solicit(trid=0x123456)
            / DHCP6OptClientId(duid=DUID_LL(lladdr="02:00:00:00:00:01"))
            / DHCP6OptElapsedTime(elapsedtime=10)
            / DHCP6OptIA_PD(iaid=5, T1=100, T2=200, iapdopt=[prefix, status])
        )
        octets = bytes(theirs)
        assert encode_dhcp_message(self.MESSAGE).hex() == octets.hex()
        assert decode_dhcp_message(octets) == self.MESSAGE

    def test_scapy_reads_what_we_write(self) -> None:
        ia = DHCP6_Solicit(encode_dhcp_message(self.MESSAGE))[DHCP6OptIA_PD]
        assert (ia.iaid, ia.T1, ia.T2) == (5, 100, 200)
        prefix = ia.iapdopt[0]
        assert (prefix.prefix, prefix.plen) == ("2001:db8:a100::", 56)
        assert (prefix.preflft, prefix.validlft) == (300, 400)


class TestRouterDiscovery:
    def test_an_advertisement(self) -> None:
        theirs = (
            ICMPv6ND_RA(
                chlim=64,
                M=1,
                O=1,
                prf=0,
                routerlifetime=1800,
                reachabletime=30000,
                retranstimer=1000,
                cksum=0,
            )
            / ICMPv6NDOptSrcLLAddr(lladdr="00:00:5e:00:52:13")
            / ICMPv6NDOptMTU(mtu=1460)
            / ICMPv6NDOptPrefixInfo(
                prefix="2001:db8:1::",
                prefixlen=64,
                L=1,
                A=1,
                R=0,
                validlifetime=7200,
                preferredlifetime=3600,
            )
        )
        octets = bytes(theirs)
        assert encode_router_advertisement(ADVERTISEMENT).hex() == octets.hex()
        assert decode_router_advertisement(octets) == ADVERTISEMENT

    def test_a_solicitation(self) -> None:
        theirs = ICMPv6ND_RS(cksum=0) / ICMPv6NDOptSrcLLAddr(lladdr="00:00:5e:00:52:13")
        expected = RouterSolicitation(source_link_layer_address=MAC)
        assert decode_router_solicitation(bytes(theirs)) == expected
