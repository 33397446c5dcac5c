"""Revoking all bindings with an LMA at once, which a MAG does by an operator's word (§9.2)."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.codec.messages import (
    BindingError,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    MobileNodeIdentifier,
    SequenceNumber,
)
from nf.codec.registry import RevocationStatus, RevocationTrigger
from nf.engine.configuration import MagConfiguration
from nf.engine.effects import Effect, Notify
from nf.engine.events import MessageReceived
from nf.engine.mag import revoked
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.notifications import RevocationRefused, RevocationUnanswered
from nf.engine.rejection import UNRECOGNISED_TYPE
from nf.engine.revocation.initiator import NO_NUMBER, SentRevocation
from nf.engine.revocation.responder import FIRST_REFUSAL
from nf.engine.values import Instant

_STATUS = RevocationStatus


def revoke_all(gateway: Gateway, lma: IPv6Address, now: Instant) -> list[Effect]:
    """Ask an LMA to end all bindings with it; they are served until it answers (RFC 5846 §9.2).

    One that has said that we are not authorised is not asked again: there each is de-registered.
    """
    role = gateway.role
    if role is None or gateway.initiator.awaits(lma):
        return []
    if lma in gateway.not_authorised_by:
        return _deregister_all(gateway, lma, now)
    revocation = SentRevocation(
        message=_indication(role),
        source=role.proxy_care_of_address,
        peer=lma,
        begun_ms=now.at_ms,
    )
    return gateway.initiator.begin(revocation, role.revocation, now)


def on_acknowledgement(
    gateway: Gateway,
    event: MessageReceived,
    message: BindingRevocationAcknowledgement,
    now: Instant,
) -> list[Effect]:
    """Take the answer to an indication (RFC 5846 §6.2.2, §9.2)."""
    revocation = gateway.initiator.match(event, message)
    if revocation is None:
        gateway.drop(DropReason.UNMATCHED_REVOCATION)
        return []
    gateway.statistics.revocation_acknowledgements[message.status] += 1
    if message.status == _STATUS.GLOBAL_REVOCATION_NOT_AUTHORIZED:
        gateway.not_authorised_by.add(revocation.peer)
    stopped = gateway.initiator.stop_timer(revocation)
    return [stopped, *_settle(gateway, revocation, message.status, now)]


def on_due(gateway: Gateway, number: SequenceNumber, now: Instant) -> list[Effect]:
    """Send an indication again, or end the bindings without an answer (RFC 5846 §6.3)."""
    revocation = gateway.initiator.sent.get(number)
    if revocation is None:
        return []
    repeated = gateway.initiator.repeat(revocation, gateway.active_role.revocation)
    return repeated or _settle(gateway, revocation, None, now)


def refuses(gateway: Gateway, event: MessageReceived, error: BindingError) -> bool:
    """Tell whether a Binding Error says that an LMA knows no revocations (RFC 5846 §6.2)."""
    is_ours = error.status == UNRECOGNISED_TYPE and gateway.initiator.awaits(event.source)
    return is_ours and not gateway.watch.may_be_refused(event.source)


def on_unsupported(gateway: Gateway, event: MessageReceived, now: Instant) -> list[Effect]:
    """Take what an LMA has to answer for refused: it does not know the message."""
    effects: list[Effect] = []
    for revocation in gateway.initiator.sent_to(event.source):
        effects.append(gateway.initiator.stop_timer(revocation))
        status = _STATUS.REVOCATION_FUNCTION_NOT_SUPPORTED
        effects += _settle(gateway, revocation, status, now)
    return effects


def align(gateway: Gateway, *, is_address_kept: bool) -> list[Effect]:
    """Follow a commit of the role: who refused us may think otherwise by now.

    Nothing is waited for that would be answered to an address that is given up.
    """
    gateway.not_authorised_by.clear()
    return [] if is_address_kept else gateway.initiator.abandon()


def _indication(role: MagConfiguration) -> BindingRevocationIndication:
    """RFC 5846 §9.2: P and G, "Per-Peer Policy", our identity in the MN-Identifier option."""
    identity = role.identity or str(role.proxy_care_of_address)
    return BindingRevocationIndication(
        trigger=RevocationTrigger.PER_PEER_POLICY,
        sequence_number=NO_NUMBER,
        is_global=True,
        mobile_node_identifier=MobileNodeIdentifier(identity),
    )


def _settle(
    gateway: Gateway, revocation: SentRevocation, status: int | None, now: Instant
) -> list[Effect]:
    """End all bindings with an LMA, as its answer demands, and tell operators of a refusal.

    RFC 5846 §6.3: without an answer they end too.
    """
    lma = revocation.peer
    effects = gateway.initiator.end(revocation, gateway.active_role.revocation, now)
    if status is None:
        unanswered = RevocationUnanswered(peer=lma, mobile_node_identifier=None)
        effects.append(Notify(notification=unanswered))
    elif status >= FIRST_REFUSAL:
        refused = RevocationRefused(peer=lma, mobile_node_identifier=None, status=status)
        effects.append(Notify(notification=refused))
    is_refused = status is not None and status >= FIRST_REFUSAL
    for entry in revoked.entries_at(gateway, lma):
        if is_refused or _is_later(entry, revocation):
            effects += revoked.deregister(gateway, entry, now)
        else:
            effects += revoked.end(gateway, entry, now)
    return effects


def _is_later(entry: BindingUpdateListEntry, revocation: SentRevocation) -> bool:
    """Tell whether an LMA may know a binding anew since it judged a revocation.

    A registration that was sent later, or answered later, may have made one.
    """
    registered_ms = entry.expires_at_ms - entry.granted_lifetime_s * 1000
    return entry.pending is not None or registered_ms >= revocation.begun_ms


def _deregister_all(gateway: Gateway, lma: IPv6Address, now: Instant) -> list[Effect]:
    effects: list[Effect] = []
    for entry in revoked.entries_at(gateway, lma):
        effects += revoked.deregister(gateway, entry, now)
    return effects
