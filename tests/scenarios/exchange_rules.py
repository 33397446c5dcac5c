"""What must hold of the other exchanges between peers after every step."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Final

from nf.engine.lma.anchor import Anchor
from nf.engine.lma.records import BindingState
from nf.engine.values import Timer, TimerKind
from tests.scenarios.faults import require, require_same
from tests.scenarios.host import Host

_KIND = TimerKind
ANCHOR_KINDS: Final = frozenset(
    {
        _KIND.MAG_HEARTBEAT,
        _KIND.UPDATE_NOTIFICATION_RETRANSMIT,
        _KIND.REDIRECT_RETRANSMIT,
        _KIND.REVOCATION_RETRANSMIT,
    }
)
GATEWAY_KINDS: Final = frozenset(
    {_KIND.LMA_HEARTBEAT, _KIND.REREGISTRATION_PACE, _KIND.GATEWAY_REVOCATION_RETRANSMIT}
)


def check_anchor_exchanges(host: Host) -> None:
    """Check that an LMA waits for the answers that it is owed, and for no other."""
    anchor = host.engine.lma.anchor
    wanted = {
        *_timers(_KIND.MAG_HEARTBEAT, anchor.watch.rhythms),
        *_timers(_KIND.UPDATE_NOTIFICATION_RETRANSMIT, anchor.notifications.sent),
        *_timers(_KIND.REDIRECT_RETRANSMIT, anchor.redirections),
        *_timers(_KIND.REVOCATION_RETRANSMIT, anchor.initiator.sent),
    }
    require_same("timers", {each for each in host.timers if each.kind in ANCHOR_KINDS}, wanted)
    failing = {each for each in host.timers if each.kind is _KIND.MAG_FAILED}
    known = set(_timers(_KIND.MAG_FAILED, anchor.mags))
    require_same("timers of failed MAGs", failing & known, failing)
    _check_revocations(anchor)


def check_gateway_exchanges(host: Host) -> None:
    """Check that a MAG waits for the answers that it is owed, and for no other."""
    gateway = host.engine.mag.gateway
    wanted = {
        *_timers(_KIND.LMA_HEARTBEAT, gateway.watch.rhythms),
        *_timers(_KIND.REREGISTRATION_PACE, gateway.invalid_bindings),
        *_timers(_KIND.GATEWAY_REVOCATION_RETRANSMIT, gateway.initiator.sent),
    }
    require_same("timers", {each for each in host.timers if each.kind in GATEWAY_KINDS}, wanted)


def _check_revocations(anchor: Anchor) -> None:
    """Check that whoever has a session that is being revoked is being told of it."""
    initiator = anchor.initiator
    told = [
        *initiator.sent.values(),
        *(each for queue in initiator.waiting.values() for each in queue),
    ]
    meant = {(binding, each.peer) for each in told for binding in each.bindings}
    for entry in anchor.cache.entries.values():
        if entry.state is BindingState.REVOKING:
            key = (entry.binding_id, entry.proxy_care_of_address)
            require(key in meant, "being revoked, and nobody is told:", entry)


def _timers(kind: TimerKind, keys: Iterable[Hashable]) -> list[Timer]:
    return [_timer(kind, key) for key in keys]


@lru_cache(maxsize=1024)
def _timer(kind: TimerKind, key: Hashable) -> Timer:
    return Timer(kind=kind, key=str(key))
