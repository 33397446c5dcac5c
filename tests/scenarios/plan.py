"""What a domain looks like before anything happens to it, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv6Address, IPv6Network
from random import Random
from typing import Final

from nf.codec.messages import (
    BindingReregistrationControl,
    HeartbeatControl,
    LmaControlledParameters,
    MobileNodeIdentifier,
)
from nf.codec.registry import AccessTechnologyType
from nf.engine.access_configuration import AccessLink
from nf.engine.configuration import (
    AuthorisedMag,
    ConfigurationItem,
    DomainConfiguration,
    HeartbeatConfiguration,
    LmaConfiguration,
    MagConfiguration,
    MnpFailurePolicy,
    MobileNode,
    MultihomingPolicy,
    PolicyProfile,
    PrefixDelegationSignalling,
    PrefixPool,
    RedirectAnchor,
    RedirectConfiguration,
)
from nf.engine.values import LinkLayerAddress

ANCHORS: Final = (IPv6Address("2001:db8:f::1"), IPv6Address("2001:db8:f::2"))
#: The last of them is on the host of the second anchor.
GATEWAYS: Final = tuple(IPv6Address(f"2001:db8:f::1{number}") for number in range(3))
#: What a gateway's address may be changed to.
OTHER_GATEWAYS: Final = tuple(IPv6Address(f"2001:db8:f::2{number}") for number in range(3))
#: A MAG that no LMA knows.
STRANGER: Final = IPv6Address("2001:db8:f::bad")
HOSTS: Final = ("lma1", "lma2", "mag1", "mag2")
ANCHOR_HOSTS: Final = HOSTS[:2]
GATEWAY_HOSTS: Final = ("mag1", "mag2", "lma2")
LINKS: Final = (
    AccessLink(interface="wifi", access_technology_type=AccessTechnologyType.IEEE_802_11),
    AccessLink(interface="wire", access_technology_type=AccessTechnologyType.IEEE_802_3),
)
#: Which access technology makes a session the primary one.
PREFERENCES: Final = ((), *((link.access_technology_type,) for link in LINKS))
#: How many interfaces some nodes have.
INTERFACES: Final = {1: 3, 3: 2, 5: 2}
OWN_HOME: Final = IPv6Network("2001:db8:1:5::/64")
OWN_MOBILE: Final = IPv6Network("2001:db8:abc:4200::/56")
NODES: Final = 8
HEARTBEAT: Final = HeartbeatConfiguration(interval_s=10, missing_heartbeats_allowed=2)
CONTROLLED: Final = LmaControlledParameters(
    reregistration=BindingReregistrationControl(
        reregistration_start_s=4, initial_retransmission_s=2, maximum_retransmission_s=8
    ),
    heartbeat=HeartbeatControl(interval_s=30, retransmission_delay_s=2, maximum_retransmissions=2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a story starts from and is healed to."""

    items: dict[str, tuple[ConfigurationItem, ...]]
    #: Percent of the steps that are somebody's doing and no consequence.
    activity: int
    #: Whether pools stay as they are and hold prefixes longer than any MAG can still serve them.
    keeps_prefixes_apart: bool
    has_bad_clocks: bool

    def items_of(self, host: str) -> tuple[ConfigurationItem, ...]:
        """Return the whole configuration of a host."""
        return self.items[host]


def draw_plan(random: Random) -> Plan:
    """Return the plan that a seed leads to."""
    lifetime_s = random.choice([20, 40, 100])
    keeps_apart = random.random() < 0.5
    hold_s = 3 * lifetime_s if keeps_apart else random.choice([0, 5, 60])
    shared: tuple[ConfigurationItem, ...] = (
        *_profiles(random, lifetime_s),
        *(_node(number) for number in range(NODES)),
    )
    domain = DomainConfiguration(timestamp_based_approach_in_use=random.random() < 0.8)
    redirects = random.random() < 0.4
    roles: dict[str, tuple[ConfigurationItem, ...]] = {
        "lma1": (_anchor(random, 0, hold_s, redirects=redirects),),
        "lma2": (_anchor(random, 1, hold_s, redirects=redirects), _gateway(random, 2)),
        "mag1": (_gateway(random, 0),),
        "mag2": (_gateway(random, 1),),
    }
    return Plan(
        items={name: (_signalling(random, domain), *shared, *roles[name]) for name in HOSTS},
        activity=random.choice([10, 25, 50]),
        keeps_prefixes_apart=keeps_apart,
        has_bad_clocks=random.random() < 0.3,
    )


