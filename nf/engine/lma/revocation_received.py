"""Revocations that MAGs begin (RFC 5846 §8.2)."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.messages import BindingRevocationIndication
from nf.codec.registry import RevocationStatus, RevocationTrigger
from nf.engine.effects import Effect
from nf.engine.events import MessageReceived
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.drops import DropReason
from nf.engine.lma.failed_mags import sessions_of
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.lma.sessions import remove
from nf.engine.notifications import RemovalReason
from nf.engine.revocation.responder import acknowledgement, fault_of
from nf.engine.values import Instant

_STATUS = RevocationStatus

#: What a MAG may give as its reason: a policy of one of the two nodes for many of its bindings
#: is the LMA's alone (RFC 5846 §8.1, §9.2).
SUPPORTED: Final = frozenset(RevocationTrigger) - {
    RevocationTrigger.REVOKING_MOBILITY_NODE_LOCAL_POLICY
}


def on_indication(
    anchor: Anchor, event: MessageReceived, message: BindingRevocationIndication, now: Instant
) -> list[Effect]:
    """Judge an indication, end what it names, and answer.

    The store forgets the sessions before the answer leaves, so that no restart brings one back.
    """
    fault = _drop_reason(anchor, event)
    if fault is not None:
        anchor.drop(fault)
        return []
    anchor.statistics.revocations_received += 1
    refusal = fault_of(message, SUPPORTED)
    if refusal is not None:
        return [acknowledgement(event, message, refusal)]
    if message.is_global:
        return _end_all(anchor, event, message, now)
    return _end_named(anchor, event, message, now)


def _drop_reason(anchor: Anchor, event: MessageReceived) -> DropReason | None:
    """Tell why an indication is not even answered: it must come from a MAG of ours (§6.2)."""
    if anchor.role is None or event.destination != anchor.role.address:
        return DropReason.NOT_OUR_ADDRESS
    return None if event.source in anchor.mags else DropReason.UNKNOWN_PEER


def _end_all(
    anchor: Anchor, event: MessageReceived, message: BindingRevocationIndication, now: Instant
) -> list[Effect]:
    """End all sessions of a MAG that is authorised for that (RFC 5846 §8.2).

    A copy of an indication finds none any more, which is as good a success.
    """
    mag = message.alternate_care_of_address or event.source
    if not _may_revoke_globally(anchor, event.source, mag, message.mobile_node_identifier):
        return [acknowledgement(event, message, _STATUS.GLOBAL_REVOCATION_NOT_AUTHORIZED)]
    effects: list[Effect] = []
    for binding_id in tuple(sessions_of(anchor, mag)):
        effects += _remove(anchor, anchor.cache.entries[binding_id], now)
    return [*effects, acknowledgement(event, message, _STATUS.SUCCESS)]


def _may_revoke_globally(
    anchor: Anchor, source: IPv6Address, mag: IPv6Address, identity: str | None
) -> bool:
    """Tell whether configuration lets the MAG that names itself so revoke all at an address.

    RFC 5846 §8.2, §13: the MN-Identifier option has its identity. An address other than the
    sender's must be the same MAG's.
    """
    known = [anchor.mags.get(address) for address in (source, mag)]
    return all(
        each is not None
        and each.may_revoke_globally
        and identity == (each.identity or str(each.proxy_care_of_address))
        for each in known
    )


def _end_named(
    anchor: Anchor, event: MessageReceived, message: BindingRevocationIndication, now: Instant
) -> list[Effect]:
    """End the sessions of a node at a MAG: all, or those with the named prefixes (RFC 5846 §8.2).

    A prefix that no session has is told of, unless none of them has one.
    """
    named = message.home_network_prefixes
    entries = _named_sessions(anchor, event, message)
    if not entries:
        return [acknowledgement(event, message, _STATUS.BINDING_DOES_NOT_EXIST)]
    found = {prefix for entry in entries for prefix in entry.home_network_prefixes}
    failed: tuple[IPv6Network, ...] = tuple(each for each in named if each not in found)
    effects: list[Effect] = []
    for entry in entries:
        effects += _remove(anchor, entry, now)
    status = _STATUS.PARTIAL_SUCCESS if failed else _STATUS.SUCCESS
    return [*effects, acknowledgement(event, message, status, failed)]


def _named_sessions(
    anchor: Anchor, event: MessageReceived, message: BindingRevocationIndication
) -> list[BindingCacheEntry]:
    """Return the sessions that an indication names; none of another MAG's (RFC 5846 §13)."""
    node, mag = message.mobile_node_identifier, event.source
    if node is None or (message.alternate_care_of_address or mag) != mag:
        return []
    named = set(message.home_network_prefixes)
    here = (each for each in anchor.cache.of_node(node) if each.proxy_care_of_address == mag)
    return [each for each in here if not named or named & set(each.home_network_prefixes)]


def _remove(anchor: Anchor, entry: BindingCacheEntry, now: Instant) -> list[Effect]:
    return remove(anchor, entry, RemovalReason.REVOKED, now)
