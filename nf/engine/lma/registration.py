"""New mobility sessions (RFC 5213 §5.3.2, NEMO draft §3.4.3)."""

from __future__ import annotations

from nf.codec.registry import Status
from nf.engine.configuration import MobileNode, PolicyProfile
from nf.engine.effects import Effect, Notify
from nf.engine.lma import limits
from nf.engine.lma.acknowledgement import acceptance
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.home_network import grant_home_network
from nf.engine.lma.mobile_network import grant_mobile_network
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.request import Request
from nf.engine.lma.sessions import (
    assign,
    bind_prefixes,
    forward,
    link_local_address,
    note_timestamp,
    prefixes_of,
    start_lifetime,
    stored,
)
from nf.engine.notifications import BindingCreated
from nf.engine.store_effects import PersistBinding
from nf.engine.values import Instant, PrefixKind


def create(
    anchor: Anchor, request: Request, node: MobileNode, profile: PolicyProfile, now: Instant
) -> list[Effect] | Status:
    """Create a session (RFC 5213 §5.3.2), or tell with which status the request is refused."""
    if limits.is_full(anchor, node.identifier):
        return Status.INSUFFICIENT_RESOURCES
    mobile = grant_mobile_network(anchor.assignments, node, profile, request.update)
    if isinstance(mobile, Status):
        return mobile
    home = grant_home_network(anchor.assignments, node, request)
    if isinstance(home, Status):
        anchor.assignments.put_back(mobile.draws)
        return home
    entry = _new_entry(anchor, request, node, profile, now)
    entry.home_network_prefixes = home.prefixes
    entry.mobile_network_prefixes = mobile.prefixes
    entry.is_mobile_router = bool(mobile.prefixes)
    anchor.cache.add(entry)
    anchor.statistics.registrations += 1
    return [
        *assign(anchor, entry, home, now),
        *assign(anchor, entry, mobile, now),
        *bind_prefixes(anchor, entry, PrefixKind.HOME, home.prefixes, now),
        *bind_prefixes(anchor, entry, PrefixKind.MOBILE, mobile.prefixes, now),
        PersistBinding(binding=stored(entry)),
        *anchor.routes.use_tunnel(entry.tunnel, entry.binding_id),
        *forward(anchor, entry, prefixes_of(entry)),
        start_lifetime(entry, now),
        Notify(notification=_created(entry)),
        acceptance(anchor, request, entry, lifetime_s=entry.lifetime_s),
    ]


def _new_entry(
    anchor: Anchor, request: Request, node: MobileNode, profile: PolicyProfile, now: Instant
) -> BindingCacheEntry:
    """Return an entry with the accepted values of a request, its prefixes still to come."""
    pbu = request.update
    binding_id = anchor.cache.next_id()
    return BindingCacheEntry(
        binding_id=binding_id,
        state=BindingState.ACTIVE,
        mobile_node_identifier=node.identifier,
        link_layer_identifier=request.link_layer_identifier,
        link_local_address=link_local_address(pbu.link_local_address, None, binding_id),
        access_technology_type=pbu.access_technology_type or 0,
        handoff_indicator=pbu.handoff_indicator or 0,
        home_network_prefixes=(),
        mobile_network_prefixes=(),
        is_mobile_router=False,
        tunnel=anchor.routes.tunnel(request.destination, request.proxy_care_of_address),
        lifetime_s=min(profile.registration_lifetime_s, pbu.lifetime_s),
        expires_at_ms=now.at_ms,
        sequence_number=pbu.sequence_number,
        timestamp=note_timestamp(anchor, node.identifier, request),
        accepted_utc_us=now.utc_us,
        created_utc_us=now.utc_us,
    )


def _created(entry: BindingCacheEntry) -> BindingCreated:
    return BindingCreated(
        binding_id=entry.binding_id,
        mobile_node_identifier=entry.mobile_node_identifier,
        proxy_care_of_address=entry.proxy_care_of_address,
        home_network_prefixes=entry.home_network_prefixes,
        mobile_network_prefixes=entry.mobile_network_prefixes,
    )
