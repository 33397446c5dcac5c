"""The access link of these tests: its node, what is opened on it, what was seen there."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network

from nf.codec.ndisc_messages import PrefixInformation, RouterAdvertisement
from nf.engine.access_configuration import AccessLink
from nf.engine.configuration import FIXED_MAG_LINK_LAYER_ADDRESS, FIXED_MAG_LINK_LOCAL_ADDRESS
from nf.engine.effects import (
    OpenAccessLink,
)
from nf.engine.events import (
    AccessLinkDown,
    AccessLinkUp,
    Event,
    NodeSeen,
)
from nf.engine.values import AttachSource
from tests.drivers.conftest import NODE, Bench

NODE_LINK_LOCAL = IPv6Address("fe80::ff:fe00:7")
SOLICIT = bytes.fromhex("01 abcdef 0001 000a 00030001020000000007".replace(" ", ""))
HNP = IPv6Network("2001:db8:1000::/64")
ADVERTISEMENT = RouterAdvertisement(
    router_lifetime_s=600,
    mtu=1460,
    source_link_layer_address=FIXED_MAG_LINK_LAYER_ADDRESS,
    prefixes=(PrefixInformation(prefix=HNP, valid_lifetime_s=600, preferred_lifetime_s=600),),
)


def opened(*sources: AttachSource) -> OpenAccessLink:
    link = AccessLink(interface="link0", access_technology_type=4)
    if sources:
        link = AccessLink(interface="link0", access_technology_type=4, attach_sources=sources)
    return OpenAccessLink(
        link=link,
        link_local_address=FIXED_MAG_LINK_LOCAL_ADDRESS,
        link_layer_address=FIXED_MAG_LINK_LAYER_ADDRESS,
    )


def seen_by(bench: Bench) -> set[AttachSource]:
    return {
        event.source
        for event in bench.events
        if isinstance(event, NodeSeen) and event.link_layer_address == NODE
    }


def changes_of_the_link(bench: Bench) -> list[Event]:
    return [event for event in bench.events if isinstance(event, AccessLinkUp | AccessLinkDown)]


def usable(bench: Bench) -> bool:
    return (
        "tentative" not in (shown := bench.there.ip("-6", "address", "show", "dev", "node0"))
        and str(NODE_LINK_LOCAL) in shown
    )
