"""Who is on which access link: signs of nodes become attachments (RFC 5213 §6.3, §6.13)."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.registry import HandoffIndicator
from nf.engine.configuration import MobileNode, MobileNodeRemoved
from nf.engine.effects import Effect, Notify
from nf.engine.events import DhcpMessageReceived, NodeLost, NodeSeen, RouterSolicited
from nf.engine.mag import (
    advertisement,
    delegating_router,
    deregistration,
    forwarding,
    presence,
    refresh,
    registration,
)
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import UNKNOWN_NODES_TOLD, Gateway
from nf.engine.mag.records import AttachedNode, Matter
from nf.engine.notifications import UnknownNodeSeen
from nf.engine.values import AttachSource, Instant, LinkLayerAddress, TimerKind

#: MAX_UPDATE_RATE is 3 in a second (RFC 6275 §12).
SHORTEST_STAY_MS: Final = 334
#: A node that comes and leaves costs two updates.
SHORTEST_VISIT_MS: Final = 2 * SHORTEST_STAY_MS


def on_seen(gateway: Gateway, sign: NodeSeen, now: Instant) -> list[Effect]:
    """Attach a node at its first sign; later ones only confirm that it is there."""
    opened = gateway.open_links.get(sign.link)
    identifier = gateway.configuration.node_by_link_layer_address.get(sign.link_layer_address)
    is_answer = identifier is not None and presence.is_asked(gateway, identifier)
    if opened is None or not (is_answer or sign.source in opened.link.attach_sources):
        gateway.drop(DropReason.SOURCE_NOT_IN_USE)
        return []
    if identifier is None:
        return _refuse_unknown(gateway, sign)
    attached = gateway.attached_nodes.get(identifier)
    if attached is None:
        return _attach(gateway, identifier, sign, now)
    is_here = (attached.link, attached.link_layer_address) == (sign.link, sign.link_layer_address)
    if not is_here and _has_just_moved(gateway, identifier, now):
        gateway.drop(DropReason.MOVED_TOO_SOON)
        return []
    effects = gateway.timers.stop((TimerKind.DETACH_HOLD, TimerKind.PRESENCE_PROBE), identifier)
    attached.last_seen_utc_us = now.utc_us
    attached.last_source = sign.source
    matters = presence.note(gateway, identifier, now)
    if not is_here:
        return effects + _move(gateway, attached, sign, now)
    effects += learn_address(gateway, attached, sign.link_local_address)
    effects += registration.resume(gateway, identifier, now)
    return effects + _take_up(gateway, identifier, matters, now)


def on_silent(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Ask a node again that did not answer, and take it for gone in the end (RFC 5213 §6.13)."""
    asked = presence.ask_again(gateway, identifier)
    return asked or deregistration.detach(gateway, identifier, now)


def sender_of(
    gateway: Gateway, event: RouterSolicited | DhcpMessageReceived, now: Instant
) -> tuple[MobileNodeIdentifier | None, list[Effect]]:
    """Return which attached node sent a packet, which is a sign of life where it counts as one.

    An unknown node has been told of before, and is counted once a packet.
    """
    is_dhcp = isinstance(event, DhcpMessageReceived)
    source = AttachSource.DHCPV6 if is_dhcp else AttachSource.ROUTER_SOLICITATION
    opened = gateway.open_links.get(event.link)
    effects: list[Effect] = []
    is_known = event.link_layer_address in gateway.configuration.node_by_link_layer_address
    if opened is not None and is_known and source in opened.link.attach_sources:
        sign = NodeSeen(
            link=event.link,
            link_layer_address=event.link_layer_address,
            source=source,
            link_local_address=event.source,
        )
        effects = on_seen(gateway, sign, now)
    node = attached_as(gateway, event.link, event.link_layer_address)
    if node is None:
        gateway.drop(DropReason.NOT_ATTACHED)
    return node, effects


def on_lost(gateway: Gateway, sign: NodeLost, now: Instant) -> list[Effect]:
    """Take a node for gone, at once or when the hold-down time is over."""
    identifier = attached_as(gateway, sign.link, sign.link_layer_address)
    opened = gateway.open_links.get(sign.link)
    if identifier is None or opened is None or sign.source not in opened.link.attach_sources:
        return []
    return _lose(gateway, identifier, now)


def on_link_down(gateway: Gateway, link: str, now: Instant) -> list[Effect]:
    """Take every node on a link for gone; the cost is that of the nodes on this link."""
    effects: list[Effect] = []
    for identifier in tuple(gateway.nodes_on_link.get(link, ())):
        effects += _lose(gateway, identifier, now)
    return effects


def attached_as(
    gateway: Gateway, link: str, address: LinkLayerAddress
) -> MobileNodeIdentifier | None:
    """Return which attached node a link-layer address on a link is, if it is one."""
    identifier = gateway.configuration.node_by_link_layer_address.get(address)
    attached = gateway.attached_nodes.get(identifier) if identifier is not None else None
    if attached is None or (attached.link, attached.link_layer_address) != (link, address):
        return None
    return identifier


def learn_address(
    gateway: Gateway, attached: AttachedNode, address: IPv6Address | None
) -> list[Effect]:
    """Take note of a node's link-local address: the next hop to its mobile network."""
    if address is None or not address.is_link_local or address == attached.link_local_address:
        return []
    attached.link_local_address = address
    gateway.timers.concern(attached.mobile_node_identifier)
    entry = gateway.binding_update_list.get(attached.mobile_node_identifier)
    if entry is None or entry.state not in SERVED:
        return []
    return forwarding.align(gateway, attached.mobile_node_identifier)