def _signalling(random: Random, domain: DomainConfiguration) -> DomainConfiguration:
    """Mixed domains work: each MAG asks for mobile networks in a way of its own."""
    signalling = random.choice(list(PrefixDelegationSignalling))
    return replace(domain, prefix_delegation_signalling=signalling)


def _profiles(random: Random, lifetime_s: int) -> tuple[PolicyProfile, ...]:
    return (
        PolicyProfile(name="host", registration_lifetime_s=lifetime_s),
        PolicyProfile(
            name="router",
            network_mobility=True,
            registration_lifetime_s=lifetime_s,
            multihoming_policy=random.choice(list(MultihomingPolicy)),
            access_technology_preference=random.choice(PREFERENCES),
        ),
        PolicyProfile(
            name="ship",
            network_mobility=True,
            mobile_network_prefix_count=2,
            mnp_failure_policy=random.choice(list(MnpFailurePolicy)),
            registration_lifetime_s=lifetime_s,
            multihoming_policy=random.choice(list(MultihomingPolicy)),
        ),
    )


def _node(number: int) -> MobileNode:
    """Return a node: some have several interfaces, one its own prefixes; every third is a host."""
    has_own = number == 4
    interfaces = INTERFACES.get(number, 1)
    addresses = [bytes((2, 0, 0, 0, which, number)) for which in range(interfaces)]
    return MobileNode(
        identifier=MobileNodeIdentifier(f"node{number}@example.net"),
        policy_profile="host" if number % 3 == 0 else "ship" if number == 5 else "router",
        link_layer_identifiers=tuple(LinkLayerAddress(each) for each in addresses),
        local_mobility_anchor=ANCHORS[number % 2],
        home_network_prefixes=(OWN_HOME,) if has_own else (),
        mobile_network_prefixes=(OWN_MOBILE,) if has_own else (),
    )


def _anchor(random: Random, number: int, hold_s: int, *, redirects: bool) -> LmaConfiguration:
    home = IPv6Network(f"2001:db8:{number + 1}::/58")
    mobile = IPv6Network(f"2001:db8:a{number}::/50")
    known = (*GATEWAYS, *OTHER_GATEWAYS, *(ANCHORS if redirects else ()))
    return LmaConfiguration(
        address=ANCHORS[number],
        mobile_access_gateways=tuple(
            AuthorisedMag(proxy_care_of_address=each, may_revoke_globally=each == GATEWAYS[0])
            for each in known
        ),
        home_network_prefix_pools=(
            PrefixPool(name="home", prefixes=(home,), assigned_length=64, hold_time_s=hold_s),
        ),
        mobile_network_prefix_pools=(
            PrefixPool(
                name="mobile",
                prefixes=tuple(mobile.subnets(1)),
                assigned_length=56,
                hold_time_s=hold_s,
                high_threshold=3,
            ),
        ),
        max_delay_before_new_bce_assign_ms=random.choice([0, 1_500]),
        heartbeat=random.choice([None, HEARTBEAT]),
        failed_mag_delay_s=random.choice([None, 10]),
        lma_controlled_parameters=random.choice([None, CONTROLLED]),
        redirect=_redirect(random, ANCHORS[1 - number]) if redirects else None,
        redirect_accept=redirects,
        load_priority=random.choice([None, 10]),
        revoke_on_handover=random.random() < 0.5,
        revoke_on_removal=random.random() < 0.7,
    )


def _redirect(random: Random, other: IPv6Address) -> RedirectConfiguration:
    anchors = (RedirectAnchor(address=other),)
    return RedirectConfiguration(anchors=anchors, own_weight=random.choice([0, 1]))


def _gateway(random: Random, number: int) -> MagConfiguration:
    return MagConfiguration(
        proxy_care_of_address=GATEWAYS[number],
        access_links=LINKS,
        detach_hold_ms=random.choice([0, 0, 2_000]),
        heartbeat=random.choice([None, HEARTBEAT]),
        redirect=random.random() < 0.7,
    )
