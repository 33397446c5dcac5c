"""PBUs of which it is not known yet whether they move a session (RFC 5213 §5.4.1.2, §5.4.1.3).

A MAG that does not know of a handoff says so. If its node has one session, that one's MAG is
given MaxDelayBeforeNewBCEAssign to de-register it, or is asked by a revocation whether the node
has left (RFC 5846 §8.1); then the session moves. Otherwise there will be a second session.
"""

from __future__ import annotations

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect, StartTimer, StopTimer
from nf.engine.lma import revocation_sent
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.lma.request import Request
from nf.engine.values import Instant, Timer, TimerKind


def is_wanted(anchor: Anchor) -> bool:
    """Tell whether requests wait at all: RFC 5213 lets it be configured."""
    role = anchor.active_role
    return role.max_delay_before_new_bce_assign_ms > 0 or role.revoke_on_handover


def wait(anchor: Anchor, entry: BindingCacheEntry, request: Request, now: Instant) -> list[Effect]:
    """Keep a request for later; one that was sent again replaces the first, and waits no longer.

    ``entry``: the session that it may be about to move.
    """
    node = entry.mobile_node_identifier
    is_first = node not in anchor.waiting
    anchor.waiting[node] = request
    if not is_first:
        return []
    return revocation_sent.ask(anchor, entry, now) or wait_for_deregistration(anchor, node)


def wait_for_deregistration(anchor: Anchor, node: MobileNodeIdentifier) -> list[Effect]:
    """Let a node's request, if there is one, wait for as long as RFC 5213 says."""
    if node not in anchor.waiting:
        return []
    delay_ms = anchor.active_role.max_delay_before_new_bce_assign_ms
    return [StartTimer(timer=_timer(node), after_ms=delay_ms)]


def forget(anchor: Anchor, node: MobileNodeIdentifier) -> list[Effect]:
    """Let a node's request wait no longer."""
    if anchor.waiting.pop(node, None) is None:
        return []
    return [StopTimer(timer=_timer(node))]


def forget_superseded(anchor: Anchor, node: MobileNodeIdentifier, later: Request) -> list[Effect]:
    """Let a node's request wait no longer if the same interface at the same MAG is heard again."""
    waiting = anchor.waiting.get(node)
    if waiting is None or waiting.attachment != later.attachment:
        return []
    return forget(anchor, node)


def _timer(node: MobileNodeIdentifier) -> Timer:
    return Timer(kind=TimerKind.BCE_ASSIGN, key=node)
