"""What peers may use up of the LMA: entries of the binding cache, and new registrations a second.

A registration beyond a MAG's rate gets no answer: a refusal would end the MAG's attempts or move
them on, silence makes it wait twice as long before the next (RFC 5213 §6.9.4).
"""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.lookup import Finding, Verdict
from nf.engine.lma.request import Request
from nf.engine.token_bucket import ANSWERS_TO_STRANGERS, TokenBucket
from nf.engine.values import Instant


def is_full(anchor: Anchor, node: MobileNodeIdentifier) -> bool:
    """Tell whether there is no room for another session, of this node or at all."""
    limits = anchor.active_role.limits
    if len(anchor.cache.of_node(node)) >= limits.maximum_sessions_per_node:
        return True
    most = limits.maximum_bindings
    return most is not None and len(anchor.cache.entries) >= most


def is_over_rate(anchor: Anchor, request: Request, finding: Finding, now: Instant) -> bool:
    """Tell whether a MAG asks for more new sessions and handovers than it may; count this one.

    What keeps or ends a MAG's own session always passes, so that no flood takes those from it.
    """
    limit = anchor.active_role.limits.registrations_per_mag
    mag = request.proxy_care_of_address
    if limit is None or _is_own_session(finding, mag):
        return False
    return not anchor.buckets.setdefault(mag, TokenBucket()).take(limit, now)


def may_be_answered(anchor: Anchor, source: IPv6Address, now: Instant) -> bool:
    """Tell whether a peer gets an answer: a MAG always, strangers only so many a second."""
    return source in anchor.mags or anchor.strangers.take(ANSWERS_TO_STRANGERS, now)


def forget_mags(anchor: Anchor) -> None:
    """Forget the buckets of MAGs that may register nodes no more."""
    for mag in [each for each in anchor.buckets if each not in anchor.mags]:
        del anchor.buckets[mag]


def _is_own_session(finding: Finding, mag: IPv6Address) -> bool:
    entry = finding.entry if finding.verdict is Verdict.UPDATE else None
    return entry is not None and entry.proxy_care_of_address == mag
