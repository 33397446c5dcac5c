"""Sessions of MAGs that failed, or restarted without them (RFC 5847 §3).

The RFC leaves open what becomes of them. Here they go, if the configuration says so, when the MAG
has had some time to come back or to register them anew; a few at a time, since they may be many.
"""

from __future__ import annotations

from collections import deque
from ipaddress import IPv6Address
from typing import Final

from nf.engine.effects import Effect, StartTimer, StopTimer
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.records import BindingCacheEntry, BindingState, FailedMag
from nf.engine.lma.sessions import remove
from nf.engine.notifications import RemovalReason
from nf.engine.values import BindingId, Instant, Timer, TimerKind, Tunnel

#: Sessions that are looked at in one go.
BATCH: Final = 100
#: How long the next go waits, so that others are served in between.
PAUSE_MS: Final = 50


def sessions_of(anchor: Anchor, mag: IPv6Address) -> dict[BindingId, None]:
    """Return the sessions that a MAG has here, active or not."""
    tunnel = Tunnel(local=anchor.active_role.address, remote=mag)
    return anchor.routes.tunnel_users.get(tunnel, {})


def on_down(anchor: Anchor, mag: IPv6Address, now: Instant) -> list[Effect]:
    """Give a MAG that no longer answers some time to come back."""
    return _wait(anchor, mag, down_ms=now.at_ms)


def on_restarted(anchor: Anchor, mag: IPv6Address) -> list[Effect]:
    """Give a MAG that lost its sessions some time to register them anew.

    It may have begun before we noticed: what it may have registered since is not taken from it.
    """
    return _wait(anchor, mag, lost_ms=anchor.watch.paths[mag].restarted_after_ms)


def on_up(anchor: Anchor, mag: IPv6Address) -> list[Effect]:
    """Let a MAG that answers again keep its sessions, unless it restarted meanwhile."""
    failed = anchor.failed_mags.get(mag)
    if failed is None:
        return []
    failed.down_ms = None
    return forget(anchor, mag) if failed.lost_ms is None else []


def forget(anchor: Anchor, mag: IPv6Address) -> list[Effect]:
    """Remove no sessions of a MAG for having failed."""
    failed = anchor.failed_mags.pop(mag, None)
    return [StopTimer(timer=_timer(mag))] if failed is not None else []


def align(anchor: Anchor) -> list[Effect]:
    """Remove no sessions if that is no longer wanted; a changed delay is for later failures."""
    if anchor.role is not None and anchor.role.failed_mag_delay_s is not None:
        return []
    return [effect for mag in tuple(anchor.failed_mags) for effect in forget(anchor, mag)]


def on_due(anchor: Anchor, mag: IPv6Address, now: Instant) -> list[Effect]:
    """Remove some of the sessions that a MAG has not registered since it failed."""
    failed = anchor.failed_mags.get(mag)
    if failed is None:
        return []
    if failed.suspects is None:
        failed.suspects = deque(sessions_of(anchor, mag))
    effects: list[Effect] = []
    for _ in range(min(BATCH, len(failed.suspects))):
        entry = anchor.cache.entries.get(failed.suspects.popleft())
        if entry is not None and _is_lost(failed, entry, mag):
            effects += remove(anchor, entry, RemovalReason.PEER_FAILED, now)
    if failed.suspects:
        return [*effects, StartTimer(timer=_timer(mag), after_ms=PAUSE_MS)]
    del anchor.failed_mags[mag]
    return effects


def _wait(
    anchor: Anchor,
    mag: IPv6Address,
    *,
    down_ms: int | None = None,
    lost_ms: int | None = None,
) -> list[Effect]:
    delay_s = anchor.active_role.failed_mag_delay_s
    if delay_s is None:
        return []
    failed = anchor.failed_mags.setdefault(mag, FailedMag())
    failed.down_ms = failed.down_ms if down_ms is None else down_ms
    failed.lost_ms = failed.lost_ms if lost_ms is None else lost_ms
    failed.suspects = None
    return [StartTimer(timer=_timer(mag), after_ms=delay_s * 1000)]


def _is_lost(failed: FailedMag, entry: BindingCacheEntry, mag: IPv6Address) -> bool:
    """Tell whether a session is still the MAG's and was last registered before the failure.

    One that is about to be deleted anyway is left to its own timer.
    """
    failures = [each for each in (failed.down_ms, failed.lost_ms) if each is not None]
    is_active = entry.state is BindingState.ACTIVE
    is_still_here = is_active and entry.proxy_care_of_address == mag
    return is_still_here and entry.registered_ms <= max(failures)


def _timer(mag: IPv6Address) -> Timer:
    return Timer(kind=TimerKind.MAG_FAILED, key=str(mag))
