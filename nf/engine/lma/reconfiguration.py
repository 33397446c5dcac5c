"""What a commit does to a running LMA; its cost goes with what changed.

The configuration itself is already the new one when an event gets here: what is in effect is read
from the anchor's own records and brought into line.
"""

from __future__ import annotations

from collections.abc import Iterable

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.registry import RevocationTrigger
from nf.engine.configuration import (
    ConfigurationItem,
    LmaConfiguration,
    LmaRemoved,
    MobileNode,
    MobileNodeRemoved,
    PolicyProfile,
    PolicyProfileRemoved,
)
from nf.engine.effects import CloseMobilitySocket, Effect, OpenMobilitySocket
from nf.engine.lma import (
    assignment_address,
    heartbeat,
    limits,
    multihoming,
    redirection,
    revocation_sent,
    update_notification,
    waiting,
)
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.assignment_address import addresses_of
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.lma.restore import take_up_assignments
from nf.engine.lma.sessions import end_network_mobility, remove
from nf.engine.notifications import RemovalReason
from nf.engine.values import Instant, Tunnel


def on_changed(anchor: Anchor, items: tuple[ConfigurationItem, ...], now: Instant) -> list[Effect]:
    """Put a commit into effect; before the start nothing is, but what nodes own is noted."""
    nodes = {
        item.identifier: None for item in items if isinstance(item, MobileNode | MobileNodeRemoved)
    }
    for identifier in nodes:
        node = anchor.configuration.mobile_nodes.get(identifier)
        own = (*node.home_network_prefixes, *node.mobile_network_prefixes) if node else ()
        anchor.pool_keeper.set_own(identifier, own)
    nodes.update(dict.fromkeys(_nodes_of_profiles(anchor, items)))
    if not anchor.is_started:
        return []
    effects: list[Effect] = []
    if any(isinstance(item, LmaConfiguration | LmaRemoved) for item in items):
        effects += align_role(anchor, now)
    for identifier in nodes:
        effects += _align_node(anchor, identifier, now)
    if any(isinstance(item, PolicyProfile) for item in items):
        effects += multihoming.align_all(anchor)
    return effects


def align_role(anchor: Anchor, now: Instant) -> list[Effect]:
    """Bring address, MAGs, pools and aggregates into line with the configuration.

    Sessions end with the address at which their MAGs know us, and with their MAG.
    """
    configured = anchor.configuration.local_mobility_anchor
    wanted = configured if configured is not None and configured.enabled else None
    previous, anchor.role = anchor.role, wanted
    mags = wanted.mobile_access_gateways if wanted is not None else ()
    anchor.mags = {mag.proxy_care_of_address: mag for mag in mags if mag.enabled}
    anchor.notifications.unsupported.clear()
    effects = _leave_address(anchor, previous) + assignment_address.leave(anchor, now)
    effects += _end_homeless_sessions(anchor, wanted or previous, now)
    effects += anchor.pool_keeper.configure(configured, now)
    effects += take_up_assignments(anchor, now)
    effects += anchor.routes.align_aggregates(wanted)
    effects += _align_socket(previous, wanted)
    effects += revocation_sent.resume(anchor, now)
    return effects + heartbeat.align(anchor, now)


def _leave_address(anchor: Anchor, previous: LmaConfiguration | None) -> list[Effect]:
    """Wait for nothing that would be answered to an address that is given up."""
    address = anchor.role.address if anchor.role is not None else None
    if previous is None or previous.address == address:
        return []
    effects: list[Effect] = []
    for revocation in anchor.initiator.sent.values():
        if revocation.asked_about is not None:
            effects += waiting.forget(anchor, revocation.asked_about)
    return effects + anchor.initiator.abandon()


def _end_homeless_sessions(
    anchor: Anchor, policy: LmaConfiguration | None, now: Instant
) -> list[Effect]:
    """End the sessions whose tunnel has lost one of its ends, and forget counters of lost MAGs.

    ``policy``: whether MAGs are told.
    """
    is_told = policy is not None and policy.revoke_on_removal
    address = anchor.role.address if anchor.role is not None else None
    effects: list[Effect] = []
    for tunnel in tuple(anchor.routes.tunnel_users):
        if tunnel.local != address or tunnel.remote not in anchor.mags:
            effects += _end_sessions_of(anchor, tunnel, now)
            if is_told:
                mag, source = tunnel.remote, tunnel.local
                effects += revocation_sent.tell_all_ended(anchor, mag, source, now)
    for peer in [each for each in anchor.statistics.peers if each not in anchor.mags]:
        del anchor.statistics.peers[peer]
    limits.forget_mags(anchor)
    return effects


