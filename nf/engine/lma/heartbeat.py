"""Watching the MAGs that have sessions here, and answering those who watch us (RFC 5847)."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.codec.messages import BindingError, Heartbeat
from nf.engine.effects import Effect, Notify
from nf.engine.events import MessageReceived
from nf.engine.heartbeat import restart_counter, rhythm
from nf.engine.heartbeat.rhythm import Rhythm
from nf.engine.heartbeat.watch import News
from nf.engine.lma import failed_mags, limits, multihoming
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.drops import DropReason
from nf.engine.lma.records import BindingState
from nf.engine.notifications import PeerDown, PeerUp
from nf.engine.rejection import UNRECOGNISED_TYPE
from nf.engine.store_effects import PersistRestartCounter
from nf.engine.values import Instant, Role


def align(anchor: Anchor, now: Instant) -> list[Effect]:
    """Bring counter, paths and requests into line with the role, which may be another now.

    RFC 5847 §3: who was found to know no heartbeats gets another chance by a commit.
    """
    effects = _take_up_counter(anchor, now)
    is_watching = _rhythm(anchor) is not None
    for mag in tuple(anchor.watch.paths):
        if mag not in anchor.mags:
            effects += anchor.watch.forget(mag) + failed_mags.forget(anchor, mag)
        elif not is_watching:
            effects += anchor.watch.stop(mag) + failed_mags.on_up(anchor, mag)
            anchor.watch.reopen(mag)
        elif mag not in anchor.watch.rhythms:
            anchor.watch.reopen(mag)
    effects += failed_mags.align(anchor)
    for tunnel in anchor.routes.tunnel_users:
        effects += _align_mag(anchor, tunnel.remote, now)
    return effects + multihoming.align_all(anchor)


def follow(anchor: Anchor, now: Instant) -> list[Effect]:
    """Begin with the first session of a MAG and end with the last one (RFC 5847 §3)."""
    changed, anchor.routes.changed_peers = anchor.routes.changed_peers, {}
    effects: list[Effect] = []
    for mag in changed:
        effects += _align_mag(anchor, mag, now)
    return effects


def on_due(anchor: Anchor, mag: IPv6Address, now: Instant) -> list[Effect]:
    """Ask a MAG, unless all of its sessions are about to be deleted (RFC 5847 §3)."""
    if mag not in anchor.watch.rhythms:
        return []
    if not _has_active_session(anchor, mag):
        return anchor.watch.pause(mag)
    effects, news = anchor.watch.ask(mag, anchor.active_role.address, now)
    return effects + _act_on(anchor, news, now)


def on_heartbeat(
    anchor: Anchor, event: MessageReceived, heartbeat: Heartbeat, now: Instant
) -> list[Effect]:
    """Answer a request, or take a response.

    Who is no authorised MAG is answered as well (RFC 5847 §3), but not without a limit, and leaves
    nothing behind.
    """
    mag, watch = event.source, anchor.watch
    if anchor.role is None or event.destination != anchor.role.address:
        anchor.drop(DropReason.NOT_OUR_ADDRESS)
        return []
    if not heartbeat.is_response and not limits.may_be_answered(anchor, mag, now):
        anchor.drop(DropReason.RATE_LIMITED)
        return []
    if not heartbeat.is_response:
        watch.on_request(mag, now)
        return _align_mag(anchor, mag, now) + watch.answer(event, heartbeat)
    taken = watch.on_answer(mag, heartbeat, now, is_known=mag in anchor.mags)
    if taken is None:
        anchor.drop(DropReason.UNMATCHED_HEARTBEAT)
        return []
    effects, news = taken
    return effects + _act_on(anchor, news, now)


def on_binding_error(anchor: Anchor, event: MessageReceived, error: BindingError) -> list[Effect]:
    """Ask a MAG no more that knows no heartbeats (RFC 5847 §3); drop any other error."""
    if error.status == UNRECOGNISED_TYPE and anchor.watch.awaits(event.source):
        stopped = anchor.watch.on_refused(event.source)
        return stopped + multihoming.on_path_changed(anchor, event.source)
    anchor.drop(DropReason.BINDING_ERROR)
    return []


def concerns(anchor: Anchor, event: MessageReceived) -> bool:
    """Tell whether a heartbeat or error is the LMA's, where a MAG shares our address.

    An answer belongs to who asked; anything else comes from a MAG, or from an LMA of the MAG's.
    """
    message = event.message
    if isinstance(message, Heartbeat) and message.is_response and not message.is_unsolicited:
        return anchor.watch.awaits(event.source, message.sequence_number)
    if isinstance(message, BindingError):
        return anchor.watch.awaits(event.source)
    return event.source in anchor.mags


def _take_up_counter(anchor: Anchor, now: Instant) -> list[Effect]:
    """Begin to count where nothing is stored: then the sessions are lost too, and MAGs are told.

    RFC 5847 §3.2: a counter that was stored stands, since the sessions are stored along with it.
    """
    if anchor.role is None or anchor.watch.restart_counter is not None:
        return []
    counter = anchor.watch.restart_counter = restart_counter.first(now)
    return [
        PersistRestartCounter(role=Role.LMA, counter=counter),
        *restart_counter.announce(counter, anchor.role.address, anchor.mags),
    ]


def _rhythm(anchor: Anchor) -> Rhythm | None:
    if anchor.role is None or anchor.role.heartbeat is None:
        return None
    return rhythm.configured(anchor.role.heartbeat)


def _align_mag(anchor: Anchor, mag: IPv6Address, now: Instant) -> list[Effect]:
    wanted = _rhythm(anchor)
    if anchor.role is None or wanted is None or not failed_mags.sessions_of(anchor, mag):
        return anchor.watch.stop(mag)
    return anchor.watch.start(mag, wanted, anchor.role.address, now)


def _has_active_session(anchor: Anchor, mag: IPv6Address) -> bool:
    entries = (anchor.cache.entries[each] for each in failed_mags.sessions_of(anchor, mag))
    return any(entry.state is BindingState.ACTIVE for entry in entries)


def _act_on(anchor: Anchor, news: list[News], now: Instant) -> list[Effect]:
    effects: list[Effect] = []
    for each in news:
        effects.append(Notify(notification=each))
        effects += multihoming.on_path_changed(anchor, each.peer)
        if isinstance(each, PeerUp):
            effects += failed_mags.on_up(anchor, each.peer)
        elif isinstance(each, PeerDown):
            effects += failed_mags.on_down(anchor, each.peer, now)
        else:
            effects += failed_mags.on_restarted(anchor, each.peer)
    return effects
