"""Octets to begin with: the hand-made vectors, and all that conformance folders hear and send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.mobility import encode_mobility_message
from nf.codec.ndisc import encode_router_advertisement
from nf.engine.effects import SendDhcpMessage, SendMessage, SendRouterAdvertisement
from nf.engine.events import DhcpMessageReceived, MessageReceived
from nf.journal import effect_from_json, event_from_json
from tests.codec.test_dhcpv6 import REPLY_HEX, SOLICIT_HEX
from tests.codec.test_dhcpv6_relay import FORWARD_HEX, RELAYED_HEX, REPLY_HEAD_HEX
from tests.codec.test_ndisc import ADVERTISEMENT_HEX
from tests.codec.vectors import ACCEPTED, VECTORS
from tests.codec.vectors_signalling import SIGNALLING_ACCEPTED, SIGNALLING_VECTORS

CONFORMANCE: Final = Path(__file__).parent.parent / "conformance"
SOLICITATION: Final = bytes.fromhex("8500 0000 0000 0000 0101 0200 0000 0001")


def seeds() -> dict[str, set[bytes]]:
    """Return well-formed messages for each of the checks."""
    vectors = VECTORS + ACCEPTED + SIGNALLING_VECTORS + SIGNALLING_ACCEPTED
    found = {
        "mobility": {vector.octets for vector in vectors},
        "dhcpv6": {bytes.fromhex(SOLICIT_HEX), bytes.fromhex(REPLY_HEX)},
        "dhcpv6-relay": {
            bytes.fromhex(FORWARD_HEX),
            bytes.fromhex(REPLY_HEAD_HEX + RELAYED_HEX),
        },
        "router-solicitation": {SOLICITATION},
        "router-advertisement": {bytes.fromhex(ADVERTISEMENT_HEX)},
    }
    for name, octets in _recorded():
        found[name].add(octets)
    return found


def _recorded() -> Iterator[tuple[str, bytes]]:
    """Yield every message of the conformance folders, and for which check it is."""
    for path in sorted(CONFORMANCE.glob("**/*.jsonl")):
        for line in path.read_text().splitlines():
            data = json.loads(line)
            if "packet" in data:
                yield "mobility", bytes.fromhex(data["packet"])
                continue
            match event_from_json(data) if "event" in data else effect_from_json(data):
                case SendMessage(message=message) | MessageReceived(message=message):
                    yield "mobility", encode_mobility_message(message)
                case SendDhcpMessage(message=dhcp) | DhcpMessageReceived(message=dhcp):
                    yield "dhcpv6", encode_dhcp_message(dhcp)
                case SendRouterAdvertisement(advertisement=advertisement):
                    yield "router-advertisement", encode_router_advertisement(advertisement)
