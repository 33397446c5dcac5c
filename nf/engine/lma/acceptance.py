"""The checks that every proxy binding update goes through, in the RFC's order (RFC 5213 §5.3.1)."""

from __future__ import annotations

from nf.codec.messages import MobileNodeIdentifier, SequenceNumber, Timestamp
from nf.codec.registry import Status
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.assignment_address import address_of, is_refused
from nf.engine.lma.drops import DropReason
from nf.engine.lma.lookup import Verdict, find_session
from nf.engine.lma.ordering import check_sequence_number, check_timestamp, is_ahead
from nf.engine.lma.request import Request
from nf.engine.values import Instant


def drop_reason(anchor: Anchor, request: Request) -> DropReason | None:
    """Tell why a message is no proxy binding update for us; None where it is one."""
    if anchor.role is None or request.destination != anchor.role.address:
        return DropReason.NOT_OUR_ADDRESS
    if request.assigned_at is not None and request.assigned_at != address_of(anchor.role):
        return DropReason.NOT_OUR_ADDRESS
    if not request.update.proxy_registration:
        return DropReason.NO_PROXY_REGISTRATION
    return None


def check(anchor: Anchor, request: Request, now: Instant) -> Status:
    """Return the status with which a request is refused before its session is looked up.

    RFC 5213 §5.3.1, items 4 to 12; BINDING_UPDATE_ACCEPTED where nothing is wrong so far.
    """
    policy = check_policy(anchor, request)
    if policy is not Status.BINDING_UPDATE_ACCEPTED:
        return policy
    if request.assigned_at is not None and is_refused(request):
        return Status.INSUFFICIENT_RESOURCES
    order = _check_order(anchor, request, now)
    if order is not Status.BINDING_UPDATE_ACCEPTED:
        return order
    return _check_options(request)


def check_policy(anchor: Anchor, request: Request) -> Status:
    """Apply items 4 to 8: who is it for, who sent it, and may it be served.

    The sender and, where it names another one, the Proxy-CoA must both be MAGs of ours: a tunnel
    leads to no other place. Who speaks for another MAG is an LMA that redirects its session to us,
    and that is a matter of configuration (RFC 6463 §7, EnableLMARedirectAcceptFunction).
    """
    identifier = request.update.mobile_node_identifier
    if not identifier:
        return Status.MISSING_MN_IDENTIFIER_OPTION
    if not _is_authorised(anchor, request):
        return Status.MAG_NOT_AUTHORIZED_FOR_PROXY_REG
    if identifier not in anchor.configuration.mobile_nodes:
        return Status.NOT_LMA_FOR_THIS_MOBILE_NODE
    if anchor.node_and_profile(identifier) is None:
        return Status.PROXY_REG_NOT_ENABLED
    return Status.BINDING_UPDATE_ACCEPTED


def _is_authorised(anchor: Anchor, request: Request) -> bool:
    if request.source not in anchor.mags:
        return False
    if request.update.alternate_care_of_address is None:
        return True
    source, mag = request.source, request.proxy_care_of_address
    return mag in anchor.mags and (source == mag or anchor.active_role.redirect_accept)


def last_sequence_number_of(anchor: Anchor, request: Request) -> SequenceNumber | None:
    """Return the last accepted sequence number of the session that a request would update."""
    identifier = MobileNodeIdentifier(request.update.mobile_node_identifier or "")
    finding = find_session(anchor.cache, identifier, request)
    if finding.verdict is not Verdict.UPDATE or finding.entry is None:
        return None
    return finding.entry.sequence_number


def _check_order(anchor: Anchor, request: Request, now: Instant) -> Status:
    """Apply item 9: a timestamp, if there is one, decides alone; a sequence number otherwise."""
    update = request.update
    if update.timestamp is None:
        return check_sequence_number(
            update.sequence_number, last_sequence_number_of(anchor, request)
        )
    is_foreign_clock = anchor.configuration.domain.mobile_node_generated_timestamp_in_use
    window_ms = None if is_foreign_clock else anchor.active_role.timestamp_validity_window_ms
    node = MobileNodeIdentifier(update.mobile_node_identifier or "")
    last = _last_timestamp(anchor, node, now, window_ms)
    return check_timestamp(update.timestamp, last, now, window_ms)


def _last_timestamp(
    anchor: Anchor, node: MobileNodeIdentifier, now: Instant, window_ms: int | None
) -> Timestamp | None:
    """Return the greatest timestamp that was accepted for a node by the clock that we have now.

    One from before our clock was set back is forgotten. RFC 5213 §5.5 would have it bar the node
    for as long as the clock went back; what our clock refuses stays refused either way.
    """
    last = anchor.last_timestamps.get(node)
    if last is None or not is_ahead(last, now, window_ms):
        return last
    del anchor.last_timestamps[node]
    return None


def _check_options(request: Request) -> Status:
    """Apply items 10 to 12: the options that no request may lack."""
    if not request.update.home_network_prefixes:
        return Status.MISSING_HOME_NETWORK_PREFIX_OPTION
    if request.update.handoff_indicator is None:
        return Status.MISSING_HANDOFF_INDICATOR_OPTION
    if request.update.access_technology_type is None:
        return Status.MISSING_ACCESS_TECH_TYPE_OPTION
    return Status.BINDING_UPDATE_ACCEPTED
