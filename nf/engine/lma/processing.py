"""What becomes of a proxy binding update, from its arrival to its answer (RFC 5213 §5.3.1)."""

from __future__ import annotations

from nf.codec.messages import (
    BindingRevocationAcknowledgement,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    SequenceNumber,
)
from nf.codec.registry import Status
from nf.engine.effects import Effect, Notify, SendMessage
from nf.engine.events import MessageReceived
from nf.engine.lma import (
    acknowledgement,
    assignment_address,
    deregistration,
    extension,
    limits,
    redirection,
    refresh,
    registration,
    revocation_settled,
    sessions,
    waiting,
)
from nf.engine.lma.acceptance import check, check_policy, drop_reason, last_sequence_number_of
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.drops import DropReason
from nf.engine.lma.lookup import Finding, Verdict, find_session
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.request import Request
from nf.engine.lma.revocation_settled import Outcome, Whereabouts
from nf.engine.notifications import RegistrationRefused, RemovalReason
from nf.engine.values import Instant


def on_request(anchor: Anchor, request: Request, now: Instant) -> list[Effect]:
    """Judge a request, act on it and answer it."""
    role = anchor.role
    if role is not None and role.redirect is not None:
        request = assignment_address.taken_in(role, request)
    if _is_dropped(anchor, request):
        return []
    anchor.statistics.pbu_received += 1
    peer = anchor.peer(request.source)
    if peer is not None:
        peer.pbu_received += 1
    status = check(anchor, request, now)
    if status is not Status.BINDING_UPDATE_ACCEPTED:
        if not limits.may_be_answered(anchor, request.source, now):
            anchor.drop(DropReason.RATE_LIMITED)
            return []
        return _refuse(anchor, request, status, now)
    return _count_answers(anchor, _serve(anchor, request, now, may_wait=True))


