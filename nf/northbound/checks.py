"""What a configuration object must be by itself, beyond what YANG can say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.engine.configuration import (
    DomainConfiguration,
    LmaConfiguration,
    MagConfiguration,
    MobileNode,
)
from nf.northbound.changes import ConfigurationObject
from nf.northbound.errors import ConfigError
from nf.northbound.paths import entry_path, value_path

#: What the Mobile Node Identifier option can carry of an NAI (RFC 4283 §3, RFC 7542 §2.3).
MAX_IDENTIFIER_OCTETS: Final = 253

#: Address space that is nobody's to be reached at, or to move with (RFC 4291 §2.4).
NOT_UNICAST: Final = {
    "multicast": IPv6Network("ff00::/8"),
    "link-local": IPv6Network("fe80::/10"),
    "unspecified": IPv6Network("::/128"),
    "loopback": IPv6Network("::1/128"),
}


def check_object(path: str, item: ConfigurationObject) -> Iterator[ConfigError]:
    """Yield every reason why the object at ``path`` cannot be used."""
    match item:
        case DomainConfiguration():
            yield from _check_domain(path, item)
        case MobileNode():
            yield from _check_mobile_node(path, item)
        case LmaConfiguration():
            yield from _check_lma(path, item)
        case MagConfiguration():
            yield from _check_address(f"{path}/proxy-care-of-address", item.proxy_care_of_address)
            yield from _check_identifier(f"{path}/identity", item.identity)
            yield from _check_relay(path, item)


def prefix_lists(
    path: str, item: ConfigurationObject
) -> Iterator[tuple[str, tuple[IPv6Network, ...]]]:
    """Yield the path and the prefixes of each leaf-list by which the object gives prefixes away."""
    match item:
        case MobileNode():
            yield f"{path}/home-network-prefix", item.home_network_prefixes
            yield f"{path}/mobile-network-prefix", item.mobile_network_prefixes
        case LmaConfiguration():
            for pool in item.home_network_prefix_pools:
                entry = entry_path(path, "home-network-prefix-pool", "name", pool.name)
                yield f"{entry}/prefix", pool.prefixes
            for pool in item.mobile_network_prefix_pools:
                entry = entry_path(path, "mobile-network-prefix-pool", "name", pool.name)
                yield f"{entry}/prefix", pool.prefixes


def _check_domain(path: str, domain: DomainConfiguration) -> Iterator[ConfigError]:
    address = domain.fixed_mag_link_local_address
    if not (address.is_link_local or address.is_unspecified):
        yield ConfigError(
            path=f"{path}/fixed-mag-link-local-address",
            message=f"{address} is neither link-local nor ::",
            app_tag="not-link-local",
        )


def _check_mobile_node(path: str, node: MobileNode) -> Iterator[ConfigError]:
    yield from _check_identifier(f"{path}/identifier", node.identifier)
    if node.local_mobility_anchor is not None:
        yield from _check_address(f"{path}/local-mobility-anchor", node.local_mobility_anchor)
    yield from _check_prefixes(path, node)


def _check_lma(path: str, lma: LmaConfiguration) -> Iterator[ConfigError]:
    yield from _check_address(f"{path}/address", lma.address)
    if lma.redirect is not None and lma.redirect.assignment_address is not None:
        address = lma.redirect.assignment_address
        yield from _check_address(f"{path}/redirect/assignment-address", address)
    for mag in lma.mobile_access_gateways:
        address = mag.proxy_care_of_address
        entry = entry_path(path, "mobile-access-gateway", "proxy-care-of-address", str(address))
        yield from _check_address(f"{entry}/proxy-care-of-address", address)
        yield from _check_identifier(f"{entry}/identity", mag.identity)
    yield from _check_prefixes(path, lma)


def _check_relay(path: str, gateway: MagConfiguration) -> Iterator[ConfigError]:
    for link in gateway.access_links:
        if link.dhcpv6_link_address is not None:
            entry = entry_path(path, "access-link", "interface", link.interface)
            yield from _check_address(f"{entry}/dhcpv6-link-address", link.dhcpv6_link_address)
    relay = gateway.dhcpv6_relay
    if relay is None:
        return
    for server in relay.servers:
        leaf = value_path(f"{path}/dhcpv6-relay/server", server)
        yield from _check_address(leaf, server)
    if relay.source_address is not None:
        yield from _check_address(f"{path}/dhcpv6-relay/source-address", relay.source_address)


def _check_identifier(path: str, identifier: str | None) -> Iterator[ConfigError]:
    octets = len((identifier or "").encode())
    if octets > MAX_IDENTIFIER_OCTETS:
        yield ConfigError(
            path=path,
            message=f"an identifier has {MAX_IDENTIFIER_OCTETS} octets at most, not {octets}",
            app_tag="identifier-too-long",
        )


def _check_address(path: str, address: IPv6Address) -> Iterator[ConfigError]:
    yield from _check_unicast(path, address, lambda space: address in space)


def _check_prefixes(path: str, item: ConfigurationObject) -> Iterator[ConfigError]:
    for leaf_list, prefixes in prefix_lists(path, item):
        for prefix in prefixes:
            yield from _check_unicast(value_path(leaf_list, prefix), prefix, prefix.overlaps)


def _check_unicast(
    path: str, value: IPv6Address | IPv6Network, lies_in: Callable[[IPv6Network], bool]
) -> Iterator[ConfigError]:
    """Refuse what no host may have as its own; a prefix that covers such space goes too."""
    for name, space in NOT_UNICAST.items():
        if lies_in(space):
            message = f"{value} is no unicast address space: {name} ({space})"
            yield ConfigError(path=path, message=message, app_tag="not-unicast")
            return