def _end_sessions_of(anchor: Anchor, tunnel: Tunnel, now: Instant) -> list[Effect]:
    effects: list[Effect] = []
    for binding_id in tuple(anchor.routes.tunnel_users[tunnel]):
        entry = anchor.cache.entries[binding_id]
        effects += remove(anchor, entry, RemovalReason.CONFIGURATION, now)
    return effects


def _align_socket(
    previous: LmaConfiguration | None, wanted: LmaConfiguration | None
) -> list[Effect]:
    before, after = addresses_of(previous), addresses_of(wanted)
    return [
        *(CloseMobilitySocket(address=each) for each in before if each not in after),
        *(OpenMobilitySocket(address=each) for each in after if each not in before),
    ]


def _nodes_of_profiles(
    anchor: Anchor, items: Iterable[ConfigurationItem]
) -> list[MobileNodeIdentifier]:
    """Return the nodes with a session whose profile has lost network mobility, or is gone.

    Only then are the sessions looked through: other changes of a profile wait for the next PBU.
    """
    lost = set()
    for item in items:
        if isinstance(item, PolicyProfileRemoved):
            anchor.profiles.pop(item.name, None)
            lost.add(item.name)
        elif isinstance(item, PolicyProfile):
            before = anchor.profiles.get(item.name)
            anchor.profiles[item.name] = item
            if before is not None and before.network_mobility and not item.network_mobility:
                lost.add(item.name)
    nodes = anchor.configuration.mobile_nodes
    entries = anchor.cache.entries.values() if lost else ()
    present = (nodes.get(entry.mobile_node_identifier) for entry in entries)
    return [node.identifier for node in present if node and node.policy_profile in lost]


def _align_node(anchor: Anchor, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Bring a node's sessions into line with what the configuration says of it."""
    if identifier not in anchor.configuration.mobile_nodes:
        anchor.last_timestamps.pop(identifier, None)
    node_and_profile = anchor.node_and_profile(identifier)
    trigger = _trigger(is_served=node_and_profile is not None)
    effects: list[Effect] = []
    if node_and_profile is None:
        effects += waiting.forget(anchor, identifier)
        effects += redirection.abandon(anchor, identifier, now)
    for entry in anchor.cache.of_node(identifier):
        if node_and_profile is None or _has_lost_a_prefix(anchor, entry, node_and_profile[0]):
            effects += revocation_sent.end(anchor, entry, trigger, now)
        elif entry.mobile_network_prefixes and not node_and_profile[1].network_mobility:
            effects += end_network_mobility(anchor, entry, now)
        elif _lacks_a_mobile_network(entry, *node_and_profile):
            effects += update_notification.request(anchor, entry.binding_id, now)
    for entry in anchor.cache.of_node(identifier):
        effects += multihoming.align_session(anchor, entry)
    return effects


def _trigger(*, is_served: bool) -> RevocationTrigger:
    """Return why the sessions of a node that a commit ends are revoked (RFC 5846 §5.1).

    A node that may be served is to be registered anew: only the session of before is void.
    """
    if is_served:
        return RevocationTrigger.POSSIBLE_OUT_OF_SYNC_BCE_STATE
    return RevocationTrigger.ADMINISTRATIVE_REASON


def _lacks_a_mobile_network(
    entry: BindingCacheEntry, node: MobileNode, profile: PolicyProfile
) -> bool:
    """Tell whether a session could have more mobile network prefixes than it has.

    Its MAG does not learn of that before it asks again, which RFC 7077 lets us make it do.
    """
    if not profile.network_mobility:
        return False
    if node.mobile_network_prefixes:
        return not set(node.mobile_network_prefixes) <= set(entry.mobile_network_prefixes)
    return len(entry.mobile_network_prefixes) < profile.mobile_network_prefix_count


def _has_lost_a_prefix(anchor: Anchor, entry: BindingCacheEntry, node: MobileNode) -> bool:
    """Tell whether a session uses a prefix that was its node's own and is so no longer."""
    home = set(entry.home_network_prefixes) - set(node.home_network_prefixes)
    mobile = set(entry.mobile_network_prefixes) - set(node.mobile_network_prefixes)
    by_prefix = anchor.assignments.by_prefix
    return any(not by_prefix[each].pool for each in home | mobile)
