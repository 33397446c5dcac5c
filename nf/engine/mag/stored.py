"""What of the attached nodes is in the store: brought into line with what has changed.

Durable before anything else of the same event leaves: so no lease is acknowledged, and no hold
begun, that a restart would not know of.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Network

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import AttachedNode, BindingUpdateListEntry, RegistrationState
from nf.engine.store_effects import ForgetAttachment, PersistAttachment
from nf.engine.values import (
    StoredAttachment,
    StoredLease,
    StoredRegistration,
    StoredRelayedLease,
)

_STATE = RegistrationState


def follow(gateway: Gateway) -> list[Effect]:
    """Persist what an event has changed of the nodes that it concerned, once all is known."""
    effects: list[Effect] = []
    for identifier in gateway.timers.concerned if gateway.is_started else ():
        effects += _follow(gateway, identifier)
    if gateway.is_started:
        gateway.timers.concerned.clear()
    return effects


def _follow(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    known, wanted = gateway.stored.get(identifier), _wanted(gateway, identifier)
    if wanted is None:
        if gateway.stored.pop(identifier, None) is None:
            return []
        return [ForgetAttachment(mobile_node_identifier=identifier)]
    if known is not None and _says_the_same(known, wanted):
        return []
    gateway.stored[identifier] = wanted
    return [PersistAttachment(attachment=wanted)]


def _says_the_same(known: StoredAttachment, wanted: StoredAttachment) -> bool:
    """Tell whether nothing has changed but when and by what a node was seen last."""
    seen, source = wanted.last_seen_utc_us, wanted.last_source
    return replace(known, last_seen_utc_us=seen, last_source=source) == wanted


def _wanted(gateway: Gateway, identifier: MobileNodeIdentifier) -> StoredAttachment | None:
    """Return what is to be stored of a node, None where there is nothing to go on with.

    One that has left stays until its LMA knows. One that is revoked, or denied by its LMA, has to
    attach anew in any case.
    """
    entry = gateway.binding_update_list.get(identifier)
    attached = gateway.attached_nodes.get(identifier)
    if attached is None:
        return _wanted_of_one_that_left(gateway, entry)
    is_revoked = entry is not None and entry.state is _STATE.REVOKED
    if is_revoked or identifier in gateway.denied:
        return None
    return StoredAttachment(
        mobile_node_identifier=identifier,
        link=attached.link,
        link_layer_address=attached.link_layer_address,
        link_local_address=attached.link_local_address,
        attached_utc_us=attached.attached_utc_us,
        last_seen_utc_us=attached.last_seen_utc_us,
        last_source=attached.last_source,
        held_until_utc_us=gateway.presence[identifier].held_until_utc_us,
        registration=_registration(gateway, entry) if entry is not None else None,
        lease=_lease(gateway, attached),
        relayed_leases=_relayed_leases(gateway, identifier),
    )


def _wanted_of_one_that_left(
    gateway: Gateway, entry: BindingUpdateListEntry | None
) -> StoredAttachment | None:
    if entry is None or entry.state is not _STATE.DEREGISTERING:
        return None
    known = gateway.stored.get(entry.mobile_node_identifier)
    registration = _registration(gateway, entry)
    if known is None or registration is None:
        return None
    return replace(
        known, held_until_utc_us=0, registration=registration, lease=None, relayed_leases=()
    )


def _registration(gateway: Gateway, entry: BindingUpdateListEntry) -> StoredRegistration | None:
    """Return what is known of a binding that stands at the LMA."""
    stands = entry.state in SERVED or entry.state is _STATE.DEREGISTERING
    if not stands or not entry.home_network_prefixes:
        return None
    return StoredRegistration(
        tunnel=entry.tunnel,
        redirected_by=entry.redirected_by,
        access_technology_type=entry.access_technology_type,
        is_mobile_router=entry.is_mobile_router,
        home_network_prefixes=entry.home_network_prefixes,
        mobile_network_prefixes=entry.mobile_network_prefixes,
        lifetime_s=entry.granted_lifetime_s,
        has_released=entry.mobile_node_identifier in gateway.released,
    )


def _lease(gateway: Gateway, attached: AttachedNode) -> StoredLease | None:
    lease = gateway.leases.get(attached.mobile_node_identifier)
    if lease is None:
        return None
    return StoredLease(
        client_duid=lease.client_duid,
        client_address=lease.address,
        prefixes=lease.prefixes,
        is_reconfigurable=lease.is_reconfigurable,
        ends_utc_us=lease.ends_utc_us,
    )


def _relayed_leases(
    gateway: Gateway, identifier: MobileNodeIdentifier
) -> tuple[StoredRelayedLease, ...]:
    node = gateway.relay.nodes.get(identifier)
    return tuple(_relayed_lease(gateway, each) for each in sorted(node.leased)) if node else ()


def _relayed_lease(gateway: Gateway, prefix: IPv6Network) -> StoredRelayedLease:
    lease = gateway.relay.leases[prefix]
    ends_at_ms = lease.ends_at_ms
    return StoredRelayedLease(
        prefix=prefix,
        iaid=lease.iaid,
        client_duid=lease.client_duid,
        server_duid=lease.server_duid,
        ends_utc_us=None if ends_at_ms is None else ends_at_ms * 1000 + gateway.clock_offset_us,
    )
