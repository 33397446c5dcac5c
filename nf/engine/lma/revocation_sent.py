"""Revocations that the LMA begins (RFC 5846 §8.1).

An operator's revocation keeps the session, not forwarded, until its MAG has answered or has been
told often enough. Where a commit has ended a session, or a node has moved, the session itself is
past: its MAG is told, and nothing hangs on the answer.
"""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from nf.codec.messages import BindingRevocationIndication, MobileNodeIdentifier
from nf.codec.registry import RevocationTrigger
from nf.engine.effects import Effect, StopTimer
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.binding_cache import Cause, move
from nf.engine.lma.failed_mags import sessions_of
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.sessions import binding_timer, prefixes_of, remove, stop_forwarding, stored
from nf.engine.notifications import RemovalReason
from nf.engine.revocation.initiator import NO_NUMBER, SentRevocation
from nf.engine.revocation.realms import named_realm, realm_name, realm_of
from nf.engine.store_effects import PersistBinding
from nf.engine.values import BindingId, Instant, TimerKind

_TRIGGER = RevocationTrigger

#: Home network prefixes that fit into an indication whatever else it holds (RFC 6275 §6.1.1).
MOST_PREFIXES_NAMED: Final = 56


def revoke_binding(
    anchor: Anchor, binding_id: BindingId, trigger: int, now: Instant
) -> list[Effect]:
    """Revoke one session because an operator wants it."""
    entry = anchor.cache.entries.get(binding_id)
    return [] if entry is None else _revoke(anchor, entry, trigger, now)


def revoke_node(
    anchor: Anchor, node: MobileNodeIdentifier, trigger: int, now: Instant
) -> list[Effect]:
    """Revoke all sessions of a node, wherever they are."""
    effects: list[Effect] = []
    for entry in anchor.cache.of_node(node):
        effects += _revoke(anchor, entry, trigger, now)
    return effects


def revoke_mag(anchor: Anchor, mag: IPv6Address, now: Instant) -> list[Effect]:
    """Revoke all sessions of a MAG by one indication, which has no options (RFC 5846 §8.1)."""
    if anchor.role is None or mag not in anchor.mags:
        return []
    entries = [anchor.cache.entries[each] for each in sessions_of(anchor, mag)]
    effects = _suspend_all(anchor, entries, now)
    bindings = tuple(each.binding_id for each in entries if _is_revoking(each))
    return effects + _begin(anchor, mag, _all_bindings(), now, bindings=bindings)


def revoke_realm(anchor: Anchor, realm: str, now: Instant) -> list[Effect]:
    """Revoke all sessions of the nodes of a realm, by one indication to each of their MAGs.

    RFC 5846 §8.1: with the G bit, and the realm in the place of a node. Walks all sessions.
    """
    name = realm_name(realm)
    wanted = named_realm(name)
    entries = [
        entry
        for entry in anchor.cache.entries.values()
        if wanted and realm_of(entry.mobile_node_identifier) == wanted
    ]
    effects = _suspend_all(anchor, entries, now)
    by_mag: dict[IPv6Address, list[BindingId]] = {}
    for entry in entries:
        if _is_revoking(entry):
            by_mag.setdefault(entry.proxy_care_of_address, []).append(entry.binding_id)
    for mag, bindings in by_mag.items():
        effects += _begin(anchor, mag, _all_of_realm(name), now, bindings=tuple(bindings))
    return effects


def end(
    anchor: Anchor, entry: BindingCacheEntry, trigger: RevocationTrigger, now: Instant
) -> list[Effect]:
    """End a session because the configuration wants it, and tell its MAG where policy says so.

    One that is being revoked, or was de-registered, is known to its MAG as what it is.
    """
    was_active = entry.state is BindingState.ACTIVE
    effects = remove(anchor, entry, RemovalReason.CONFIGURATION, now)
    if not was_active or not anchor.active_role.revoke_on_removal:
        return effects
    message = _indication(entry, trigger)
    return effects + _begin(anchor, entry.proxy_care_of_address, message, now)


def tell_all_ended(
    anchor: Anchor, mag: IPv6Address, source: IPv6Address, now: Instant
) -> list[Effect]:
    """Tell a MAG that a commit has ended all its sessions (RFC 5846 §8.1).

    ``source``: the address at which it knows us. If that is about to go, no answer will come.
    """
    if anchor.role is not None and anchor.role.address == source:
        return _begin(anchor, mag, _all_bindings(), now)
    revocation = SentRevocation(
        message=_all_bindings(), source=source, peer=mag, begun_ms=now.at_ms
    )
    return [anchor.initiator.announce(revocation, now)]


