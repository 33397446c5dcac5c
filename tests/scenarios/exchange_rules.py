"""What must hold of the other exchanges between peers after every step."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Final

from nf.engine.values import Timer, TimerKind
from tests.scenarios.faults import require_same
from tests.scenarios.host import Host

_KIND = TimerKind
ANCHOR_KINDS: Final = frozenset(
    {
        _KIND.MAG_HEARTBEAT,
        _KIND.UPDATE_NOTIFICATION_RETRANSMIT,
        _KIND.REDIRECT_RETRANSMIT,
    }
)
GATEWAY_KINDS: Final = frozenset({_KIND.LMA_HEARTBEAT, _KIND.REREGISTRATION_PACE})


def check_anchor_exchanges(host: Host) -> None:
    """Check that an LMA waits for the answers that it is owed, and for no other."""
    anchor = host.engine.lma.anchor
    wanted = {
        *_timers(_KIND.MAG_HEARTBEAT, anchor.watch.rhythms),
        *_timers(_KIND.UPDATE_NOTIFICATION_RETRANSMIT, anchor.notifications.sent),
        *_timers(_KIND.REDIRECT_RETRANSMIT, anchor.redirections),
    }
    require_same("timers", {each for each in host.timers if each.kind in ANCHOR_KINDS}, wanted)
    failing = {each for each in host.timers if each.kind is _KIND.MAG_FAILED}
    known = set(_timers(_KIND.MAG_FAILED, anchor.mags))
    require_same("timers of failed MAGs", failing & known, failing)


def check_gateway_exchanges(host: Host) -> None:
    """Check that a MAG waits for the answers that it is owed, and for no other."""
    gateway = host.engine.mag.gateway
    wanted = {
        *_timers(_KIND.LMA_HEARTBEAT, gateway.watch.rhythms),
        *_timers(_KIND.REREGISTRATION_PACE, gateway.invalid_bindings),
    }
    require_same("timers", {each for each in host.timers if each.kind in GATEWAY_KINDS}, wanted)


def _timers(kind: TimerKind, keys: Iterable[Hashable]) -> list[Timer]:
    return [_timer(kind, key) for key in keys]


@lru_cache(maxsize=1024)
def _timer(kind: TimerKind, key: Hashable) -> Timer:
    return Timer(kind=kind, key=str(key))
