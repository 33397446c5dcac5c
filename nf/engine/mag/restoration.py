"""Going on with the nodes that the store knows, after a restart (RFC 5213 §6.13).

What a node had is served again at once, so that one that is silent does not notice. Whether it is
still there is not certain: nothing is told to its LMA before it has shown itself. All are asked,
some after the others; one that does not answer has left, and is de-registered.
"""

from __future__ import annotations

from typing import Final

from nf.codec.messages import SequenceNumber
from nf.engine.effects import Effect
from nf.engine.mag import advertisement, deregistration, forwarding, presence, refresh
from nf.engine.mag.attachment import SHORTEST_VISIT_MS
from nf.engine.mag.binding_update_list import Cause, move
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import (
    AttachedNode,
    BindingUpdateListEntry,
    Lease,
    Matter,
    Presence,
    RegistrationState,
)
from nf.engine.mag.relay import forward, leases
from nf.engine.mag.relay.records import RelayLease
from nf.engine.values import (
    Instant,
    StoredAttachment,
    StoredLease,
    StoredRegistration,
    TimerKind,
)

#: Nodes that are asked in one go, and how long the next go waits: a thousand in a second. Those
#: that answer the query with which each link is opened are not asked.
BATCH: Final = 100
PAUSE_MS: Final = 100


def resume_all(gateway: Gateway, now: Instant) -> list[Effect]:
    """Take up the stored nodes, where the role is on and they have not shown themselves yet."""
    effects: list[Effect] = []
    for number, stored in enumerate(tuple(gateway.stored.values())):
        identifier = stored.mobile_node_identifier
        gateway.timers.concern(identifier)
        if gateway.role is not None and identifier not in gateway.attached_nodes:
            ask_after_ms = presence.ANSWER_TIME_MS + number // BATCH * PAUSE_MS
            effects += _resume(gateway, stored, now, ask_after_ms)
    return effects


def _resume(
    gateway: Gateway, stored: StoredAttachment, now: Instant, ask_after_ms: int
) -> list[Effect]:
    """Take up one node: as there, as held, or as one that left and whose LMA is to know."""
    identifier, role = stored.mobile_node_identifier, gateway.active_role
    _attach(gateway, stored, now)
    effects: list[Effect] = []
    registration = stored.registration
    if registration is not None and registration.tunnel.local == role.proxy_care_of_address:
        effects = _serve(gateway, stored, registration, now)
    held_ms = _held_ms(gateway, stored, now)
    if held_ms == 0:
        effects += deregistration.detach(gateway, identifier, now)
        _forget_closed_link(gateway, stored.link)
        return effects
    effects += advertisement.advertise(gateway, identifier, now)
    if held_ms is None:
        return [*effects, presence.ask_later(gateway, identifier, Matter.RENEWAL, ask_after_ms)]
    return [*effects, gateway.timers.start(TimerKind.DETACH_HOLD, identifier, held_ms)]


