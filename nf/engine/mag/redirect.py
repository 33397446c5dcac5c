"""Following an LMA that gives a session to another one (RFC 6463 §5.2)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

from nf.codec.messages import ProxyBindingAcknowledgement, ProxyBindingUpdate
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.values import Tunnel


def offer(gateway: Gateway, update: ProxyBindingUpdate) -> ProxyBindingUpdate:
    """Return the PBU of a new session, which the LMA may redirect if the configuration lets it.

    RFC 6463 §5.2 speaks of handoff indicator 1. Ours is 4 for any node that has just come, and
    what it says holds: an LMA that knows no session of the node is to establish one.
    """
    is_on = gateway.role is not None and gateway.role.redirect
    return replace(update, redirect_capability=True) if is_on else update


def target_of(
    entry: BindingUpdateListEntry, answer: ProxyBindingAcknowledgement
) -> IPv6Address | DropReason | None:
    """Return the LMA to which an acceptance leads, None where it leads nowhere else.

    RFC 6463 §5.2: what was not offered is ignored. §4.2: the address is a unicast one; with any
    other the session is nobody knows where, so that such an answer is none.
    """
    target, request = answer.redirect, entry.pending
    if target is None or request is None or not request.redirect_capability:
        return None
    if _can_be_an_lma(target) and target != entry.tunnel.local:
        return target
    return DropReason.UNUSABLE_REDIRECTION


def follow(gateway: Gateway, entry: BindingUpdateListEntry, target: IPv6Address | None) -> None:
    """Let an entry lead to the LMA that has the session: tunnel, renewals and all that follows."""
    if target is None or target == entry.tunnel.remote:
        return
    gateway.statistics.redirections += 1
    entry.redirected_by = entry.tunnel.remote
    entry.tunnel = Tunnel(local=entry.tunnel.local, remote=target)


def _can_be_an_lma(address: IPv6Address) -> bool:
    """Tell whether an address is unicast and of more than link scope."""
    return not (
        address.is_multicast
        or address.is_unspecified
        or address.is_link_local
        or address.is_loopback
    )
