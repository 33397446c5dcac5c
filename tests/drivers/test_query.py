"""The multicast listener query, read by scapy."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from scapy.layers.inet6 import ICMPv6MLQuery2, IPv6, IPv6ExtHdrHopByHop, RouterAlert
from scapy.layers.l2 import Ether

from nf.drivers.access.query import listener_query_frame
from nf.engine.values import LinkLayerAddress

MAG = IPv6Address("fe80::200:5eff:fe00:5213")


@pytest.mark.rfc("3810 §5.1")
def test_a_general_query_has_every_field_that_hosts_check() -> None:
    own = LinkLayerAddress(bytes.fromhex("00005e005213"))
    octets = listener_query_frame(own=own, source=MAG)
    frame = Ether(octets)
    assert (frame.src, frame.dst) == ("00:00:5e:00:52:13", "33:33:00:00:00:01")
    assert (frame[IPv6].src, frame[IPv6].dst, frame[IPv6].hlim) == (str(MAG), "ff02::1", 1)
    assert isinstance(frame[IPv6ExtHdrHopByHop].options[0], RouterAlert)
    query = frame[ICMPv6MLQuery2]
    assert (query.mladdr, query.mrd, query.sources_number) == ("::", 10, 0)
    carried = query.cksum
    del query.cksum
    assert Ether(bytes(frame))[ICMPv6MLQuery2].cksum == carried