def _take_up(
    gateway: Gateway, identifier: MobileNodeIdentifier, matters: list[Matter], now: Instant
) -> list[Effect]:
    """Do what waited for a sign of a node."""
    effects: list[Effect] = []
    for matter in matters:
        if identifier not in gateway.binding_update_list:
            continue
        if matter is Matter.RENEWAL:
            effects += refresh.on_due(gateway, identifier, now)
        elif matter is Matter.DELEGATION:
            effects += delegating_router.on_delegation_ended(gateway, identifier, now)
    return effects


def _attach(
    gateway: Gateway, identifier: MobileNodeIdentifier, sign: NodeSeen, now: Instant
) -> list[Effect]:
    """Serve a node that has just come, if its policy profile allows (RFC 5213 §6.9.1.1)."""
    node = gateway.configuration.mobile_nodes[identifier]
    if not node.enabled:
        gateway.drop(DropReason.NODE_DISABLED)
        return []
    if gateway.node_and_profile(identifier) is None:
        gateway.drop(DropReason.NO_POLICY_PROFILE)
        return []
    attached = AttachedNode(
        mobile_node_identifier=identifier,
        link=sign.link,
        link_layer_address=sign.link_layer_address,
        link_local_address=None,
        attached_utc_us=now.utc_us,
        last_seen_utc_us=now.utc_us,
        last_source=sign.source,
    )
    gateway.attached_nodes[identifier] = attached
    gateway.timers.concern(identifier)
    presence.note(gateway, identifier, now)
    gateway.nodes_on_link.setdefault(sign.link, {})[identifier] = None
    gateway.statistics.attachments += 1
    learn_address(gateway, attached, sign.link_local_address)
    return registration.register(gateway, identifier, now)


def _move(gateway: Gateway, attached: AttachedNode, sign: NodeSeen, now: Instant) -> list[Effect]:
    """Follow a node to another link or interface of its own at the same MAG.

    Its binding stands, so routes and advertisement move at once; the LMA learns of the new
    interface with handoff indicator 4, since it is not certain that it is the same one.
    """
    identifier = attached.mobile_node_identifier
    del gateway.nodes_on_link[attached.link][identifier]
    gateway.nodes_on_link.setdefault(sign.link, {})[identifier] = None
    gateway.waiting_messages.pop(identifier, None)
    attached.link = sign.link
    attached.link_layer_address = sign.link_layer_address
    attached.link_local_address = None
    attached.attached_utc_us = now.utc_us
    gateway.moved_at_ms[identifier] = now.at_ms
    entry = gateway.binding_update_list.get(identifier)
    if entry is None or entry.state not in SERVED:
        learn_address(gateway, attached, sign.link_local_address)
        return registration.register(gateway, identifier, now)
    registration.place(gateway, entry, attached)
    effects = learn_address(gateway, attached, sign.link_local_address)
    effects += forwarding.align(gateway, identifier)
    effects += registration.renew(
        gateway, identifier, now, handoff_indicator=HandoffIndicator.HANDOFF_STATE_UNKNOWN
    )
    return effects + advertisement.advertise(gateway, identifier, now)


def _has_just_moved(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> bool:
    """Tell whether a node would move more often than its LMA may be told.

    RFC 6275 §11.8, MAX_UPDATE_RATE. One address on two links, by a loop or by fraud, would
    otherwise cost a PBU and new routes for each frame.
    """
    moved_at_ms = gateway.moved_at_ms.get(identifier)
    return moved_at_ms is not None and now.at_ms - moved_at_ms < SHORTEST_STAY_MS


def _lose(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Let a node go when its hold-down time is over, and not as soon as it has come.

    RFC 6275 §11.8, MAX_UPDATE_RATE: a source that says now this, now that, costs no more PBUs.
    """
    detach_hold_ms = gateway.role.detach_hold_ms if gateway.role is not None else 0
    stayed_ms = now.at_ms - gateway.presence[identifier].came_ms
    hold_ms = max(detach_hold_ms, SHORTEST_VISIT_MS - stayed_ms)
    if hold_ms <= 0:
        return deregistration.detach(gateway, identifier, now)
    if gateway.timers.is_running(TimerKind.DETACH_HOLD, identifier):
        return []
    gateway.presence[identifier].held_until_utc_us = now.utc_us + hold_ms * 1000
    return [gateway.timers.start(TimerKind.DETACH_HOLD, identifier, hold_ms)]


def _refuse_unknown(gateway: Gateway, sign: NodeSeen) -> list[Effect]:
    """Count a node that no configuration names; tell of it once.

    The memory of whom was told is bounded: a flood of addresses is counted, and no more.
    """
    gateway.statistics.unknown_nodes += 1
    key = (sign.link, sign.link_layer_address)
    if key in gateway.unknown_told or len(gateway.unknown_told) >= UNKNOWN_NODES_TOLD:
        return []
    gateway.unknown_told.add(key)
    unknown = UnknownNodeSeen(link=sign.link, link_layer_address=sign.link_layer_address)
    return [Notify(notification=unknown)]


def forget_told(gateway: Gateway, node: MobileNode | MobileNodeRemoved) -> None:
    """Be ready to tell of unknown nodes again that a commit of one node may have concerned.

    A memory that is full starts afresh with any such commit.
    """
    if len(gateway.unknown_told) >= UNKNOWN_NODES_TOLD:
        gateway.unknown_told.clear()
    addresses = node.link_layer_identifiers if isinstance(node, MobileNode) else ()
    for address in addresses:
        gateway.unknown_told.difference_update((link, address) for link in gateway.open_links)
