"""Instance data of each configuration object to the engine's type for it.

The data are validated and hold their defaults. Octets may be written in either case, and host bits
are no part of a prefix (RFC 6991 §3, §4): two ways to write one value give one value here.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.registry import AccessTechnologyType
from nf.engine.configuration import (
    AuthorisedMag,
    DataPlaneConfiguration,
    DomainConfiguration,
    DriverName,
    LmaConfiguration,
    MagConfiguration,
    MnpFailurePolicy,
    MobileNode,
    MultihomingPolicy,
    PolicyProfile,
    PrefixDelegationSignalling,
    PrefixPool,
)
from nf.engine.values import LinkLayerAddress
from nf.northbound.access_from_yang import (
    access_link_from_yang,
    accounting_from_yang,
    relay_from_yang,
)
from nf.northbound.json_values import (
    JsonObject,
    entries,
    flag,
    number,
    number_or_none,
    text,
    text_or_none,
    texts,
    values,
)
from nf.northbound.signalling_from_yang import (
    controlled_parameters_from_yang,
    heartbeat_from_yang,
    limits_from_yang,
    redirect_from_yang,
    revocation_from_yang,
    revocation_policy_from_yang,
    update_notification_from_yang,
)
from nf.northbound.words import code, octets

#: What stands for "each link keeps its own" (RFC 5213 §9.3: ALL_ZERO).
NO_FIXED_LINK_LAYER_ADDRESS: Final = bytes(6)


def domain_from_yang(node: JsonObject) -> DomainConfiguration:
    """Return the domain's configuration."""
    link_layer_address = octets(text(node, "fixed-mag-link-layer-address"))
    if link_layer_address == NO_FIXED_LINK_LAYER_ADDRESS:
        link_layer_address = b""
    return DomainConfiguration(
        timestamp_based_approach_in_use=flag(node, "timestamp-based-approach-in-use"),
        mobile_node_generated_timestamp_in_use=flag(node, "mobile-node-generated-timestamp-in-use"),
        fixed_mag_link_local_address=IPv6Address(text(node, "fixed-mag-link-local-address")),
        fixed_mag_link_layer_address=LinkLayerAddress(link_layer_address),
        prefix_delegation_signalling=PrefixDelegationSignalling(
            text(node, "prefix-delegation-signalling")
        ),
        server_duid=octets(text(node, "server-duid")),
        reconfigure_secret_file=text_or_none(node, "reconfigure-secret-file"),
    )


def policy_profile_from_yang(node: JsonObject) -> PolicyProfile:
    """Return one policy profile."""
    return PolicyProfile(
        name=text(node, "name"),
        network_mobility=flag(node, "network-mobility"),
        mobile_network_prefix_count=number(node, "mobile-network-prefix-count"),
        mobile_network_prefix_length=number_or_none(node, "mobile-network-prefix-length"),
        mnp_failure_policy=MnpFailurePolicy(text(node, "mnp-failure-policy")),
        registration_lifetime_s=number(node, "registration-lifetime"),
        multihoming_policy=MultihomingPolicy(text(node, "multihoming-policy")),
        access_technology_preference=_technologies(node, "access-technology-preference"),
    )


def mobile_node_from_yang(node: JsonObject) -> MobileNode:
    """Return one mobile node."""
    anchor = text_or_none(node, "local-mobility-anchor")
    identifiers = (octets(value) for value in texts(node, "link-layer-identifier"))
    return MobileNode(
        identifier=MobileNodeIdentifier(text(node, "identifier")),
        policy_profile=text(node, "policy-profile"),
        enabled=flag(node, "enabled"),
        link_layer_identifiers=tuple(LinkLayerAddress(v) for v in dict.fromkeys(identifiers)),
        local_mobility_anchor=None if anchor is None else IPv6Address(anchor),
        home_network_prefixes=_prefixes(node, "home-network-prefix"),
        mobile_network_prefixes=_prefixes(node, "mobile-network-prefix"),
    )


