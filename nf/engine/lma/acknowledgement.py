"""The proxy binding acknowledgement: exactly the options that were asked for (RFC 5213 §5.3.6)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    LoadInformation,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.registry import Status
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.effects import SendMessage
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.lma.request import Request
from nf.engine.values import Instant

#: Refusals that tell the MAG our time of day instead of its own timestamp (RFC 5213 §5.5).
TIMESTAMP_FAULTS: Final = frozenset(
    {Status.TIMESTAMP_MISMATCH, Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED}
)

#: Home network prefixes that fit into an answer whatever else it holds: the Header Len field
#: ends at 2,048 octets (RFC 6275 §6.1.1), and an option of a request may have 257.
MOST_PREFIXES_COPIED: Final = 56


def refusal(
    request: Request, status: Status, now: Instant, last_sequence_number: SequenceNumber | None
) -> SendMessage:
    """Return the refusal of a request.

    RFC 5213 §5.3.6 wants all home network prefixes copied; of a request with more than any answer
    can hold, the first ones are.
    ``last_sequence_number``: what status 135 tells instead of the request's (RFC 6275 §9.5.1).
    """
    update = request.update
    is_of_time = update.timestamp is not None and status in TIMESTAMP_FAULTS
    number = update.sequence_number if last_sequence_number is None else last_sequence_number
    copied = update.home_network_prefixes[:MOST_PREFIXES_COPIED]
    message = ProxyBindingAcknowledgement(
        status=status,
        sequence_number=number,
        lifetime_s=0,
        mobile_node_identifier=update.mobile_node_identifier or MobileNodeIdentifier(""),
        home_network_prefixes=copied or (ALL_ZERO_PREFIX,),
        handoff_indicator=update.handoff_indicator or 0,
        access_technology_type=update.access_technology_type or 0,
        mobile_node_link_layer_identifier=update.mobile_node_link_layer_identifier,
        link_local_address=update.link_local_address,
        timestamp=timestamp_from_utc_us(now.utc_us) if is_of_time else update.timestamp,
    )
    return _reply(request, message)


def acceptance(
    anchor: Anchor, request: Request, entry: BindingCacheEntry, *, lifetime_s: int
) -> SendMessage:
    """Return the acceptance of a request as its session is now; lifetime 0 ends the session.

    RFC 8127 §5.1: what the MAG is to keep the session by is told with each registration. RFC 6463
    §5.3.1: who asked at the address for assignments is told where the session is.
    """
    update, role = request.update, anchor.active_role
    mobile_networks = entry.mobile_network_prefixes
    is_lasting = lifetime_s > 0
    message = ProxyBindingAcknowledgement(
        status=Status.BINDING_UPDATE_ACCEPTED,
        sequence_number=update.sequence_number,
        lifetime_s=lifetime_s,
        mobile_router=update.mobile_router and is_lasting and bool(mobile_networks),
        mobile_node_identifier=entry.mobile_node_identifier,
        home_network_prefixes=entry.home_network_prefixes,
        mobile_network_prefixes=_as_draft(update, mobile_networks),
        delegated_mobile_network_prefixes=_as_rfc_7148(update, mobile_networks),
        handoff_indicator=update.handoff_indicator,
        access_technology_type=update.access_technology_type,
        mobile_node_link_layer_identifier=update.mobile_node_link_layer_identifier,
        link_local_address=None if update.link_local_address is None else entry.link_local_address,
        timestamp=update.timestamp,
        lma_controlled_parameters=role.lma_controlled_parameters if is_lasting else None,
        load_information=_load_information(anchor) if is_lasting else None,
        redirect=role.address if request.assigned_at is not None and is_lasting else None,
    )
    return _reply(request, message)


def forwarded(
    request: Request, answer: ProxyBindingAcknowledgement, *, redirect: IPv6Address | None
) -> SendMessage:
    """Return what another anchor answered as the answer to a request (RFC 6463 §5.3.2).

    All options as they are, but what the MAG knows its request by is that of the request.
    ``redirect``: the anchor that took the session, None with a refusal.
    """
    update = request.update
    is_of_time = answer.status in TIMESTAMP_FAULTS
    message = replace(
        answer,
        sequence_number=update.sequence_number,
        timestamp=answer.timestamp if is_of_time else update.timestamp,
        redirect=redirect,
    )
    return _reply(request, message)


def _load_information(anchor: Anchor) -> LoadInformation | None:
    """RFC 6463 §4.3: how busy we are; traffic is not measured here."""
    role = anchor.active_role
    if role.load_priority is None:
        return None
    most = role.limits.maximum_bindings
    return LoadInformation(
        priority=role.load_priority,
        sessions_in_use=len(anchor.cache.entries),
        maximum_sessions=len(anchor.configuration.mobile_nodes) if most is None else most,
    )


def _as_draft(
    update: ProxyBindingUpdate, prefixes: tuple[IPv6Network, ...]
) -> tuple[MobileNetworkPrefix, ...]:
    """NEMO draft §3.2, §3.4.3: what the router has is told to whoever registers it as a router."""
    is_asked = update.mobile_network_prefixes or (
        update.mobile_router and not update.delegated_mobile_network_prefixes
    )
    return tuple([MobileNetworkPrefix(prefix=each) for each in prefixes]) if is_asked else ()


def _as_rfc_7148(
    update: ProxyBindingUpdate, prefixes: tuple[IPv6Network, ...]
) -> tuple[IPv6Network, ...]:
    """RFC 7148 §5.2.2: one option for each prefix, and none where none was in the request."""
    return prefixes if update.delegated_mobile_network_prefixes else ()


def _reply(request: Request, message: ProxyBindingAcknowledgement) -> SendMessage:
    """RFC 5213 §5.3.6: back the way that the request came, whatever the Proxy-CoA is."""
    source = request.assigned_at or request.destination
    return SendMessage(source=source, destination=request.source, message=message)
