"""Sending new sessions to other anchors, by registering them there (RFC 6463 §5.3.2).

To the anchor that is asked we are a MAG, to the MAG an LMA whose answer names another one. No
session is created here; what is remembered of a node ends with the answer to its MAG.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from nf.codec.messages import (
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.effects import Effect, SendMessage, StartTimer, StopTimer
from nf.engine.events import MessageReceived
from nf.engine.lma.acknowledgement import forwarded
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.drops import DropReason
from nf.engine.lma.lookup import Finding, Verdict
from nf.engine.lma.pending import Redirection
from nf.engine.lma.ranking import ranking
from nf.engine.lma.request import Request
from nf.engine.lma.sessions import note_timestamp
from nf.engine.values import Instant, Timer, TimerKind

#: How long an answer is waited for; doubled with each copy, as a MAG does (RFC 5213 §6.9.4).
FIRST_DELAY_MS: Final = 1_000
#: Copies that an anchor gets before the next one is asked: the MAG waits meanwhile.
COPIES: Final = 2
#: Values from here on refuse (RFC 6275 §6.1.8).
FIRST_REFUSAL: Final = 128
SEQUENCE_NUMBERS: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """A request that no other anchor took; ``refusal`` is the last answer, if there was one."""

    request: Request
    #: Whether it is our turn to serve it.
    is_ours: bool
    refusal: ProxyBindingAcknowledgement | None = None


#: What is wanted now, and the request if it is not with another anchor any more.
Turn: TypeAlias = tuple[list[Effect], Unplaced | None]


def is_wanted(
    anchor: Anchor, node: MobileNodeIdentifier, finding: Finding, request: Request
) -> bool:
    """Tell whether a request may be sent elsewhere.

    RFC 6463 §5.2, §5.3: only what establishes a session, and only if the MAG can be redirected.
    §6: all sessions of a node have one anchor, so a node that has one here stays here.
    """
    is_on = anchor.active_role.redirect is not None and request.update.redirect_capability
    return is_on and finding.verdict is Verdict.NEW and not anchor.cache.of_node(node)


def begin(anchor: Anchor, node: MobileNodeIdentifier, request: Request, now: Instant) -> Turn:
    """Ask the anchor that is the node's to take its session, unless that is ourselves.

    A copy of a request that is being seen to only replaces it.
    """
    redirection = anchor.redirections.get(node)
    if redirection is not None and redirection.request.attachment == request.attachment:
        redirection.request = request
        return [], None
    effects = abandon(anchor, node, now)
    role = anchor.active_role
    others = deque(ranking(node, role.redirect, role.address) if role.redirect else ())
    if not others or others[0] == role.address:
        return effects, Unplaced(request=request, is_ours=True)
    redirection = Redirection(request=request, anchor=others.popleft(), others=others)
    anchor.redirections[node] = redirection
    return effects + _send(anchor, node, redirection, now), None


def on_left(
    anchor: Anchor, node: MobileNodeIdentifier, request: Request, now: Instant
) -> list[Effect]:
    """Ask no more for a node whose MAG says that it has left."""
    redirection = anchor.redirections.get(node)
    if redirection is None or redirection.request.attachment != request.attachment:
        return []
    return abandon(anchor, node, now)


def awaits(anchor: Anchor, event: MessageReceived, answer: ProxyBindingAcknowledgement) -> bool:
    """Tell whether an acknowledgement is for us as the MAG that we are to another anchor."""
    return _answered(anchor, event, answer) is not None


def on_answer(
    anchor: Anchor, event: MessageReceived, answer: ProxyBindingAcknowledgement, now: Instant
) -> Turn:
    """Pass an acceptance on to the MAG with the address of its new LMA; after a refusal go on.

    RFC 6463 §5.3.2: a refusal of one anchor leaves the others to be asked.
    """
    redirection = _answered(anchor, event, answer)
    node = answer.mobile_node_identifier
    if redirection is None or node is None:
        anchor.drop(DropReason.UNMATCHED_REDIRECTION)
        return [], None
    effects: list[Effect] = [StopTimer(timer=_timer(node))]
    if answer.status >= FIRST_REFUSAL:
        redirection.refusal = answer
        return _ask_next(anchor, node, redirection, effects, now)
    del anchor.redirections[node]
    anchor.statistics.redirections += 1
    note_timestamp(anchor, node, redirection.request)
    effects.append(forwarded(redirection.request, answer, redirect=redirection.anchor))
    return effects, None


def on_unanswered(anchor: Anchor, node: MobileNodeIdentifier, now: Instant) -> Turn:
    """Ask an anchor once more, or the next one; a commit may have ended it all meanwhile."""
    redirection = anchor.redirections.get(node)
    if redirection is None:
        return [], None
    if anchor.role is None or anchor.role.address != redirection.request.destination:
        del anchor.redirections[node]
        return [], None
    if len(redirection.numbers) < COPIES:
        return _send(anchor, node, redirection, now), None
    withdrawal = _withdrawal(anchor, redirection, now)
    return _ask_next(anchor, node, redirection, [withdrawal], now)


def abandon(anchor: Anchor, node: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Ask no other anchor for a node any more, and undo what one that was asked may have done."""
    redirection = anchor.redirections.pop(node, None)
    if redirection is None:
        return []
    stopped = StopTimer(timer=_timer(node))
    if anchor.role is None or anchor.role.address != redirection.request.destination:
        return [stopped]
    return [stopped, _withdrawal(anchor, redirection, now)]