def lma_from_yang(node: JsonObject) -> LmaConfiguration:
    """Return the configuration of the LMA role."""
    on_handover, on_removal = revocation_policy_from_yang(node)
    return LmaConfiguration(
        address=IPv6Address(text(node, "address")),
        enabled=flag(node, "enabled"),
        mobile_access_gateways=tuple(
            _authorised_mag(entry) for entry in entries(node, "mobile-access-gateway")
        ),
        home_network_prefix_pools=_pools(node, "home-network-prefix-pool"),
        mobile_network_prefix_pools=_pools(node, "mobile-network-prefix-pool"),
        min_delay_before_bce_delete_ms=number(node, "min-delay-before-bce-delete"),
        max_delay_before_new_bce_assign_ms=number(node, "max-delay-before-new-bce-assign"),
        timestamp_validity_window_ms=number(node, "timestamp-validity-window"),
        aggregate_routes=flag(node, "aggregate-routes"),
        heartbeat=heartbeat_from_yang(node),
        failed_mag_delay_s=number_or_none(node, "failed-mag-delay"),
        revocation=revocation_from_yang(node),
        revoke_on_handover=on_handover,
        revoke_on_removal=on_removal,
        update_notification=update_notification_from_yang(node),
        lma_controlled_parameters=controlled_parameters_from_yang(node),
        redirect=redirect_from_yang(node),
        redirect_accept=flag(node, "redirect-accept"),
        load_priority=number_or_none(node, "load-priority"),
        limits=limits_from_yang(node),
    )


def mag_from_yang(node: JsonObject) -> MagConfiguration:
    """Return the configuration of the MAG role."""
    return MagConfiguration(
        proxy_care_of_address=IPv6Address(text(node, "proxy-care-of-address")),
        enabled=flag(node, "enabled"),
        access_links=tuple(access_link_from_yang(entry) for entry in entries(node, "access-link")),
        initial_bindack_timeout_ms=number(node, "initial-bindack-timeout"),
        max_bindack_timeout_ms=number(node, "max-bindack-timeout"),
        detach_hold_ms=number(node, "detach-hold"),
        heartbeat=heartbeat_from_yang(node),
        lma_controlled_parameters=flag(node, "lma-controlled-parameters"),
        redirect=flag(node, "redirect"),
        revocation=revocation_from_yang(node),
        identity=text_or_none(node, "identity"),
        radius_accounting=accounting_from_yang(node),
        local_routing=flag(node, "enable-mag-local-routing"),
        dhcpv6_relay=relay_from_yang(node),
    )


def data_plane_from_yang(node: JsonObject) -> DataPlaneConfiguration:
    """Return the data plane's configuration."""
    return DataPlaneConfiguration(
        driver=DriverName(text(node, "driver")),
        mtu=number(node, "mtu"),
    )


def _authorised_mag(node: JsonObject) -> AuthorisedMag:
    return AuthorisedMag(
        proxy_care_of_address=IPv6Address(text(node, "proxy-care-of-address")),
        name=text_or_none(node, "name") or "",
        enabled=flag(node, "enabled"),
        may_revoke_globally=flag(node, "may-revoke-globally"),
        identity=text_or_none(node, "identity"),
    )


def _pools(node: JsonObject, name: str) -> tuple[PrefixPool, ...]:
    return tuple(
        PrefixPool(
            name=text(entry, "name"),
            prefixes=_prefixes(entry, "prefix"),
            assigned_length=number(entry, "assigned-length"),
            high_threshold=number_or_none(entry, "high-threshold"),
            hold_time_s=number(entry, "hold-time"),
        )
        for entry in entries(node, name)
    )


def _technologies(node: JsonObject, name: str) -> tuple[int, ...]:
    return tuple(code(AccessTechnologyType, value) for value in values(node, name))


def _prefixes(node: JsonObject, name: str) -> tuple[IPv6Network, ...]:
    return tuple(IPv6Network(value, strict=False) for value in texts(node, name))