def on_wait_over(anchor: Anchor, node: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Serve a request that waited in vain: it is one for a new session."""
    request = anchor.waiting.pop(node, None)
    if request is None:
        return []
    return _count_answers(anchor, _serve_late(anchor, request, now))


def on_redirection_answered(
    anchor: Anchor, event: MessageReceived, answer: ProxyBindingAcknowledgement, now: Instant
) -> list[Effect]:
    """Answer a request with what another anchor says to it (RFC 6463 §5.3.2)."""
    turn = redirection.on_answer(anchor, event, answer, now)
    return _count_answers(anchor, _place(anchor, turn, now))


def on_redirection_unanswered(
    anchor: Anchor, node: MobileNodeIdentifier, now: Instant
) -> list[Effect]:
    """Go on with a request to which an anchor says nothing (RFC 6463 §5.3.2)."""
    return _count_answers(anchor, _place(anchor, redirection.on_unanswered(anchor, node, now), now))


def on_revocation_acknowledged(
    anchor: Anchor, event: MessageReceived, answer: BindingRevocationAcknowledgement, now: Instant
) -> list[Effect]:
    """End what a MAG was told is revoked, or serve the request that waited for its answer."""
    outcome = revocation_settled.on_acknowledgement(anchor, event, answer, now)
    return _follow(anchor, outcome, now)


def on_revocation_due(anchor: Anchor, number: SequenceNumber, now: Instant) -> list[Effect]:
    """Tell a MAG again, or go on without its answer (RFC 5846 §6.3)."""
    return _follow(anchor, revocation_settled.on_due(anchor, number, now), now)


def on_revocation_unsupported(anchor: Anchor, event: MessageReceived, now: Instant) -> list[Effect]:
    """Go on without the answers of a MAG that does not know revocations (RFC 5846 §6.2)."""
    effects: list[Effect] = []
    for outcome in revocation_settled.on_unsupported(anchor, event, now):
        effects += _follow(anchor, outcome, now)
    return effects


def _follow(anchor: Anchor, outcome: Outcome, now: Instant) -> list[Effect]:
    """Serve the request that waited to hear whether its node has left (RFC 5846 §8.1).

    If it has, its session is taken for de-registered, and moves; if not, or if nobody answers, a
    new one is created. A MAG that answers no such questions may still de-register the node.
    """
    effects, departure = outcome
    if departure is None:
        return effects
    if departure.whereabouts is Whereabouts.UNTOLD:
        return effects + waiting.wait_for_deregistration(anchor, departure.node)
    if departure.entry is not None:
        effects += deregistration.let_go(anchor, departure.entry, now)
    return effects + on_wait_over(anchor, departure.node, now)


def _place(anchor: Anchor, turn: redirection.Turn, now: Instant) -> list[Effect]:
    """Serve ourselves what no other anchor took, or refuse it.

    RFC 6463 §5.3.2: with the status of the anchor that answered last, or 130 if none did.
    """
    effects, unplaced = turn
    if unplaced is None:
        return effects
    if unplaced.is_ours:
        return effects + _serve_late(anchor, unplaced.request, now)
    request, refusal = unplaced.request, unplaced.refusal
    if refusal is None:
        return effects + _refusal(request, Status.INSUFFICIENT_RESOURCES, now, None)
    refused = _refused(request, refusal.status)
    return [*effects, refused, acknowledgement.forwarded(request, refusal, redirect=None)]


def _serve_late(anchor: Anchor, request: Request, now: Instant) -> list[Effect]:
    """Serve a request that waited; the configuration may have changed meanwhile."""
    if _is_dropped(anchor, request):
        return []
    status = check_policy(anchor, request)
    if status is not Status.BINDING_UPDATE_ACCEPTED:
        return _refusal(request, status, now, None)
    return _serve(anchor, request, now, may_wait=False)


def _is_dropped(anchor: Anchor, request: Request) -> bool:
    """Count a request that gets no answer, not even a refusal."""
    reason = drop_reason(anchor, request)
    if reason is not None:
        anchor.drop(reason)
    return reason is not None


def _serve(anchor: Anchor, request: Request, now: Instant, *, may_wait: bool) -> list[Effect]:
    """Act on a request that passed the checks (RFC 5213 §5.3.1 item 13)."""
    refreshed = refresh.refreshed_session(anchor, request)
    if refreshed is not None:
        return refresh.extend(anchor, refreshed, request, now)
    node = MobileNodeIdentifier(request.update.mobile_node_identifier or "")
    finding = find_session(anchor.cache, node, request)
    if finding.verdict is Verdict.REFUSE:
        return _refusal(request, finding.status, now, None)
    if finding.entry is not None and finding.entry.state is BindingState.REVOKING:
        return _meet_revocation(anchor, finding.entry, request, now, may_wait=may_wait)
    if request.update.lifetime_s == 0:
        return _end(anchor, finding, request, now)
    if may_wait and limits.is_over_rate(anchor, request, finding, now):
        anchor.drop(DropReason.RATE_LIMITED)
        return []
    if may_wait and redirection.is_wanted(anchor, node, finding, request):
        return _place(anchor, redirection.begin(anchor, node, request, now), now)
    entry = finding.entry if finding.verdict is not Verdict.NEW else None
    if finding.verdict is not Verdict.WAIT or entry is None:
        return _register(anchor, node, entry, request, now)
    if may_wait and waiting.is_wanted(anchor):
        return waiting.wait(anchor, entry, request, now)
    return _register(anchor, node, None, request, now)


def _meet_revocation(
    anchor: Anchor, entry: BindingCacheEntry, request: Request, now: Instant, *, may_wait: bool
) -> list[Effect]:
    """Treat a request for a session that is being revoked by our policy (RFC 5846 §8.1).

    Its MAG is about to hear of it: what it asks meanwhile gets no answer, unless it lets the
    session go. To another MAG the node has come as a new one: the session does not move there.
    """
    is_told = request.proxy_care_of_address == entry.proxy_care_of_address
    if is_told and request.update.lifetime_s == 0:
        return deregistration.end_revoked(anchor, entry, request, now)
    if is_told or request.update.lifetime_s == 0:
        in_progress, not_serving = DropReason.REVOCATION_IN_PROGRESS, DropReason.NOT_THE_SERVING_MAG
        anchor.drop(in_progress if is_told else not_serving)
        return []
    ended = sessions.remove(anchor, entry, RemovalReason.REVOKED, now)
    return ended + _serve(anchor, request, now, may_wait=may_wait)


def _register(
    anchor: Anchor,
    identifier: MobileNodeIdentifier,
    entry: BindingCacheEntry | None,
    request: Request,
    now: Instant,
) -> list[Effect]:
    """Create or update a session, and answer."""
    node, profile = anchor.served(identifier)
    if entry is None:
        outcome = registration.create(anchor, request, node, profile, now)
    else:
        outcome = extension.update(anchor, entry, request, node, profile, now)
    if isinstance(outcome, Status):
        return _refusal(request, outcome, now, None)
    return [*waiting.forget_superseded(anchor, identifier, request), *outcome]


def _end(anchor: Anchor, finding: Finding, request: Request, now: Instant) -> list[Effect]:
    """De-register the session that was found, and move it where a request waits for that."""
    entry = finding.entry
    if finding.verdict is not Verdict.UPDATE or entry is None:
        anchor.drop(DropReason.NO_SESSION)
        node = MobileNodeIdentifier(request.update.mobile_node_identifier or "")
        return redirection.on_left(anchor, node, request, now)
    if request.proxy_care_of_address != entry.proxy_care_of_address:
        anchor.drop(DropReason.NOT_THE_SERVING_MAG)
        return []
    node = entry.mobile_node_identifier
    effects = waiting.forget_superseded(anchor, node, request)
    waiter = anchor.waiting.get(node)
    effects += waiting.forget(anchor, node)
    effects += deregistration.deregister(anchor, entry, request, now)
    return effects if waiter is None else effects + _serve_late(anchor, waiter, now)


def _refuse(anchor: Anchor, request: Request, status: Status, now: Instant) -> list[Effect]:
    last = None
    if status is Status.SEQUENCE_NUMBER_OUT_OF_WINDOW:
        last = last_sequence_number_of(anchor, request)
    return _count_answers(anchor, _refusal(request, status, now, last))


def _refusal(
    request: Request, status: Status, now: Instant, last_sequence_number: SequenceNumber | None
) -> list[Effect]:
    answer = acknowledgement.refusal(request, status, now, last_sequence_number)
    return [_refused(request, status), answer]


def _refused(request: Request, status: int) -> Notify:
    identifier = request.update.mobile_node_identifier
    return Notify(
        notification=RegistrationRefused(
            mobile_node_identifier=identifier, peer=request.source, status=status
        )
    )


def _count_answers(anchor: Anchor, effects: list[Effect]) -> list[Effect]:
    """Count acknowledgements by their status, at the LMA and for the MAG that gets them."""
    for effect in effects:
        if not isinstance(effect, SendMessage):
            continue
        if isinstance(effect.message, ProxyBindingAcknowledgement):
            status = effect.message.status
            anchor.statistics.pba_by_status[status] += 1
            peer = anchor.peer(effect.destination)
            if peer is not None:
                peer.pba_by_status[status] += 1
    return effects