def _held_ms(gateway: Gateway, stored: StoredAttachment, now: Instant) -> int | None:
    """Return for how long a node is held: 0 for one that has left, None for one that is there.

    Never longer than it would be from now on, whatever has become of the clock.
    """
    if stored.link not in gateway.open_links:
        return 0
    if stored.held_until_utc_us is None:
        return None
    longest_ms = max(gateway.active_role.detach_hold_ms, SHORTEST_VISIT_MS)
    return max(0, min(longest_ms, (stored.held_until_utc_us - now.utc_us) // 1000))


def _forget_closed_link(gateway: Gateway, link: str) -> None:
    if link not in gateway.open_links and not gateway.nodes_on_link[link]:
        del gateway.nodes_on_link[link]


def _attach(gateway: Gateway, stored: StoredAttachment, now: Instant) -> None:
    """Have a node where it was, uncertain as that is."""
    identifier = stored.mobile_node_identifier
    gateway.attached_nodes[identifier] = AttachedNode(
        mobile_node_identifier=identifier,
        link=stored.link,
        link_layer_address=stored.link_layer_address,
        link_local_address=stored.link_local_address,
        attached_utc_us=stored.attached_utc_us,
        last_seen_utc_us=stored.last_seen_utc_us,
        last_source=stored.last_source,
    )
    gateway.nodes_on_link.setdefault(stored.link, {})[identifier] = None
    gateway.presence[identifier] = Presence(
        came_ms=now.at_ms,
        last_seen_ms=now.at_ms - presence.FRESH_MS - 1,
        held_until_utc_us=stored.held_until_utc_us,
    )


def _serve(
    gateway: Gateway, stored: StoredAttachment, registration: StoredRegistration, now: Instant
) -> list[Effect]:
    """Forward for a binding as before, for as long as if it were new."""
    identifier = stored.mobile_node_identifier
    entry = _entry(stored, registration, now)
    gateway.binding_update_list[identifier] = entry
    move(entry, Cause.ACCEPTED)
    if registration.has_released:
        gateway.released.add(identifier)
    effects = forwarding.align(gateway, identifier)
    effects += refresh.watch_lifetime(gateway, entry)
    if stored.lease is not None:
        effects += _keep_lease(gateway, entry, stored.lease, now)
    return effects + _keep_relayed_leases(gateway, stored, now)


def _entry(
    stored: StoredAttachment, registration: StoredRegistration, now: Instant
) -> BindingUpdateListEntry:
    return BindingUpdateListEntry(
        mobile_node_identifier=stored.mobile_node_identifier,
        state=RegistrationState.REGISTERING,
        link=stored.link,
        link_layer_address=stored.link_layer_address,
        access_technology_type=registration.access_technology_type,
        tunnel=registration.tunnel,
        redirected_by=registration.redirected_by,
        is_mobile_router=registration.is_mobile_router,
        home_network_prefixes=registration.home_network_prefixes,
        mobile_network_prefixes=registration.mobile_network_prefixes,
        sequence_number=SequenceNumber(0),
        granted_lifetime_s=registration.lifetime_s,
        expires_at_ms=now.at_ms + registration.lifetime_s * 1000,
    )


def _keep_lease(
    gateway: Gateway, entry: BindingUpdateListEntry, lease: StoredLease, now: Instant
) -> list[Effect]:
    """Know again what a client was told; a lease that ended meanwhile is ended at once.

    Never beyond the binding's lifetime, whatever has become of the clock.
    """
    identifier = entry.mobile_node_identifier
    gateway.leases[identifier] = Lease(
        client_duid=lease.client_duid,
        address=lease.client_address,
        prefixes=lease.prefixes,
        is_reconfigurable=lease.is_reconfigurable,
        ends_utc_us=lease.ends_utc_us,
    )
    if not lease.prefixes:
        return []
    left_ms = (lease.ends_utc_us - now.utc_us) // 1000
    after_ms = max(1, min(left_ms, entry.granted_lifetime_s * 1000))
    return [gateway.timers.start(TimerKind.DELEGATION_LIFETIME, identifier, after_ms)]


def _keep_relayed_leases(gateway: Gateway, stored: StoredAttachment, now: Instant) -> list[Effect]:
    """Know again what delegating routers elsewhere gave to a node (RFC 8987 §4.3, S-1)."""
    address = stored.link_local_address
    if not stored.relayed_leases or address is None or not forward.is_used(gateway, stored.link):
        return []
    identifier = stored.mobile_node_identifier
    gateway.relay.node(identifier, stored.link, address)
    for each in stored.relayed_leases:
        lease = RelayLease(
            mobile_node_identifier=identifier,
            iaid=each.iaid,
            client_duid=each.client_duid,
            server_duid=each.server_duid,
            ends_at_ms=_at_ms(gateway, each.ends_utc_us),
        )
        gateway.relay.take_lease(each.prefix, lease)
    return leases.watch(gateway, identifier, now)


def _at_ms(gateway: Gateway, utc_us: int | None) -> int | None:
    return None if utc_us is None else (utc_us - gateway.clock_offset_us) // 1000
