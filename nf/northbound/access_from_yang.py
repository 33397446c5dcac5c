"""Instance data of the access side to the engine's types: links, and who accounts for them."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from nf.codec.registry import AccessTechnologyType
from nf.engine.access_configuration import AccessLink, Dhcpv6Relay, RadiusAccounting, RadiusClient
from nf.engine.values import AttachSource
from nf.northbound.json_values import (
    JsonObject,
    entries,
    flag,
    number,
    part,
    text,
    text_or_none,
    texts,
)
from nf.northbound.signalling_from_yang import rate_from_yang
from nf.northbound.words import code


def access_link_from_yang(node: JsonObject) -> AccessLink:
    """Return one access link."""
    return AccessLink(
        interface=text(node, "interface"),
        access_technology_type=code(AccessTechnologyType, node["access-technology-type"]),
        attach_sources=tuple(AttachSource(value) for value in texts(node, "attach-source")),
        enabled=flag(node, "enabled"),
        node_limit=rate_from_yang(part(node, "node-limit") or {}),
        stranger_limit=rate_from_yang(part(node, "stranger-limit") or {}),
        hostapd_sockets=tuple(text(each, "control-socket") for each in entries(node, "hostapd")),
        dhcpv6_relay="dhcpv6-relay" in node and flag(node, "dhcpv6-relay"),
        dhcpv6_link_address=_address_or_none(node, "dhcpv6-link-address"),
    )


def relay_from_yang(gateway: JsonObject) -> Dhcpv6Relay | None:
    """Return the delegating routers elsewhere, None where there are none."""
    node = part(gateway, "dhcpv6-relay")
    if node is None:
        return None
    return Dhcpv6Relay(
        servers=tuple(IPv6Address(server) for server in texts(node, "server")),
        source_address=_address_or_none(node, "source-address"),
        max_attempts=number(node, "max-attempts"),
    )


def accounting_from_yang(gateway: JsonObject) -> RadiusAccounting | None:
    """Return where accounting messages are received, None where they are not."""
    node = part(gateway, "radius-accounting")
    if node is None:
        return None
    return RadiusAccounting(
        address=ip_address(text(node, "address")),
        port=number(node, "port"),
        clients=tuple(_client(entry) for entry in entries(node, "client")),
    )


def _address_or_none(node: JsonObject, name: str) -> IPv6Address | None:
    value = text_or_none(node, name)
    return None if value is None else IPv6Address(value)


def _client(node: JsonObject) -> RadiusClient:
    return RadiusClient(
        address=ip_address(text(node, "address")),
        link=text(node, "access-link"),
        secret_file=text(node, "secret-file"),
    )
