"""What becomes of the LMA's revocations: answered, refused or not (RFC 5846 §6.2.2, §8.1)."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from nf.codec.messages import (
    BindingError,
    BindingRevocationAcknowledgement,
    MobileNodeIdentifier,
    SequenceNumber,
)
from nf.codec.registry import RevocationStatus
from nf.engine.effects import Effect, Notify
from nf.engine.events import MessageReceived
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.drops import DropReason
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.sessions import remove
from nf.engine.notifications import RemovalReason, RevocationRefused, RevocationUnanswered
from nf.engine.rejection import UNRECOGNISED_TYPE
from nf.engine.revocation.initiator import SentRevocation
from nf.engine.revocation.responder import FIRST_REFUSAL, HANDOVER_TRIGGERS
from nf.engine.values import Instant

_STATUS = RevocationStatus


class Whereabouts(Enum):
    """What is known of a node that may have left its MAG (RFC 5846 §8.1)."""

    #: The MAG has no binding of it any more.
    GONE = auto()
    #: It is attached there, or nobody answers.
    STAYS = auto()
    #: The MAG answers no such questions.
    UNTOLD = auto()


class Departure(NamedTuple):
    """What came of a question about a node while a registration waits for the answer."""

    node: MobileNodeIdentifier
    whereabouts: Whereabouts
    #: The session that is to be taken for de-registered; None where there is none such.
    entry: BindingCacheEntry | None = None


class Outcome(NamedTuple):
    """What an answer, or its absence, comes to."""

    effects: list[Effect]
    departure: Departure | None = None


def on_acknowledgement(
    anchor: Anchor, event: MessageReceived, message: BindingRevocationAcknowledgement, now: Instant
) -> Outcome:
    """Take the answer to an indication (RFC 5846 §6.2.2)."""
    revocation = anchor.initiator.match(event, message)
    if revocation is None:
        anchor.drop(DropReason.UNMATCHED_REVOCATION)
        return Outcome([])
    anchor.statistics.revocation_acknowledgements[message.status] += 1
    return _settle(anchor, revocation, message.status, now)


def on_due(anchor: Anchor, number: SequenceNumber, now: Instant) -> Outcome:
    """Send an indication again, or do without an answer after BRIMaxRetriesNumber (§6.3)."""
    revocation = anchor.initiator.sent.get(number)
    if revocation is None:
        return Outcome([])
    if _is_superseded(anchor, revocation):
        return Outcome(_end(anchor, revocation, now))
    repeated = anchor.initiator.repeat(revocation, anchor.active_role.revocation)
    return Outcome(repeated) if repeated else _settle(anchor, revocation, None, now)


def refuses(anchor: Anchor, event: MessageReceived, error: BindingError) -> bool:
    """Tell whether a Binding Error says that a MAG knows no revocations (RFC 5846 §6.2)."""
    is_ours = error.status == UNRECOGNISED_TYPE and anchor.initiator.awaits(event.source)
    return is_ours and not anchor.watch.may_be_refused(event.source)


def on_unsupported(anchor: Anchor, event: MessageReceived, now: Instant) -> list[Outcome]:
    """Take all that a MAG has to answer for refused: it does not know the message."""
    status = _STATUS.REVOCATION_FUNCTION_NOT_SUPPORTED
    sent = anchor.initiator.sent_to(event.source)
    return [_settle(anchor, revocation, status, now) for revocation in sent]


def _end(anchor: Anchor, revocation: SentRevocation, now: Instant) -> list[Effect]:
    """Wait for no answer any more; of those that waited, the next goes out that has an object."""
    return anchor.initiator.end(
        revocation,
        anchor.active_role.revocation,
        now,
        is_void=lambda following: _is_superseded(anchor, following),
    )


def _is_superseded(anchor: Anchor, revocation: SentRevocation) -> bool:
    """Tell whether a MAG has registered anew what it is told is revoked.

    It has let go of the old session by itself, and the indication would end the new one,
    of which we should not hear. A question about a session that stands is no such indication; one
    that is about many is superseded when all of them have ended otherwise.
    """
    prefixes = revocation.message.home_network_prefixes
    if revocation.asked_about is not None:
        return False
    if not prefixes:
        return bool(revocation.bindings) and not _revoking(anchor, revocation)
    entry = anchor.cache.by_home_network_prefix(prefixes[0])
    if entry is None or entry.state is not BindingState.ACTIVE:
        return False
    return entry.proxy_care_of_address == revocation.peer


def _settle(
    anchor: Anchor, revocation: SentRevocation, status: int | None, now: Instant
) -> Outcome:
    """End a revocation by its answer, or without one.

    RFC 5846 §6.2.2: after a success the bindings are deleted with all that belongs to them, §6.3:
    without an answer too. After a refusal it is local policy, and ours is that whoever wanted a
    session revoked still wants it: it is deleted here, and operators are told.
    """
    effects: list[Effect] = [] if status is None else [anchor.initiator.stop_timer(revocation)]
    for entry in _revoking(anchor, revocation):
        effects += remove(anchor, entry, RemovalReason.REVOKED, now)
    effects += _news_of(revocation, status)
    effects += _end(anchor, revocation, now)
    return Outcome(effects, _departure(anchor, revocation, status))


def _revoking(anchor: Anchor, revocation: SentRevocation) -> list[BindingCacheEntry]:
    """Return those of the sessions that are to end with a revocation which have not ended yet."""
    entries = (anchor.cache.entries.get(each) for each in revocation.bindings)
    return [each for each in entries if each and each.state is BindingState.REVOKING]


def _news_of(revocation: SentRevocation, status: int | None) -> list[Effect]:
    peer, node = revocation.peer, revocation.message.mobile_node_identifier
    if status is None:
        unanswered = RevocationUnanswered(peer=peer, mobile_node_identifier=node)
        return [Notify(notification=unanswered)]
    if not _is_of_interest(revocation, status):
        return []
    refused = RevocationRefused(peer=peer, mobile_node_identifier=node, status=status)
    return [Notify(notification=refused)]


def _is_of_interest(revocation: SentRevocation, status: int) -> bool:
    """Tell whether operators are told of an answer: what they wanted has not come about.

    Where there is no such binding, it has; of a realm, RFC 5846 §9.1 has that said by 131, and so
    to a copy. That a node is attached is what a MAG may say to news of a handover (§9.1).
    """
    if status == _STATUS.REVOCATION_FAILED_MN_IS_ATTACHED:
        return revocation.message.trigger not in HANDOVER_TRIGGERS
    if status == _STATUS.REVOKED_MOBILE_NODES_IDENTITY_REQUIRED:
        return not revocation.message.is_global
    return status >= FIRST_REFUSAL and status != _STATUS.BINDING_DOES_NOT_EXIST


def _departure(anchor: Anchor, revocation: SentRevocation, status: int | None) -> Departure | None:
    """Return what the node that was asked about has done (RFC 5846 §8.1)."""
    node = revocation.asked_about
    if node is None:
        return None
    if status is None or status == _STATUS.REVOCATION_FAILED_MN_IS_ATTACHED:
        return Departure(node, Whereabouts.STAYS)
    if status >= FIRST_REFUSAL and status != _STATUS.BINDING_DOES_NOT_EXIST:
        return Departure(node, Whereabouts.UNTOLD)
    return Departure(node, Whereabouts.GONE, _left_behind(anchor, revocation))


def _left_behind(anchor: Anchor, revocation: SentRevocation) -> BindingCacheEntry | None:
    """Return the session that was asked about, if it has not been registered since."""
    prefix = revocation.message.home_network_prefixes[0]
    entry = anchor.cache.by_home_network_prefix(prefix)
    if entry is None or entry.state is not BindingState.ACTIVE:
        return None
    is_there = entry.proxy_care_of_address == revocation.peer
    return entry if is_there and entry.registered_ms <= revocation.begun_ms else None
