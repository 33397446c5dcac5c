"""From client to servers (RFC 8415 §19.1, NEMO draft §3.2).

Only a Solicit is changed: its prefixes are wishes, and the draft has the MAG wish. Whatever names
prefixes that the client has, or was offered, passes octet by octet, or not at all.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.codec.dhcpv6_relay_messages import RelayMessage, RelayMessageType
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect, SendRelayMessage
from nf.engine.events import DhcpMessageReceived
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.mag.relay import silence
from nf.engine.mag.relay.records import Exchange, RelayedNode

_TYPE = DhcpMessageType
_RENEWING: Final = frozenset({_TYPE.RENEW, _TYPE.REBIND})
_ASKING: Final = frozenset({_TYPE.SOLICIT, _TYPE.REQUEST}) | _RENEWING


def is_used(gateway: Gateway, link: str) -> bool:
    """Tell whether messages of a link's nodes are relayed."""
    opened = gateway.open_links.get(link)
    return gateway.relay.opened is not None and opened is not None and opened.link.dhcpv6_relay


def served_entry(
    gateway: Gateway, identifier: MobileNodeIdentifier
) -> BindingUpdateListEntry | None:
    """Return a node's binding, None while none stands."""
    entry = gateway.binding_update_list.get(identifier)
    return entry if entry is not None and entry.state in SERVED else None


def fault_of(entry: BindingUpdateListEntry, message: DhcpMessage) -> DropReason | None:
    """Return why a message must not be relayed, None where it may be.

    NEMO draft §3.2: nothing of a router without a mobile network prefix. A Request must name what
    the router was let choose. A Renew or Rebind may name more than that, which the servers end.
    """
    held = entry.mobile_network_prefixes
    if message.message_type not in _ASKING or not message.ia_pds:
        return None
    if not held:
        return DropReason.RELAY_NO_PREFIX
    named = named_prefixes(message)
    are_held = [prefix in held for prefix in named]
    if message.message_type is _TYPE.REQUEST and not all(are_held):
        return DropReason.RELAY_PREFIX_NOT_BOUND
    if message.message_type in _RENEWING and named and not any(are_held):
        return DropReason.RELAY_PREFIX_NOT_BOUND
    return None


def named_prefixes(message: DhcpMessage) -> tuple[IPv6Network, ...]:
    """Return the prefixes that a client's message is about; a mere length is none."""
    return tuple(
        each.prefix
        for ia in message.ia_pds
        for each in ia.prefixes
        if not each.prefix.network_address.is_unspecified
    )


def verbatim(
    gateway: Gateway, entry: BindingUpdateListEntry, event: DhcpMessageReceived
) -> list[Effect]:
    """Relay a message as it came (RFC 8415 §19.1)."""
    return send(gateway, entry, event, octets_of(event))


def octets_of(event: DhcpMessageReceived) -> bytes:
    """Return a message's octets; one that waited since before its link was relayed has none."""
    return event.octets or encode_dhcp_message(event.message)


def send(
    gateway: Gateway, entry: BindingUpdateListEntry, event: DhcpMessageReceived, octets: bytes
) -> list[Effect]:
    """Relay a message of a node to all servers, and know the answers to it."""
    message = event.message
    node = gateway.relay.node(entry.mobile_node_identifier, event.link, event.source)
    exchange = Exchange(
        message_type=message.message_type,
        client_duid=message.client_duid,
        asks_for_prefix=message.message_type in _ASKING and bool(message.ia_pds),
    )
    node.note(message.transaction_id, exchange)
    servers = gateway.relay.opened.servers if gateway.relay.opened is not None else ()
    effects = [_forward(gateway, entry, node, server, octets) for server in servers]
    gateway.statistics.dhcpv6_relayed[word_of(message)] += 1
    return effects + silence.on_relayed(gateway, message)


def send_for_client(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    node: RelayedNode,
    message: DhcpMessage,
    server: IPv6Address,
) -> Effect:
    """Send a server what the client would have to say, and keep the answer from the client."""
    exchange = Exchange(
        message_type=message.message_type,
        client_duid=message.client_duid,
        asks_for_prefix=False,
        is_ours=True,
    )
    node.note(message.transaction_id, exchange)
    gateway.statistics.dhcpv6_relayed[word_of(message)] += 1
    return _forward(gateway, entry, node, server, encode_dhcp_message(message))


def word_of(message: DhcpMessage) -> str:
    """Return a message's type as the word that statistics use."""
    return message.message_type.name.lower().replace("_", "-")


def _forward(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    node: RelayedNode,
    server: IPv6Address,
    octets: bytes,
) -> Effect:
    """Return a message inside a Relay-forward.

    RFC 8415 §19.1.1: hop count 0, the client's address, an address of its link, and Interface-Id,
    since that address does not tell us the interface: a home network is where its node is. RFC
    4580 §2: Subscriber-ID tells who it is, whatever the link.
    """
    link = gateway.open_links[node.link].link
    home = entry.home_network_prefixes[0].network_address
    return SendRelayMessage(
        server=server,
        message=RelayMessage(
            message_type=RelayMessageType.RELAY_FORWARD,
            link_address=link.dhcpv6_link_address or home,
            peer_address=node.address,
            relayed=octets,
            interface_id=node.link.encode(),
            subscriber_id=entry.mobile_node_identifier.encode(),
        ),
    )
