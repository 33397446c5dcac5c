"""What the recorded engines send is well-formed in the eyes of tshark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.mobility import encode_mobility_message
from nf.codec.ndisc import encode_router_advertisement
from nf.engine.effects import SendDhcpMessage, SendMessage, SendRouterAdvertisement
from nf.journal import effect_from_json
from tests.codec.packets import ICMPV6, MOBILITY, UDP, ipv6_packet, troubled, udp_datagram

HERE = Path(__file__).parent
SENT = SendMessage | SendDhcpMessage | SendRouterAdvertisement
#: The PBA to a PBU without identifier: tshark wants an identifier of one octet at least.
NO_IDENTIFIER = "Mobile Node Identifier (with option length = 1 byte; should be >= 2)"


def sent_effects() -> dict[str, SENT]:
    """Return what all folders and topologies send, by where it stands."""
    found: dict[str, SENT] = {}
    for path in sorted(HERE.glob("**/*effects.jsonl")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            effect = effect_from_json(json.loads(line))
            if isinstance(effect, SENT):
                found[f"{path.relative_to(HERE)}:{number}"] = effect
    return found


def packet(effect: SENT) -> bytes:
    """Return the packet by which an effect goes out."""
    if isinstance(effect, SendMessage):
        return ipv6_packet(MOBILITY, encode_mobility_message(effect.message))
    if isinstance(effect, SendDhcpMessage):
        return ipv6_packet(UDP, udp_datagram(547, 546, encode_dhcp_message(effect.message)))
    octets = encode_router_advertisement(effect.advertisement)
    return ipv6_packet(ICMPV6, octets, hop_limit=255)


def has_no_identifier(effect: SENT) -> bool:
    """Tell whether a message answers a PBU without identifier (RFC 5213 §5.3.6)."""
    return (
        isinstance(effect, SendMessage)
        and getattr(effect.message, "mobile_node_identifier", None) == ""
    )


@pytest.mark.rfc("5213 §5.3.6")
def test_tshark_complains_about_nothing_that_is_sent_but_an_empty_identifier(
    tmp_path: Path,
) -> None:
    effects = sent_effects()
    assert len(effects) > 200
    told = troubled(tmp_path, [packet(effect) for effect in effects.values()])
    places = list(effects)
    empty = {where for where, effect in effects.items() if has_no_identifier(effect)}
    assert {places[at]: words for at, words in told.items()} == dict.fromkeys(empty, NO_IDENTIFIER)
