"""What a commit does to a running MAG; its cost goes with what changed.

The configuration itself is already the new one when an event gets here: what is in effect is
read from the gateway's own records and brought into line.
"""

from __future__ import annotations

from nf.codec.messages import UNSPECIFIED, MobileNodeIdentifier
from nf.engine.access_configuration import AccessLink
from nf.engine.configuration import (
    ConfigurationItem,
    MagConfiguration,
    MobileNode,
    MobileNodeRemoved,
    PolicyProfile,
    PolicyProfileRemoved,
)
from nf.engine.effects import (
    CloseAccessLink,
    CloseAccounting,
    CloseMobilitySocket,
    Effect,
    OpenAccessLink,
    OpenAccounting,
    OpenMobilitySocket,
)
from nf.engine.mag import (
    advertisement,
    attachment,
    delegating_router,
    deregistration,
    forwarding,
    heartbeat,
    presence,
    registration,
    restoration,
    revocation_sent,
)
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import AttachedNode, BindingUpdateListEntry
from nf.engine.mag.relay import opening
from nf.engine.values import Instant


def on_changed(
    gateway: Gateway, items: tuple[ConfigurationItem, ...], now: Instant
) -> list[Effect]:
    """Put a commit into effect: role and links first, then the nodes that it names."""
    effects = _align_role(gateway, now) + forwarding.align_local_routing(gateway)
    effects += _align_links(gateway, now) + _align_accounting(gateway)
    effects += opening.on_changed(gateway, items)
    effects += heartbeat.on_changed(gateway, items, now)
    for identifier in _nodes_concerned(gateway, items):
        effects += serve(gateway, identifier, now)
    return effects + _tell_new_mtu(gateway, now)


def on_started(gateway: Gateway, now: Instant) -> list[Effect]:
    """Go on with the nodes of before, and register those that were seen before all was known."""
    gateway.is_started = True
    gateway.clock_offset_us = now.utc_us - now.at_ms * 1000
    newcomers = tuple(gateway.attached_nodes)
    effects = heartbeat.align(gateway, now)
    effects += restoration.resume_all(gateway, now)
    for identifier in tuple(gateway.stored):
        effects += _check_restored(gateway, identifier, now)
    for identifier in newcomers:
        effects += registration.register(gateway, identifier, now)
        effects += delegating_router.answer_waiting(gateway, identifier, now)
    return effects


def _check_restored(
    gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant
) -> list[Effect]:
    """End what the configuration has ended while the MAG was down.

    What it lets a node have besides is asked for when the node has shown itself.
    """
    attached = gateway.attached_nodes.get(identifier)
    node_and_profile = gateway.node_and_profile(identifier)
    if attached is None:
        return []
    if node_and_profile is None or not _is_of(gateway, identifier, attached):
        return deregistration.dismiss(gateway, identifier, now)
    node, profile = node_and_profile
    entry = gateway.binding_update_list.get(identifier)
    if entry is None or entry.pending is not None:
        return []
    is_host_now = entry.is_mobile_router and not profile.network_mobility
    if is_host_now or _is_another_session(entry, node):
        return deregistration.part(gateway, identifier, now)
    return []


def on_reregistration_requested(
    gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant
) -> list[Effect]:
    """Register a node anew at once, whatever was answered before: an operator has acted."""
    gateway.denied.discard(identifier)
    entry = gateway.binding_update_list.get(identifier)
    if not gateway.is_present(identifier):
        return []
    if entry is not None and entry.state in SERVED:
        return registration.extend(gateway, identifier, now)
    return registration.register(gateway, identifier, now)


