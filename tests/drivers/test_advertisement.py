"""The frame of a router advertisement, as an independent decoder reads it."""

from __future__ import annotations

import subprocess
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path

import pytest
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from nf.codec.ndisc import encode_router_advertisement
from nf.codec.ndisc_messages import PrefixInformation, RouterAdvertisement
from nf.drivers.access.advertisement import advertisement_frame
from nf.engine.configuration import FIXED_MAG_LINK_LAYER_ADDRESS, FIXED_MAG_LINK_LOCAL_ADDRESS
from nf.engine.values import LinkLayerAddress

NODE = LinkLayerAddress(bytes.fromhex("020000000007"))
HNP = IPv6Network("2001:db8:1000::/64")
ADVERTISEMENT = RouterAdvertisement(
    router_lifetime_s=600,
    mtu=1460,
    source_link_layer_address=FIXED_MAG_LINK_LAYER_ADDRESS,
    prefixes=(PrefixInformation(prefix=HNP, valid_lifetime_s=600, preferred_lifetime_s=600),),
)
#: tshark's field -> what it must read; checksum status 1 means verified and good.
EXPECTED = {
    "eth.dst": "02:00:00:00:00:07",
    "eth.src": "00:00:5e:00:52:13",
    "ipv6.src": "fe80::200:5eff:fe00:5213",
    "ipv6.hlim": "255",
    "icmpv6.type": "134",
    "icmpv6.checksum.status": "1",
    "icmpv6.opt.prefix": "2001:db8:1000::",
    "icmpv6.opt.mtu": "1460",
    "_ws.malformed": "",
}


def read_by_tshark(frame: bytes, path: Path, fields: list[str]) -> list[str]:
    wrpcap(str(path), [Ether(frame)])
    wanted = [word for field in fields for word in ("-e", field)]
    command = ["tshark", "-r", str(path), "-T", "fields", *wanted]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return shown.removesuffix("\n").split("\t")


@pytest.mark.rfc("4861 §4.2")
@pytest.mark.parametrize(
    ("destination", "shown"),
    [(IPv6Address("fe80::ff:fe00:7"), "fe80::ff:fe00:7"), (None, "ff02::1")],
    ids=["unicast", "rfc-6085"],
)
def test_tshark_reads_it_without_complaint(
    tmp_path: Path, destination: IPv6Address | None, shown: str
) -> None:
    frame = advertisement_frame(
        own=FIXED_MAG_LINK_LAYER_ADDRESS,
        node=NODE,
        source=FIXED_MAG_LINK_LOCAL_ADDRESS,
        destination=destination,
        message=encode_router_advertisement(ADVERTISEMENT),
    )
    fields = ["ipv6.dst", *EXPECTED]
    assert read_by_tshark(frame, tmp_path / "frame.pcap", fields) == [shown, *EXPECTED.values()]
