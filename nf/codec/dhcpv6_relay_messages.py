"""DHCPv6 messages between relay agent and server as values; octets are ``dhcpv6_relay``'s.

What is relayed stays octets, since it is passed on verbatim; it may be another such message.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv6Address

from nf.codec.dhcpv6_messages import RawDhcpOption


class RelayMessageType(IntEnum):
    """Message types between relay agent and server (RFC 8415 §7.3)."""

    RELAY_FORWARD = 12
    RELAY_REPLY = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayMessage:
    """A Relay-forward or Relay-reply message (RFC 8415 §9)."""

    message_type: RelayMessageType
    #: How many relay agents have relayed the message before.
    hop_count: int = 0
    #: An address of the link that the client is on.
    link_address: IPv6Address
    #: The client, or the relay agent next to it.
    peer_address: IPv6Address
    #: The DHCPv6 message inside, octet by octet (RFC 8415 §21.10).
    relayed: bytes
    #: Names the link to the relay agent, which sets it; servers copy it (RFC 8415 §21.18).
    interface_id: bytes | None = None
    #: Names the subscriber, whatever the link; never empty (RFC 4580 §2).
    subscriber_id: bytes | None = None
    other_options: tuple[RawDhcpOption, ...] = ()