def tell_moved(
    anchor: Anchor, entry: BindingCacheEntry, mag: IPv6Address, technology: int, now: Instant
) -> list[Effect]:
    """Tell a MAG that a session has left it by a handover, where policy says so (RFC 5846 §3.4.1).

    ``technology``: by which the node was attached there.
    """
    if not anchor.active_role.revoke_on_handover:
        return []
    trigger = (
        _TRIGGER.INTER_MAG_HANDOVER_SAME_ACCESS_TYPE
        if technology == entry.access_technology_type
        else _TRIGGER.INTER_MAG_HANDOVER_DIFFERENT_ACCESS_TYPE
    )
    return _begin(anchor, mag, _indication(entry, trigger), now)


def ask(anchor: Anchor, entry: BindingCacheEntry, now: Instant) -> list[Effect]:
    """Ask the MAG of a session whether its node has left, where policy says so.

    RFC 5846 §8.1: instead of waiting for the de-registration. Nothing is asked of a MAG that has
    as much to answer as it is given at a time: there the wait is shorter.
    """
    mag = entry.proxy_care_of_address
    if not anchor.active_role.revoke_on_handover or anchor.initiator.is_busy(mag):
        return []
    message = _indication(entry, _TRIGGER.INTER_MAG_HANDOVER_UNKNOWN)
    return _begin(anchor, mag, message, now, asked_about=entry.mobile_node_identifier)


def resume(anchor: Anchor, now: Instant) -> list[Effect]:
    """Go on with the revocations that the last stop of this LMA interrupted."""
    effects: list[Effect] = []
    while anchor.interrupted_revocations:
        entry = anchor.cache.entries[anchor.interrupted_revocations.popleft()]
        effects += _tell(anchor, entry, _TRIGGER.ADMINISTRATIVE_REASON, now)
    return effects


def _revoke(anchor: Anchor, entry: BindingCacheEntry, trigger: int, now: Instant) -> list[Effect]:
    """Revoke a session; what is being revoked already is left to that."""
    is_active = entry.state is BindingState.ACTIVE
    effects = _suspend(anchor, entry, now)
    return effects + _tell(anchor, entry, trigger, now) if is_active else effects


def _suspend_all(anchor: Anchor, entries: list[BindingCacheEntry], now: Instant) -> list[Effect]:
    effects: list[Effect] = []
    for entry in entries:
        effects += _suspend(anchor, entry, now)
    return effects


def _is_revoking(entry: BindingCacheEntry) -> bool:
    return entry.state is BindingState.REVOKING


def _suspend(anchor: Anchor, entry: BindingCacheEntry, now: Instant) -> list[Effect]:
    """Forward a session no longer and keep it, as being revoked, for the answer (RFC 5846 §8.1).

    The store keeps it too, so that a restart goes on with the revocation. One that its MAG has
    de-registered has nobody to be told.
    """
    if entry.state is BindingState.DEREGISTERING:
        return remove(anchor, entry, RemovalReason.REVOKED, now)
    if entry.state is BindingState.REVOKING:
        return []
    move(entry, Cause.REVOKED)
    return [
        StopTimer(timer=binding_timer(TimerKind.BINDING_LIFETIME, entry.binding_id)),
        *stop_forwarding(anchor, entry, prefixes_of(entry)),
        PersistBinding(binding=stored(entry)),
    ]


def _tell(anchor: Anchor, entry: BindingCacheEntry, trigger: int, now: Instant) -> list[Effect]:
    mag, message = entry.proxy_care_of_address, _indication(entry, trigger)
    return _begin(anchor, mag, message, now, bindings=(entry.binding_id,))


def _begin(
    anchor: Anchor,
    mag: IPv6Address,
    message: BindingRevocationIndication,
    now: Instant,
    *,
    bindings: tuple[BindingId, ...] = (),
    asked_about: MobileNodeIdentifier | None = None,
) -> list[Effect]:
    role = anchor.active_role
    revocation = SentRevocation(
        message=message,
        source=role.address,
        peer=mag,
        begun_ms=now.at_ms,
        bindings=bindings,
        asked_about=asked_about,
    )
    return anchor.initiator.begin(revocation, role.revocation, now)


def _indication(entry: BindingCacheEntry, trigger: int) -> BindingRevocationIndication:
    """Return what names a session: MN-Identifier and home network prefixes (RFC 5846 §8.1).

    The prefixes are always there, so that a session that the MAG has begun anew is not meant.
    """
    return BindingRevocationIndication(
        trigger=trigger,
        sequence_number=NO_NUMBER,
        mobile_node_identifier=entry.mobile_node_identifier,
        home_network_prefixes=entry.home_network_prefixes[:MOST_PREFIXES_NAMED],
    )


def _all_of_realm(name: MobileNodeIdentifier) -> BindingRevocationIndication:
    return BindingRevocationIndication(
        trigger=_TRIGGER.REVOKING_MOBILITY_NODE_LOCAL_POLICY,
        sequence_number=NO_NUMBER,
        is_global=True,
        mobile_node_identifier=name,
    )


def _all_bindings() -> BindingRevocationIndication:
    return BindingRevocationIndication(
        trigger=_TRIGGER.PER_PEER_POLICY, sequence_number=NO_NUMBER, is_global=True
    )
