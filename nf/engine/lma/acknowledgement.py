"""The proxy binding acknowledgement: exactly the options that were asked for (RFC 5213 §5.3.6)."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.registry import Status
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.effects import SendMessage
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.lma.request import Request
from nf.engine.values import Instant

#: Refusals that tell the MAG our time of day instead of its own timestamp (RFC 5213 §5.5).
TIMESTAMP_FAULTS: Final = frozenset(
    {Status.TIMESTAMP_MISMATCH, Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED}
)


def refusal(
    request: Request, status: Status, now: Instant, last_sequence_number: SequenceNumber | None
) -> SendMessage:
    """Return the refusal of a request.

    ``last_sequence_number``: what status 135 tells instead of the request's (RFC 6275 §9.5.1).
    """
    update = request.update
    is_of_time = update.timestamp is not None and status in TIMESTAMP_FAULTS
    number = update.sequence_number if last_sequence_number is None else last_sequence_number
    message = ProxyBindingAcknowledgement(
        status=status,
        sequence_number=number,
        lifetime_s=0,
        mobile_node_identifier=update.mobile_node_identifier or MobileNodeIdentifier(""),
        home_network_prefixes=update.home_network_prefixes or (ALL_ZERO_PREFIX,),
        handoff_indicator=update.handoff_indicator or 0,
        access_technology_type=update.access_technology_type or 0,
        mobile_node_link_layer_identifier=update.mobile_node_link_layer_identifier,
        link_local_address=update.link_local_address,
        timestamp=timestamp_from_utc_us(now.utc_us) if is_of_time else update.timestamp,
    )
    return _reply(request, message)


def acceptance(request: Request, entry: BindingCacheEntry, *, lifetime_s: int) -> SendMessage:
    """Return the acceptance of a request as its session is now; lifetime 0 ends the session."""
    update = request.update
    mobile_networks = entry.mobile_network_prefixes
    is_forwarded = lifetime_s > 0 and bool(mobile_networks)
    message = ProxyBindingAcknowledgement(
        status=Status.BINDING_UPDATE_ACCEPTED,
        sequence_number=update.sequence_number,
        lifetime_s=lifetime_s,
        mobile_router=update.mobile_router and is_forwarded,
        mobile_node_identifier=entry.mobile_node_identifier,
        home_network_prefixes=entry.home_network_prefixes,
        mobile_network_prefixes=_as_draft(update, mobile_networks),
        delegated_mobile_network_prefixes=_as_rfc_7148(update, mobile_networks),
        handoff_indicator=update.handoff_indicator,
        access_technology_type=update.access_technology_type,
        mobile_node_link_layer_identifier=update.mobile_node_link_layer_identifier,
        link_local_address=_link_local_address(update, entry),
        timestamp=update.timestamp,
    )
    return _reply(request, message)


def _as_draft(
    update: ProxyBindingUpdate, prefixes: tuple[IPv6Network, ...]
) -> tuple[MobileNetworkPrefix, ...]:
    """NEMO draft §3.2, §3.4.3: what the router has is told to whoever registers it as a router."""
    is_asked = update.mobile_network_prefixes or (
        update.mobile_router and not update.delegated_mobile_network_prefixes
    )
    return tuple(MobileNetworkPrefix(prefix=each) for each in prefixes) if is_asked else ()


def _as_rfc_7148(
    update: ProxyBindingUpdate, prefixes: tuple[IPv6Network, ...]
) -> tuple[IPv6Network, ...]:
    """RFC 7148 §5.2.2: one option for each prefix, and none where none was in the request."""
    return prefixes if update.delegated_mobile_network_prefixes else ()


def _link_local_address(update: ProxyBindingUpdate, entry: BindingCacheEntry) -> IPv6Address | None:
    return None if update.link_local_address is None else entry.link_local_address


def _reply(request: Request, message: ProxyBindingAcknowledgement) -> SendMessage:
    """RFC 5213 §5.3.6: back the way that the request came, whatever the Proxy-CoA is."""
    return SendMessage(source=request.destination, destination=request.source, message=message)