def serve(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Bring the service of one node into line with what the configuration says of it now."""
    gateway.denied.discard(identifier)
    attached = gateway.attached_nodes.get(identifier)
    if attached is None:
        return []
    node_and_profile = gateway.node_and_profile(identifier)
    if node_and_profile is None or not _is_of(gateway, identifier, attached):
        return deregistration.dismiss(gateway, identifier, now)
    node, profile = node_and_profile
    entry = gateway.binding_update_list.get(identifier)
    if entry is None and _is_to_show_itself(gateway, identifier):
        return []
    if entry is None or entry.state in deregistration.ENDED:
        return registration.register(gateway, identifier, now)
    if _is_another_session(entry, node):
        parted = deregistration.part(gateway, identifier, now)
        if _is_to_show_itself(gateway, identifier):
            return parted
        return parted + registration.register(gateway, identifier, now)
    effects = _align_network_mobility(gateway, entry, profile, now)
    return effects + registration.resume(gateway, identifier, now)


def _is_of(gateway: Gateway, identifier: MobileNodeIdentifier, attached: AttachedNode) -> bool:
    """Tell whether the link-layer address that is attached is still the node's."""
    owners = gateway.configuration.node_by_link_layer_address
    return owners.get(attached.link_layer_address) == identifier


def _is_to_show_itself(gateway: Gateway, identifier: MobileNodeIdentifier) -> bool:
    """Tell whether it is open if a node is there; it is registered when it is (RFC 5213 §6.13)."""
    return presence.is_asked(gateway, identifier) or not gateway.is_present(identifier)


def _align_role(gateway: Gateway, now: Instant) -> list[Effect]:
    """Open and close the mobility socket of the Proxy-CoA.

    When the address goes, all registrations made with it end; nodes that stay on their links
    are registered anew with the new one.
    """
    wanted = gateway.configuration.mobile_access_gateway
    if wanted is not None and not wanted.enabled:
        wanted = None
    previous, is_kept = gateway.role, _address(wanted) == _address(gateway.role)
    effects = revocation_sent.align(gateway, is_address_kept=is_kept)
    if previous is not None and not is_kept:
        for identifier in tuple(gateway.binding_update_list):
            effects += deregistration.part(gateway, identifier, now)
        effects.append(CloseMobilitySocket(address=previous.proxy_care_of_address))
    gateway.role = wanted
    if wanted is None or is_kept:
        return effects
    effects.append(OpenMobilitySocket(address=wanted.proxy_care_of_address))
    for identifier in tuple(gateway.attached_nodes) if previous is not None else ():
        effects += registration.register(gateway, identifier, now)
    return effects


def _address(role: MagConfiguration | None) -> object:
    return role.proxy_care_of_address if role is not None else None


def _align_links(gateway: Gateway, now: Instant) -> list[Effect]:
    """Open, change and close access links; nodes of a closed link are de-registered."""
    links = gateway.role.access_links if gateway.role is not None else ()
    wanted = {link.interface: _opening(gateway, link) for link in links if link.enabled}
    effects: list[Effect] = []
    for interface in [each for each in gateway.open_links if each not in wanted]:
        for identifier in tuple(gateway.nodes_on_link.get(interface, ())):
            effects += deregistration.dismiss(gateway, identifier, now)
        del gateway.open_links[interface]
        gateway.nodes_on_link.pop(interface, None)
        effects.append(CloseAccessLink(interface=interface))
    changed = [each for name, each in wanted.items() if gateway.open_links.get(name) != each]
    gateway.open_links.update(wanted)
    return [*effects, *changed]


def _align_accounting(gateway: Gateway) -> list[Effect]:
    """Open, change and close the socket to which network access servers report."""
    wanted = gateway.role.radius_accounting if gateway.role is not None else None
    previous, gateway.accounting = gateway.accounting, wanted
    if wanted == previous:
        return []
    return [CloseAccounting() if wanted is None else OpenAccounting(accounting=wanted)]


def _opening(gateway: Gateway, link: AccessLink) -> OpenAccessLink:
    """Return how a link is to be: with the fixed addresses, or the one that its LMA gave it."""
    domain = gateway.configuration.domain
    address = domain.fixed_mag_link_local_address
    opened = gateway.open_links.get(link.interface)
    if address == UNSPECIFIED and opened is not None:
        address = opened.link_local_address
    return OpenAccessLink(
        link=link,
        link_local_address=address,
        link_layer_address=domain.fixed_mag_link_layer_address,
        reconfigure_secret_file=domain.reconfigure_secret_file,
    )


def _nodes_concerned(
    gateway: Gateway, items: tuple[ConfigurationItem, ...]
) -> dict[MobileNodeIdentifier, None]:
    """Return the nodes that a commit names, and the attached ones of the profiles it names."""
    nodes: dict[MobileNodeIdentifier, None] = {}
    profiles = set()
    for item in items:
        if isinstance(item, MobileNode | MobileNodeRemoved):
            nodes[item.identifier] = None
            attachment.forget_told(gateway, item)
        elif isinstance(item, PolicyProfile | PolicyProfileRemoved):
            profiles.add(item.name)
    for identifier in (*gateway.attached_nodes, *gateway.denied) if profiles else ():
        node = gateway.configuration.mobile_nodes.get(identifier)
        if node is not None and node.policy_profile in profiles:
            nodes[identifier] = None
    return nodes


def _is_another_session(entry: BindingUpdateListEntry, node: MobileNode) -> bool:
    """Tell whether a node's LMA is another now, or its own home network prefixes are."""
    own = set(node.home_network_prefixes)
    has_prefixes = bool(own) and bool(entry.home_network_prefixes)
    lma = entry.redirected_by or entry.tunnel.remote
    return lma != node.local_mobility_anchor or (
        has_prefixes and own != set(entry.home_network_prefixes)
    )


def _align_network_mobility(
    gateway: Gateway, entry: BindingUpdateListEntry, profile: PolicyProfile, now: Instant
) -> list[Effect]:
    """Turn network mobility of a registered node on or off, as its profile says now.

    A router that gave its prefixes back stays without until it asks for them.
    """
    identifier = entry.mobile_node_identifier
    has_given_back = profile.network_mobility and identifier in gateway.released
    if has_given_back or entry.is_mobile_router == profile.network_mobility:
        return []
    if entry.state not in SERVED:
        return registration.register(gateway, identifier, now)
    entry.is_mobile_router = profile.network_mobility
    entry.mobile_network_prefixes = ()
    return forwarding.align(gateway, identifier) + registration.extend(gateway, identifier, now)


def _tell_new_mtu(gateway: Gateway, now: Instant) -> list[Effect]:
    """Advertise to every served node when the configured MTU has changed (RFC 5213 §6.9.5)."""
    mtu = gateway.configuration.data_plane.mtu
    is_new, gateway.advertised_mtu = mtu != gateway.advertised_mtu, mtu
    effects: list[Effect] = []
    for identifier in gateway.binding_update_list if is_new else ():
        effects += advertisement.advertise(gateway, identifier, now)
    return effects
