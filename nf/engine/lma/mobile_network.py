"""Which mobile network prefixes a registration gets (NEMO draft §3.4.2, §3.4.3, RFC 7148 §5.2.2).

They are asked for by the draft's option or by RFC 7148's, with statuses of its own each. What a
registration does not ask for or name, its binding has no longer (RFC 3963 §6.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from nf.codec.messages import ProxyBindingUpdate
from nf.codec.packed_prefix import is_all_zero
from nf.codec.registry import Status
from nf.engine.configuration import MnpFailurePolicy, MobileNode, PolicyProfile
from nf.engine.lma.assignments import Assignments, Draw
from nf.engine.lma.home_network import PrefixGrant
from nf.engine.values import PrefixKind

HOST = PrefixGrant()


def grant_mobile_network(
    assignments: Assignments, node: MobileNode, profile: PolicyProfile, update: ProxyBindingUpdate
) -> PrefixGrant | Status:
    """Choose the mobile network prefixes of a registration, or tell why it is refused."""
    if update.mobile_network_prefixes:
        fault = _fault_of_draft(assignments, node, profile, update)
        if fault is not None:
            return fault
    if update.delegated_mobile_network_prefixes:
        if _is_without_feature(assignments, profile):
            return HOST
        fault = _fault_of_rfc_7148(assignments, node, profile, update)
        if fault is not None:
            return fault
    if update.mobile_network_prefixes or update.delegated_mobile_network_prefixes:
        return _as_asked(assignments, node, profile, update)
    return _as_provisioned(assignments, node, profile) if update.mobile_router else HOST


def _fault_of_draft(
    assignments: Assignments, node: MobileNode, profile: PolicyProfile, update: ProxyBindingUpdate
) -> Status | None:
    """NEMO draft §3.4.3, RFC 3963 §6.2, §6.6: who may have a mobile network, and which."""
    if not profile.network_mobility:
        return Status.MOBILE_ROUTER_OPERATION_NOT_PERMITTED
    for prefix in _named_by_draft(update):
        status = _status_of(assignments, node, prefix)
        if status is not None:
            return status
    return None


def _fault_of_rfc_7148(
    assignments: Assignments, node: MobileNode, profile: PolicyProfile, update: ProxyBindingUpdate
) -> Status | None:
    """RFC 7148 §4.2, §5.2.2: who may have a delegated prefix, and which."""
    if not profile.network_mobility:
        return Status.NOT_AUTHORIZED_FOR_DELEGATED_MNP
    are_nodes = (
        isinstance(prefix, IPv6Network) and _status_of(assignments, node, prefix) is None
        for prefix in _named_by_rfc_7148(update)
    )
    return None if all(are_nodes) else Status.REQUESTED_DMNP_IN_USE


def _is_without_feature(assignments: Assignments, profile: PolicyProfile) -> bool:
    """RFC 7148 §5.2.2: an LMA that is not configured for delegated prefixes ignores the option."""
    has_pool = any(kind is PrefixKind.MOBILE for kind, _ in assignments.pools)
    return not has_pool and not profile.network_mobility


def _status_of(assignments: Assignments, node: MobileNode, prefix: IPv6Network) -> Status | None:
    """Judge a prefix that is named: RFC 3963 §6.2 by the table of who owns which.

    A prefix of length 0 is what an R bit looks like to those who do not know it: never routed.
    """
    if prefix.prefixlen == 0:
        return Status.INVALID_PREFIX
    assignment = assignments.by_prefix.get(prefix)
    if assignment is not None and assignment.mobile_node_identifier != node.identifier:
        return Status.INVALID_PREFIX
    if assignment is not None and assignment.kind is PrefixKind.MOBILE:
        return None
    if prefix not in node.mobile_network_prefixes:
        return Status.NOT_AUTHORIZED_FOR_PREFIX
    is_clear = assignments.is_clear(prefix, PrefixKind.MOBILE, node.identifier)
    return None if is_clear else Status.INVALID_PREFIX


def _as_asked(
    assignments: Assignments, node: MobileNode, profile: PolicyProfile, update: ProxyBindingUpdate
) -> PrefixGrant | Status:
    """Grant the named prefixes, and those of the node where some are asked for."""
    named = _named_by_draft(update)
    if update.delegated_mobile_network_prefixes:
        delegated = _named_by_rfc_7148(update)
        named += [prefix for prefix in delegated if isinstance(prefix, IPv6Network)]
    if not _is_asking(update):
        return PrefixGrant(prefixes=_unique(named))
    existing = _existing(assignments, node, profile)
    draws: list[Draw] = []
    while not node.mobile_network_prefixes and len(existing) + len(draws) < (
        profile.mobile_network_prefix_count
    ):
        draw = assignments.draw(PrefixKind.MOBILE, profile.mobile_network_prefix_length)
        if draw is None:
            break
        draws.append(draw)
    prefixes = _unique([*named, *existing, *[draw.prefix for draw in draws]])
    if not prefixes:
        return _none_to_be_had(profile, Status.INSUFFICIENT_RESOURCES)
    return PrefixGrant(prefixes=prefixes, draws=tuple(draws))


def _as_provisioned(
    assignments: Assignments, node: MobileNode, profile: PolicyProfile
) -> PrefixGrant | Status:
    """RFC 3963 §6.2, implicit mode: the R flag without an option means what the node has."""
    if not profile.network_mobility:
        return Status.MOBILE_ROUTER_OPERATION_NOT_PERMITTED
    existing = _existing(assignments, node, profile)
    if not existing:
        return _none_to_be_had(profile, Status.FORWARDING_SETUP_FAILED)
    return PrefixGrant(prefixes=existing)


def _existing(
    assignments: Assignments, node: MobileNode, profile: PolicyProfile
) -> tuple[IPv6Network, ...]:
    """Return what the node has already: it gets the same again, always (NEMO draft §3.4.2)."""
    if node.mobile_network_prefixes:
        return tuple(
            prefix
            for prefix in node.mobile_network_prefixes
            if assignments.is_clear(prefix, PrefixKind.MOBILE, node.identifier)
        )
    assigned = assignments.of_node(node.identifier, PrefixKind.MOBILE)
    return tuple([each.prefix for each in assigned])[: profile.mobile_network_prefix_count]


def _none_to_be_had(profile: PolicyProfile, status: Status) -> PrefixGrant | Status:
    """Refuse, as NEMO draft §3.4.3 says, or serve a host, as the policy wants it."""
    return HOST if profile.mnp_failure_policy is MnpFailurePolicy.HOST_ONLY else status


def _is_asking(update: ProxyBindingUpdate) -> bool:
    """NEMO draft §3.1: the R bit; RFC 7148 §5.2.2: an ALL_ZERO prefix with V flag 0."""
    for option in update.mobile_network_prefixes:
        if option.is_request:
            return True
    delegated = update.delegated_mobile_network_prefixes
    return any(isinstance(each, IPv6Network) and is_all_zero(each) for each in delegated)


def _named_by_draft(update: ProxyBindingUpdate) -> list[IPv6Network]:
    """NEMO draft §3.1: with the R bit the prefix field says nothing."""
    return [option.prefix for option in update.mobile_network_prefixes if not option.is_request]


def _named_by_rfc_7148(update: ProxyBindingUpdate) -> list[IPv6Network | IPv4Network]:
    """RFC 7148 §4.1: ALL_ZERO asks; IPv4 prefixes are none of ours, to ask for them is no fault."""
    prefixes = update.delegated_mobile_network_prefixes
    return [prefix for prefix in prefixes if int(prefix.network_address) != 0]


def _unique(prefixes: Sequence[IPv6Network]) -> tuple[IPv6Network, ...]:
    return tuple(dict.fromkeys(prefixes) if len(prefixes) > 1 else prefixes)
