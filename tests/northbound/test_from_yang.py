"""Configuration data become the engine's values, defaults and all."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.registry import AccessTechnologyType
from nf.engine.access_configuration import AccessLink, RadiusAccounting, RadiusClient
from nf.engine.configuration import (
    AuthorisedMag,
    ConfigurationItem,
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
from nf.engine.values import AttachSource, LinkLayerAddress, RateLimit
from nf.northbound.changes import items_from_changes
from nf.northbound.json_values import JsonObject
from tests.northbound.instances import DictView, example

LMAA = IPv6Address("2001:db8:ffff::1")
MAG1 = IPv6Address("2001:db8:ffff::11")
MAG2 = IPv6Address("2001:db8:ffff::12")


def items(data: JsonObject) -> dict[type, ConfigurationItem]:
    view = DictView({"pmip6:pmip6": data})
    return {type(item): item for item in items_from_changes(["/pmip6:pmip6"], DictView(), view)}


@pytest.mark.rfc("5213 §9.1", "5213 §9.2", "6275 §12")
def test_defaults_of_yang_are_those_of_the_engine() -> None:
    node = MobileNodeIdentifier("n")
    assert items(
        {
            "policy-profile": [{"name": "p"}],
            "mobile-node": [
                {"identifier": "n", "policy-profile": "p", "local-mobility-anchor": str(LMAA)}
            ],
            "local-mobility-anchor": {
                "address": str(LMAA),
                "mobile-access-gateway": [{"proxy-care-of-address": str(MAG1)}],
                "home-network-prefix-pool": [
                    {"name": "h", "prefix": ["2001:db8:1000::/40"], "assigned-length": 64}
                ],
                "mobile-network-prefix-pool": [
                    {"name": "m", "prefix": ["2001:db8:2000::/40"], "assigned-length": 56}
                ],
            },
            "mobile-access-gateway": {
                "proxy-care-of-address": str(MAG1),
                "access-link": [{"interface": "eth0", "access-technology-type": "ieee-802-3"}],
            },
        }
    ) == {
        DomainConfiguration: DomainConfiguration(),
        DataPlaneConfiguration: DataPlaneConfiguration(),
        PolicyProfile: PolicyProfile(name="p"),
        MobileNode: MobileNode(identifier=node, policy_profile="p", local_mobility_anchor=LMAA),
        LmaConfiguration: LmaConfiguration(
            address=LMAA,
            mobile_access_gateways=(AuthorisedMag(proxy_care_of_address=MAG1),),
            home_network_prefix_pools=(
                PrefixPool(
                    name="h", prefixes=(IPv6Network("2001:db8:1000::/40"),), assigned_length=64
                ),
            ),
            mobile_network_prefix_pools=(
                PrefixPool(
                    name="m", prefixes=(IPv6Network("2001:db8:2000::/40"),), assigned_length=56
                ),
            ),
        ),
        MagConfiguration: MagConfiguration(
            proxy_care_of_address=MAG1,
            access_links=(
                AccessLink(
                    interface="eth0", access_technology_type=AccessTechnologyType.IEEE_802_3
                ),
            ),
        ),
    }


def test_domain_carries_every_leaf() -> None:
    found = items(
        {
            "domain": {
                "timestamp-based-approach-in-use": True,
                "mobile-node-generated-timestamp-in-use": True,
                "fixed-mag-link-local-address": "fe80::1",
                "fixed-mag-link-layer-address": "02:00:00:00:00:FF",
                "prefix-delegation-signalling": "rfc-7148",
                "server-duid": "00:03:00:01:02:00:00:00:00:01",
                "reconfigure-secret-file": "/etc/pmip6/secrets/reconfigure",
            }
        }
    )
    assert found[DomainConfiguration] == DomainConfiguration(
        mobile_node_generated_timestamp_in_use=True,
        fixed_mag_link_local_address=IPv6Address("fe80::1"),
        fixed_mag_link_layer_address=LinkLayerAddress(bytes.fromhex("0200000000ff")),
        prefix_delegation_signalling=PrefixDelegationSignalling.RFC_7148,
        server_duid=bytes.fromhex("00030001020000000001"),
        reconfigure_secret_file="/etc/pmip6/secrets/reconfigure",
    )


@pytest.mark.rfc("5213 §9.3")
def test_all_zero_link_layer_address_means_that_none_is_fixed() -> None:
    found = items({"domain": {"fixed-mag-link-layer-address": "00:00:00:00:00:00"}})
    domain = found[DomainConfiguration]
    assert isinstance(domain, DomainConfiguration)
    assert domain.fixed_mag_link_layer_address == b""


def test_policy_profile_carries_every_leaf() -> None:
    found = items(
        {
            "policy-profile": [
                {
                    "name": "buses",
                    "network-mobility": True,
                    "mobile-network-prefix-count": 2,
                    "mobile-network-prefix-length": 60,
                    "mnp-failure-policy": "host-only",
                    "registration-lifetime": 120,
                    "multihoming-policy": "primary-backup",
                    "access-technology-preference": ["ieee-802-3", 60],
                }
            ]
        }
    )
    assert found[PolicyProfile] == PolicyProfile(
        name="buses",
        network_mobility=True,
        mobile_network_prefix_count=2,
        mobile_network_prefix_length=60,
        mnp_failure_policy=MnpFailurePolicy.HOST_ONLY,
        registration_lifetime_s=120,
        multihoming_policy=MultihomingPolicy.PRIMARY_BACKUP,
        access_technology_preference=(AccessTechnologyType.IEEE_802_3, 60),
    )


def test_mobile_node_carries_every_leaf() -> None:
    found = items(
        {
            "policy-profile": [{"name": "buses"}],
            "mobile-node": [
                {
                    "identifier": "o'neill@operator.example",
                    "policy-profile": "buses",
                    "enabled": False,
                    "link-layer-identifier": ["02:00:00:00:00:0a", "02:00:00:00:00:0A"],
                    "local-mobility-anchor": "2001:db8:ffff::1",
                    "home-network-prefix": ["2001:db8:a::/64"],
                    "mobile-network-prefix": ["2001:DB8:B::9/56"],
                }
            ],
        }
    )
    assert found[MobileNode] == MobileNode(
        identifier=MobileNodeIdentifier("o'neill@operator.example"),
        policy_profile="buses",
        enabled=False,
        link_layer_identifiers=(LinkLayerAddress(bytes.fromhex("02000000000a")),),
        local_mobility_anchor=LMAA,
        home_network_prefixes=(IPv6Network("2001:db8:a::/64"),),
        mobile_network_prefixes=(IPv6Network("2001:db8:b::/56"),),
    )


def test_anchor_of_the_example_is_read_whole() -> None:
    view = DictView(example("lma-config"))
    found = items_from_changes(["/pmip6:pmip6/local-mobility-anchor"], DictView(), view)
    assert found == (
        LmaConfiguration(
            address=LMAA,
            mobile_access_gateways=(
                AuthorisedMag(proxy_care_of_address=MAG1, name="mag1", may_revoke_globally=True),
                AuthorisedMag(proxy_care_of_address=MAG2, name="mag2"),
            ),
            home_network_prefix_pools=(
                PrefixPool(
                    name="home", prefixes=(IPv6Network("2001:db8:1000::/40"),), assigned_length=64
                ),
            ),
            mobile_network_prefix_pools=(
                PrefixPool(
                    name="mobile",
                    prefixes=(IPv6Network("2001:db8:2000::/40"),),
                    assigned_length=56,
                    high_threshold=90,
                ),
            ),
        ),
    )


def test_gateway_carries_every_leaf() -> None:
    found = items(
        {
            "mobile-access-gateway": {
                "proxy-care-of-address": "2001:db8:ffff::11",
                "enabled": False,
                "access-link": [
                    {
                        "interface": "eth0",
                        "access-technology-type": 8,
                        "attach-source": ["dhcpv6"],
                        "enabled": False,
                        "node-limit": {"messages-per-second": 5, "burst": 10},
                        "stranger-limit": {"messages-per-second": 1, "burst": 2},
                        "hostapd": [{"control-socket": "/run/hostapd/wlan0"}],
                    }
                ],
                "initial-bindack-timeout": 500,
                "max-bindack-timeout": 4000,
                "detach-hold": 250,
                "enable-mag-local-routing": True,
                "radius-accounting": {
                    "address": "192.0.2.11",
                    "port": 1646,
                    "client": [
                        {
                            "address": "2001:db8::5",
                            "access-link": "eth0",
                            "secret-file": "/etc/pmip6/nas",
                        }
                    ],
                },
            },
            "data-plane": {"driver": "ip6tnl", "mtu": 1400},
        }
    )
    assert found[MagConfiguration] == MagConfiguration(
        proxy_care_of_address=MAG1,
        enabled=False,
        access_links=(
            AccessLink(
                interface="eth0",
                access_technology_type=8,
                attach_sources=(AttachSource.DHCPV6,),
                enabled=False,
                node_limit=RateLimit(messages_per_s=5, burst=10),
                stranger_limit=RateLimit(messages_per_s=1, burst=2),
                hostapd_sockets=("/run/hostapd/wlan0",),
            ),
        ),
        initial_bindack_timeout_ms=500,
        max_bindack_timeout_ms=4000,
        detach_hold_ms=250,
        local_routing=True,
        radius_accounting=RadiusAccounting(
            address=IPv4Address("192.0.2.11"),
            port=1646,
            clients=(
                RadiusClient(
                    address=IPv6Address("2001:db8::5"),
                    link="eth0",
                    secret_file="/etc/pmip6/nas",
                ),
            ),
        ),
    )
    assert found[DataPlaneConfiguration] == DataPlaneConfiguration(
        driver=DriverName.IP6TNL, mtu=1400
    )
