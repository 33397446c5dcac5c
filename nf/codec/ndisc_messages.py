"""Router discovery as values (RFC 4861 §4.1, §4.2); the octets are ``ndisc``'s affair."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterSolicitation:
    """Router Solicitation (RFC 4861 §4.1)."""

    source_link_layer_address: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixInformation:
    """Prefix Information option (RFC 4861 §4.6.2)."""

    prefix: IPv6Network
    valid_lifetime_s: int
    preferred_lifetime_s: int
    on_link: bool = True
    autonomous: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterAdvertisement:
    """Router Advertisement (RFC 4861 §4.2); ``router_lifetime_s`` 0: no longer a default router."""

    router_lifetime_s: int
    current_hop_limit: int = 64
    managed: bool = False
    other_configuration: bool = False
    reachable_time_ms: int = 0
    retransmit_timer_ms: int = 0
    source_link_layer_address: bytes | None = None
    mtu: int | None = None
    prefixes: tuple[PrefixInformation, ...] = ()
