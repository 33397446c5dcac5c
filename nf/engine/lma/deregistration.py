"""Sessions that end: by de-registration, by time, by an operator (RFC 5213 §5.3.5)."""

from __future__ import annotations

from nf.engine.effects import Effect, StartTimer, StopTimer
from nf.engine.lma.acknowledgement import acceptance
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.binding_cache import Cause, move
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.request import Request
from nf.engine.lma.sessions import (
    accept_order,
    binding_timer,
    prefixes_of,
    remove,
    stop_forwarding,
)
from nf.engine.notifications import RemovalReason
from nf.engine.store_effects import ForgetBinding
from nf.engine.values import BindingId, Instant, Timer, TimerKind


def deregister(
    anchor: Anchor, entry: BindingCacheEntry, request: Request, now: Instant
) -> list[Effect]:
    """Stop forwarding and answer; the entry stays for MinDelayBeforeBCEDelete.

    RFC 5213 §5.3.5; what the request says of mobile networks is ignored (RFC 3963 §6.7). The
    store forgets the session at once, so that no restart brings it back to life. A
    de-registration that is sent again is answered again, and the wait goes on.
    """
    accept_order(anchor, entry, request, now)
    effects = let_go(anchor, entry, now)
    return [*effects, acceptance(anchor, request, entry, lifetime_s=0)]


def let_go(anchor: Anchor, entry: BindingCacheEntry, now: Instant) -> list[Effect]:
    """Take a session for de-registered, whoever said so; it is kept for a while (§5.3.5)."""
    was_active = entry.state is BindingState.ACTIVE
    move(entry, Cause.DEREGISTERED)
    if not was_active:
        return []
    anchor.statistics.deregistrations += 1
    stopped = stop_forwarding(anchor, entry, prefixes_of(entry))
    return stopped + _start_wait(anchor, entry, now)


def end_revoked(
    anchor: Anchor, entry: BindingCacheEntry, request: Request, now: Instant
) -> list[Effect]:
    """Answer the de-registration of a session that is being revoked: that ends it too.

    RFC 5846 §8.1 leaves it to the reason of the revocation; nothing is kept of what an operator
    wanted gone.
    """
    accept_order(anchor, entry, request, now)
    answer = acceptance(anchor, request, entry, lifetime_s=0)
    return [*remove(anchor, entry, RemovalReason.REVOKED, now), answer]


def on_expired(anchor: Anchor, timer: Timer, now: Instant) -> list[Effect]:
    """End the session whose timer ran out."""
    entry = anchor.cache.entries.get(BindingId(int(timer.key)))
    is_lifetime = timer.kind is TimerKind.BINDING_LIFETIME
    awaited = BindingState.ACTIVE if is_lifetime else BindingState.DEREGISTERING
    if entry is None or entry.state is not awaited:
        return []
    anchor.statistics.expirations += is_lifetime
    reason = RemovalReason.EXPIRED if is_lifetime else RemovalReason.DEREGISTERED
    return remove(anchor, entry, reason, now)


def clear(anchor: Anchor, binding_id: BindingId, now: Instant) -> list[Effect]:
    """End a session because an operator wants it; its MAG is not told."""
    entry = anchor.cache.entries.get(binding_id)
    return [] if entry is None else remove(anchor, entry, RemovalReason.CLEARED, now)


def _start_wait(anchor: Anchor, entry: BindingCacheEntry, now: Instant) -> list[Effect]:
    delay_ms = anchor.active_role.min_delay_before_bce_delete_ms
    entry.expires_at_ms = now.at_ms + delay_ms
    return [
        StopTimer(timer=binding_timer(TimerKind.BINDING_LIFETIME, entry.binding_id)),
        StartTimer(timer=binding_timer(TimerKind.BCE_DELETE, entry.binding_id), after_ms=delay_ms),
        ForgetBinding(binding_id=entry.binding_id),
    ]
