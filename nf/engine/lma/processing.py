"""What becomes of a proxy binding update, from its arrival to its answer (RFC 5213 §5.3.1)."""

from __future__ import annotations

from nf.codec.messages import (
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    SequenceNumber,
)
from nf.codec.registry import Status
from nf.engine.effects import Effect, Notify, SendMessage
from nf.engine.lma import acknowledgement, deregistration, extension, registration, waiting
from nf.engine.lma.acceptance import check, check_policy, drop_reason, last_sequence_number_of
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.drops import DropReason
from nf.engine.lma.lookup import Finding, Verdict, find_session
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.lma.request import Request
from nf.engine.notifications import RegistrationRefused
from nf.engine.values import Instant


def on_request(anchor: Anchor, request: Request, now: Instant) -> list[Effect]:
    """Judge a request, act on it and answer it."""
    if _is_dropped(anchor, request):
        return []
    anchor.statistics.pbu_received += 1
    peer = anchor.peer(request.source)
    if peer is not None:
        peer.pbu_received += 1
    status = check(anchor, request, now)
    if status is not Status.BINDING_UPDATE_ACCEPTED:
        return _refuse(anchor, request, status, now)
    return _count_answers(anchor, _serve(anchor, request, now, may_wait=True))


def on_wait_over(anchor: Anchor, node: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Serve a request that waited in vain: it is one for a new session."""
    request = anchor.waiting.pop(node, None)
    if request is None:
        return []
    return _count_answers(anchor, _serve_late(anchor, request, now))


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
    node = MobileNodeIdentifier(request.update.mobile_node_identifier or "")
    finding = find_session(anchor.cache, node, request)
    if finding.verdict is Verdict.REFUSE:
        return _refusal(request, finding.status, now, None)
    if request.update.lifetime_s == 0:
        return _end(anchor, finding, request, now)
    if finding.verdict is Verdict.WAIT and may_wait and waiting.is_wanted(anchor):
        return waiting.wait(anchor, node, request)
    entry = finding.entry if finding.verdict is Verdict.UPDATE else None
    return _register(anchor, node, entry, request, now)


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
        return []
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
    refused = RegistrationRefused(
        mobile_node_identifier=request.update.mobile_node_identifier,
        peer=request.source,
        status=status,
    )
    answer = acknowledgement.refusal(request, status, now, last_sequence_number)
    return [Notify(notification=refused), answer]


def _count_answers(anchor: Anchor, effects: list[Effect]) -> list[Effect]:
    """Count acknowledgements by their status, at the LMA and for the MAG that gets them."""
    for effect in effects:
        match effect:
            case SendMessage(message=ProxyBindingAcknowledgement(status=status)):
                anchor.statistics.pba_by_status[status] += 1
                peer = anchor.peer(effect.destination)
                if peer is not None:
                    peer.pba_by_status[status] += 1
    return effects
