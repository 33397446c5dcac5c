"""Watching the LMAs that hold bindings of ours, and answering those who watch us (RFC 5847)."""

from __future__ import annotations

from ipaddress import IPv6Address
from itertools import islice
from typing import Final

from nf.codec.messages import BindingError, Heartbeat
from nf.engine.configuration import ConfigurationItem, MagConfiguration, MagRemoved
from nf.engine.effects import Effect, Notify
from nf.engine.events import MessageReceived
from nf.engine.heartbeat import restart_counter, rhythm
from nf.engine.heartbeat.rhythm import Rhythm
from nf.engine.heartbeat.watch import News
from nf.engine.mag import reregistration
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.notifications import PeerRestarted
from nf.engine.rejection import UNRECOGNISED_TYPE
from nf.engine.store_effects import PersistRestartCounter
from nf.engine.token_bucket import ANSWERS_TO_STRANGERS
from nf.engine.values import Instant, Role, Tunnel

#: LMAs that are told of a restart; the others find out by their own heartbeats.
LMAS_TOLD: Final = 256


def on_changed(
    gateway: Gateway, items: tuple[ConfigurationItem, ...], now: Instant
) -> list[Effect]:
    """Put a commit into effect: the role's own part, or that nodes have another LMA now."""
    if any(isinstance(item, MagConfiguration | MagRemoved) for item in items):
        return align(gateway, now)
    effects: list[Effect] = []
    for lma in tuple(gateway.watch.paths):
        if not _is_known(gateway, lma):
            effects += gateway.watch.forget(lma)
    return effects


def align(gateway: Gateway, now: Instant) -> list[Effect]:
    """Bring counter, paths and requests into line with the role, which may be another now.

    RFC 5847 §3: who was found to know no heartbeats gets another chance by a commit.
    """
    effects = _take_up_counter(gateway, now)
    for lma in tuple(gateway.watch.paths):
        if not _is_known(gateway, lma):
            effects += gateway.watch.forget(lma)
        elif _rhythm(gateway, lma) is None:
            effects += gateway.watch.stop(lma)
            gateway.watch.reopen(lma)
        elif lma not in gateway.watch.rhythms:
            gateway.watch.reopen(lma)
    for tunnel in gateway.tunnel_users:
        effects += _align_lma(gateway, tunnel.remote, now)
    return effects


def follow(gateway: Gateway, now: Instant) -> list[Effect]:
    """Begin with the first binding at an LMA and end with the last one (RFC 5847 §3)."""
    changed, gateway.changed_lmas = gateway.changed_lmas, {}
    effects: list[Effect] = []
    for lma in changed:
        effects += _align_lma(gateway, lma, now)
        if not _is_known(gateway, lma):
            effects += gateway.watch.forget(lma)
    return effects


def on_due(gateway: Gateway, lma: IPv6Address, now: Instant) -> list[Effect]:
    """Ask an LMA that is still watched."""
    if gateway.role is None or lma not in gateway.watch.rhythms:
        return []
    source = gateway.role.proxy_care_of_address
    effects, news = gateway.watch.ask(lma, source, now)
    return effects + _act_on(gateway, news, now)


def on_heartbeat(
    gateway: Gateway, event: MessageReceived, heartbeat: Heartbeat, now: Instant
) -> list[Effect]:
    """Answer a request, or take a response.

    Who is no LMA of ours is answered as well (RFC 5847 §3), but not without a limit, and leaves
    nothing behind.
    """
    lma, watch = event.source, gateway.watch
    is_on = gateway.role is not None and watch.restart_counter is not None
    if not is_on or event.destination != _address(gateway):
        gateway.drop(DropReason.NOT_OUR_ADDRESS)
        return []
    if not heartbeat.is_response and not _may_be_answered(gateway, lma, now):
        gateway.drop(DropReason.RATE_LIMITED)
        return []
    if not heartbeat.is_response:
        watch.on_request(lma, now)
        return _align_lma(gateway, lma, now) + watch.answer(event, heartbeat)
    taken = watch.on_answer(lma, heartbeat, now, is_known=_is_known(gateway, lma))
    if taken is None:
        gateway.drop(DropReason.UNMATCHED_HEARTBEAT)
        return []
    effects, news = taken
    return effects + _act_on(gateway, news, now)


def on_binding_error(gateway: Gateway, event: MessageReceived, error: BindingError) -> list[Effect]:
    """Ask an LMA no more that knows no heartbeats (RFC 5847 §3); drop any other error."""
    if error.status == UNRECOGNISED_TYPE and gateway.watch.awaits(event.source):
        return gateway.watch.on_refused(event.source)
    gateway.drop(DropReason.BINDING_ERROR)
    return []


def _take_up_counter(gateway: Gateway, now: Instant) -> list[Effect]:
    """Count this start, and tell the LMAs of it: it is open which stored bindings still count.

    RFC 5847 §3.2: each restart that loses the sessions increments the counter.
    """
    if not gateway.is_started or gateway.role is None or gateway.watch.restart_counter is not None:
        return []
    stored = gateway.stored_restart_counter
    counter = restart_counter.first(now) if stored is None else restart_counter.following(stored)
    gateway.watch.restart_counter = counter
    lmas = islice(gateway.configuration.named_anchors, LMAS_TOLD)
    return [
        PersistRestartCounter(role=Role.MAG, counter=counter),
        *restart_counter.announce(counter, gateway.role.proxy_care_of_address, lmas),
    ]


def _rhythm(gateway: Gateway, lma: IPv6Address) -> Rhythm | None:
    """RFC 8127 §5.2: what the LMA wants overrides what is configured here."""
    if gateway.role is None:
        return None
    path = gateway.watch.paths.get(lma)
    if path is not None and path.control is not None and gateway.role.lma_controlled_parameters:
        return rhythm.controlled(path.control)
    heartbeat = gateway.role.heartbeat
    return rhythm.configured(heartbeat) if heartbeat is not None else None


def _align_lma(gateway: Gateway, lma: IPv6Address, now: Instant) -> list[Effect]:
    wanted = _rhythm(gateway, lma)
    if gateway.role is None or wanted is None or not _has_bindings(gateway, lma):
        return gateway.watch.stop(lma)
    return gateway.watch.start(lma, wanted, gateway.role.proxy_care_of_address, now)


def _has_bindings(gateway: Gateway, lma: IPv6Address) -> bool:
    address = _address(gateway)
    return address is not None and Tunnel(local=address, remote=lma) in gateway.tunnel_users


def _is_known(gateway: Gateway, lma: IPv6Address) -> bool:
    return lma in gateway.configuration.named_anchors or _has_bindings(gateway, lma)


def _may_be_answered(gateway: Gateway, source: IPv6Address, now: Instant) -> bool:
    """Tell whether a peer gets an answer: an LMA always, strangers only so many a second."""
    return _is_known(gateway, source) or gateway.strangers.take(ANSWERS_TO_STRANGERS, now)


def _address(gateway: Gateway) -> IPv6Address | None:
    return gateway.role.proxy_care_of_address if gateway.role is not None else None


def _act_on(gateway: Gateway, news: list[News], now: Instant) -> list[Effect]:
    """Tell operators; that an LMA is down says nothing yet of the bindings at it."""
    effects: list[Effect] = []
    for each in news:
        effects.append(Notify(notification=each))
        if isinstance(each, PeerRestarted):
            effects += reregistration.begin(gateway, each.peer, now)
    return effects
