"""Configuration of access links: what is heard there, of whom, and who delegates prefixes."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from nf.engine.values import AttachSource, RateLimit

#: More than any node needs.
_SOME: Final = RateLimit(messages_per_s=50, burst=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLink:
    """An interface on which mobile nodes appear."""

    interface: str
    access_technology_type: int
    attach_sources: tuple[AttachSource, ...] = (
        AttachSource.LINK_STATE,
        AttachSource.ROUTER_SOLICITATION,
        AttachSource.NEIGHBOUR_SOLICITATION,
        AttachSource.MULTICAST_LISTENER_REPORT,
        AttachSource.DHCPV6,
        AttachSource.NEIGHBOUR_UNREACHABLE,
        AttachSource.MANAGEMENT,
        AttachSource.ACCESS_POINT,
        AttachSource.RADIUS_ACCOUNTING,
    )
    enabled: bool = True
    #: Solicitations, listener reports and DHCPv6 messages that are taken in from one known node.
    node_limit: RateLimit = _SOME
    #: The same for all others of the link together.
    stranger_limit: RateLimit = _SOME
    #: The control sockets of the access points behind the interface.
    hostapd_sockets: tuple[str, ...] = ()
    #: Whether DHCPv6 is relayed to the delegating routers elsewhere.
    dhcpv6_relay: bool = False
    #: What tells them the link; None: the home network prefix of the node.
    dhcpv6_link_address: IPv6Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcpv6Relay:
    """Delegating routers elsewhere in the domain (NEMO draft §3.2)."""

    #: Each gets every message (RFC 8415 §19).
    servers: tuple[IPv6Address, ...]
    #: Where they answer to; None: the Proxy-CoA.
    source_address: IPv6Address | None = None
    #: How often a Solicit is relayed again that was answered with another prefix.
    max_attempts: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusClient:
    """A network access server that accounts for the stations of one access link."""

    address: IPv6Address | IPv4Address
    link: str
    #: The path of the file that holds the shared secret, which is nowhere else.
    secret_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusAccounting:
    """Where accounting messages are received (RFC 2866), and of whom."""

    address: IPv6Address | IPv4Address
    port: int = 1813
    clients: tuple[RadiusClient, ...] = ()
