"""Registering all nodes of an LMA anew that restarted without its sessions (RFC 5847 §3).

The entries that wait for their turn are the ones that the RFC calls invalid. They are served on:
an LMA that knows its prefixes again takes the nodes up where they were.
"""

from __future__ import annotations

from collections import deque
from ipaddress import IPv6Address
from typing import Final

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect, StartTimer, StopTimer
from nf.engine.mag import refresh
from nf.engine.mag.gateway import Gateway
from nf.engine.values import Instant, Timer, TimerKind

#: Nodes that are registered in one go: an LMA that has just restarted is not to be flooded.
BATCH: Final = 20
#: How long the next go waits; with BATCH this makes 200 requests a second.
PAUSE_MS: Final = 100


def begin(gateway: Gateway, lma: IPv6Address, now: Instant) -> list[Effect]:
    """Mark all bindings at an LMA as invalid, and renew the first of them."""
    marked: deque[MobileNodeIdentifier] = deque()
    for tunnel, users in gateway.tunnel_users.items():
        marked.extend(sorted(users) if tunnel.remote == lma else ())
    was_marked = gateway.invalid_bindings.pop(lma, None) is not None
    if not marked:
        return [StopTimer(timer=_timer(lma))] if was_marked else []
    gateway.invalid_bindings[lma] = marked
    return on_due(gateway, lma, now)


def on_due(gateway: Gateway, lma: IPv6Address, now: Instant) -> list[Effect]:
    """Renew some of the bindings that are marked, each for a node that is present."""
    marked = gateway.invalid_bindings.get(lma)
    if marked is None:
        return []
    effects: list[Effect] = []
    for _ in range(min(BATCH, len(marked))):
        identifier = marked.popleft()
        entry = gateway.binding_update_list.get(identifier)
        if entry is not None and entry.tunnel.remote == lma:
            effects += refresh.on_due(gateway, identifier, now)
    if marked:
        return [*effects, StartTimer(timer=_timer(lma), after_ms=PAUSE_MS)]
    del gateway.invalid_bindings[lma]
    return effects


def _timer(lma: IPv6Address) -> Timer:
    return Timer(kind=TimerKind.REREGISTRATION_PACE, key=str(lma))