def _answered(
    anchor: Anchor, event: MessageReceived, answer: ProxyBindingAcknowledgement
) -> Redirection | None:
    """Return what is asked for the node of an answer, if it answers one of our copies."""
    identifier = answer.mobile_node_identifier
    redirection = anchor.redirections.get(identifier) if identifier is not None else None
    if redirection is None or answer.sequence_number not in redirection.numbers:
        return None
    is_way_back = (event.source, event.destination) == (
        redirection.anchor,
        redirection.request.destination,
    )
    return redirection if is_way_back else None


def _ask_next(
    anchor: Anchor,
    node: MobileNodeIdentifier,
    redirection: Redirection,
    effects: list[Effect],
    now: Instant,
) -> Turn:
    """Ask the next anchor, unless there is none or it is ourselves."""
    own_address = redirection.request.destination
    following = redirection.others.popleft() if redirection.others else None
    if following is None or following == own_address:
        del anchor.redirections[node]
        return effects, Unplaced(
            request=redirection.request,
            is_ours=following == own_address,
            refusal=redirection.refusal,
        )
    redirection.anchor, redirection.numbers = following, ()
    return effects + _send(anchor, node, redirection, now), None


def _send(
    anchor: Anchor, node: MobileNodeIdentifier, redirection: Redirection, now: Instant
) -> list[Effect]:
    """Send a copy of the request and wait twice as long as for the one before."""
    delay_ms = FIRST_DELAY_MS << len(redirection.numbers)
    update = _request_of_ours(anchor, redirection, now)
    redirection.numbers = (*redirection.numbers, update.sequence_number)
    return [
        _to_anchor(redirection, update),
        StartTimer(timer=_timer(node), after_ms=delay_ms),
    ]


def _withdrawal(anchor: Anchor, redirection: Redirection, now: Instant) -> SendMessage:
    """Return what ends a session that an anchor may have created without our hearing of it."""
    update = _request_of_ours(anchor, redirection, now)
    return _to_anchor(redirection, replace(update, lifetime_s=0))


def _request_of_ours(anchor: Anchor, redirection: Redirection, now: Instant) -> ProxyBindingUpdate:
    """Return the PBU' of RFC 6463 §5.3.2: the MAG's options, its Proxy-CoA, our own order.

    Without the capability: what we speak with the anchor is RFC 5213 alone, and no two LMAs can
    send a session to and fro.
    """
    update = redirection.request.update
    anchor.sent_number = (anchor.sent_number + 1) % SEQUENCE_NUMBERS
    is_timed = update.timestamp is not None
    return replace(
        update,
        acknowledge=True,
        sequence_number=SequenceNumber(anchor.sent_number),
        timestamp=timestamp_from_utc_us(now.utc_us) if is_timed else None,
        alternate_care_of_address=redirection.request.proxy_care_of_address,
        redirect_capability=False,
    )


def _to_anchor(redirection: Redirection, update: ProxyBindingUpdate) -> SendMessage:
    source = redirection.request.destination
    return SendMessage(source=source, destination=redirection.anchor, message=update)


def _timer(node: MobileNodeIdentifier) -> Timer:
    return Timer(kind=TimerKind.REDIRECT_RETRANSMIT, key=node)
