"""Which home network prefixes a new session gets (RFC 5213 §5.3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Network

from nf.codec.registry import Status
from nf.codec.unguarded import unguarded
from nf.engine.configuration import MobileNode
from nf.engine.lma.assignments import Assignments, Draw
from nf.engine.lma.request import Request
from nf.engine.values import PrefixKind


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixGrant:
    """Prefixes for a binding; those of ``draws`` are yet to be assigned to its node."""

    prefixes: tuple[IPv6Network, ...] = ()
    draws: tuple[Draw, ...] = ()


def grant_home_network(
    assignments: Assignments, node: MobileNode, request: Request
) -> PrefixGrant | Status:
    """Choose the prefixes of a new session, or tell with which status there is none.

    RFC 5213 §5.3.2: one ALL_ZERO option asks for an assignment; otherwise each named prefix must
    be ours and the node's to use, and none may be another session's.
    """
    named = request.named_prefixes
    if len(named) < len(request.update.home_network_prefixes):
        return _assign(assignments, node)
    if all(_is_nodes_and_unused(assignments, node, prefix) for prefix in named):
        return PrefixGrant(prefixes=tuple(dict.fromkeys(named)))
    return Status.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX


def _assign(assignments: Assignments, node: MobileNode) -> PrefixGrant | Status:
    """Prefer the node's own prefixes, then one that is held for it, then a new one.

    RFC 5213 §5.4: each interface has prefixes of its own, so what another session uses is left.
    """
    own = [
        prefix
        for prefix in node.home_network_prefixes
        if _is_nodes_and_unused(assignments, node, prefix)
    ]
    if own:
        return PrefixGrant(prefixes=tuple(own))
    for assignment in assignments.of_node(node.identifier, PrefixKind.HOME):
        if not assignment.bindings:
            return PrefixGrant(prefixes=(assignment.prefix,))
    draw = assignments.draw(PrefixKind.HOME)
    if draw is None:
        return Status.INSUFFICIENT_RESOURCES
    return PrefixGrant(prefixes=(draw.prefix,), draws=(draw,))


def _is_nodes_and_unused(assignments: Assignments, node: MobileNode, prefix: IPv6Network) -> bool:
    assignment = assignments.by_prefix.get(prefix)
    if assignment is None:
        is_own = prefix in node.home_network_prefixes
        return is_own and assignments.is_clear(prefix, PrefixKind.HOME, node.identifier)
    is_nodes = assignment.mobile_node_identifier == node.identifier
    return is_nodes and assignment.kind is PrefixKind.HOME and not assignment.bindings
