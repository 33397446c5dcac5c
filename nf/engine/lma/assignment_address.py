"""An address of our own at which MAGs ask for a session, and are told ours (RFC 6463 §5.3.1).

Several LMAs may have the same one, as an anycast address. The session is what it would be had the
MAG asked at our own address; only the answer leaves from the other one, and names ours.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

from nf.engine.configuration import LmaConfiguration
from nf.engine.effects import Effect
from nf.engine.lma import redirection
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.request import Request
from nf.engine.values import Instant


def address_of(role: LmaConfiguration | None) -> IPv6Address | None:
    """Return the address of a role for assignments; None where it has none."""
    return role.redirect.assignment_address if role is not None and role.redirect else None


def addresses_of(role: LmaConfiguration | None) -> list[IPv6Address]:
    """Return all addresses at which a role receives messages."""
    if role is None:
        return []
    other = address_of(role)
    return [role.address] if other is None else [role.address, other]


def taken_in(role: LmaConfiguration, request: Request) -> Request:
    """Return a request as one for our own address, if it came to the other one."""
    address = address_of(role)
    if address is None or request.destination != address:
        return request
    return replace(request, destination=role.address, assigned_at=address)


def is_refused(request: Request) -> bool:
    """Tell whether a request that came to the other address must not be served (RFC 6463 §5.3.1).

    Its MAG does not offer to be led elsewhere, and the next message to that address may come to
    another LMA. What ends a session is never refused.
    """
    return not request.update.redirect_capability and request.update.lifetime_s > 0


def leave(anchor: Anchor, now: Instant) -> list[Effect]:
    """Ask no other anchor any more in the place of who asked at an address that is given up."""
    address = address_of(anchor.role)
    nodes = [
        node
        for node, each in anchor.redirections.items()
        if each.request.assigned_at not in (None, address)
    ]
    effects: list[Effect] = []
    for node in nodes:
        effects += redirection.abandon(anchor, node, now)
    return effects
