"""Revocations that LMAs begin (RFC 5846 §9.1)."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Final

from nf.codec.messages import BindingRevocationIndication, MobileNodeIdentifier
from nf.codec.registry import RevocationStatus, RevocationTrigger
from nf.engine.effects import Effect
from nf.engine.events import MessageReceived
from nf.engine.mag import deregistration, presence, registration, revoked
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry, Matter, RegistrationState
from nf.engine.mag.update_notification import entry_at, is_lma
from nf.engine.revocation.realms import named_realm, realm_of
from nf.engine.revocation.responder import HANDOVER_TRIGGERS, acknowledgement, fault_of
from nf.engine.values import Instant

_STATUS = RevocationStatus
_TRIGGER = RevocationTrigger

#: Whatever an LMA may give as its reason.
SUPPORTED: Final = frozenset(RevocationTrigger)
#: The states in which there is something to revoke.
REVOCABLE: Final = SERVED | {RegistrationState.DEREGISTERING}


def on_indication(
    gateway: Gateway, event: MessageReceived, message: BindingRevocationIndication, now: Instant
) -> list[Effect]:
    """Judge an indication, end what it names, and answer."""
    fault = _drop_reason(gateway, event, message)
    if fault is not None:
        gateway.drop(fault)
        return []
    gateway.statistics.revocations_received += 1
    refusal = fault_of(message, SUPPORTED)
    if refusal is not None:
        return [acknowledgement(event, message, refusal)]
    if not message.is_global:
        return _end_named(gateway, event, message, now)
    if message.trigger == _TRIGGER.PER_PEER_POLICY:
        return _end_all(gateway, event, message, now)
    return _end_realm(gateway, event, message, now)


def _drop_reason(
    gateway: Gateway, event: MessageReceived, message: BindingRevocationIndication
) -> DropReason | None:
    """Tell why an indication is not even answered: it must come from an LMA of ours (§6.2).

    That is one also where only bindings that were revoked have led to it.
    """
    role = gateway.role
    if role is None or event.destination != role.proxy_care_of_address:
        return DropReason.NOT_OUR_ADDRESS
    node = message.mobile_node_identifier
    is_known = node is not None and entry_at(gateway, node, event) is not None
    return None if is_known or is_lma(gateway, event) else DropReason.NOT_AN_LMA


def _end_all(
    gateway: Gateway, event: MessageReceived, message: BindingRevocationIndication, now: Instant
) -> list[Effect]:
    """End all bindings with the LMA (RFC 5846 §9.1).

    Options would name some of them, and are no part of this message: what was meant is unknown.
    """
    has_options = (
        message.mobile_node_identifier is not None
        or message.alternate_care_of_address is not None
        or bool(message.home_network_prefixes or message.unknown_options)
    )
    if has_options:
        status = _STATUS.REVOCATION_FUNCTION_NOT_SUPPORTED
        return [acknowledgement(event, message, status)]
    effects: list[Effect] = []
    for entry in revoked.entries_at(gateway, event.source):
        effects += revoked.end(gateway, entry, now)
    return [*effects, acknowledgement(event, message, _STATUS.SUCCESS)]


def _end_realm(
    gateway: Gateway, event: MessageReceived, message: BindingRevocationIndication, now: Instant
) -> list[Effect]:
    """End the bindings with the LMA of all nodes of a realm (RFC 5846 §8.1, §9.1)."""
    realm = named_realm(message.mobile_node_identifier)
    is_named = bool(realm) and _is_our_address(event, message)
    entries = [
        entry
        for entry in revoked.entries_at(gateway, event.source)
        if is_named and realm_of(entry.mobile_node_identifier) == realm
    ]
    if not entries:
        status = _STATUS.REVOKED_MOBILE_NODES_IDENTITY_REQUIRED
        return [acknowledgement(event, message, status)]
    effects: list[Effect] = []
    for entry in entries:
        effects += revoked.end(gateway, entry, now)
    return [*effects, acknowledgement(event, message, _STATUS.SUCCESS)]


def _end_named(
    gateway: Gateway, event: MessageReceived, message: BindingRevocationIndication, now: Instant
) -> list[Effect]:
    """End the binding of a node, unless the node is attached after all (RFC 5846 §9.1).

    A prefix that is not the binding's is told of as one that was released before.
    """
    entry = _named_entry(gateway, event, message)
    if entry is None:
        return [acknowledgement(event, message, _STATUS.BINDING_DOES_NOT_EXIST)]
    identifier = entry.mobile_node_identifier
    is_handover = message.trigger in HANDOVER_TRIGGERS
    if is_handover and gateway.is_present(identifier):
        refusal = acknowledgement(event, message, _STATUS.REVOCATION_FAILED_MN_IS_ATTACHED)
        return [*_make_sure(gateway, identifier, now), refusal]
    known = entry.home_network_prefixes
    failed: tuple[IPv6Network, ...] = tuple(
        each for each in message.home_network_prefixes if each not in known
    )
    if is_handover:
        effects = deregistration.let_go(gateway, identifier)
    else:
        effects = revoked.end(gateway, entry, now)
    status = _STATUS.PARTIAL_SUCCESS if failed else _STATUS.SUCCESS
    answered = [*effects, acknowledgement(event, message, status, failed)]
    return answered + _register_anew(gateway, identifier, message, now)


def _make_sure(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Ask a node whether it is still there, if it has not just shown itself.

    RFC 5846 §9.1: as long as it is not found to be gone it counts as attached. Once it is, it is
    de-registered, so that a handover leaves nothing behind here until the next renewal.
    """
    if presence.is_certain(gateway, identifier, now):
        return []
    return presence.ask(gateway, identifier, Matter.HANDOVER)


def _named_entry(
    gateway: Gateway, event: MessageReceived, message: BindingRevocationIndication
) -> BindingUpdateListEntry | None:
    """Return the binding that an indication names: by its node, and any of its prefixes."""
    node = message.mobile_node_identifier
    entry = entry_at(gateway, node, event) if node is not None else None
    if entry is None or entry.state not in REVOCABLE or not _is_our_address(event, message):
        return None
    named = set(message.home_network_prefixes)
    return entry if not named or named & set(entry.home_network_prefixes) else None


def _is_our_address(event: MessageReceived, message: BindingRevocationIndication) -> bool:
    """Tell whether the Proxy-CoA that is named, if one is, is the one that was written to."""
    return message.alternate_care_of_address in (None, event.destination)


def _register_anew(
    gateway: Gateway,
    identifier: MobileNodeIdentifier,
    message: BindingRevocationIndication,
    now: Instant,
) -> list[Effect]:
    """Register a node anew whose LMA says no more than that both sides may be out of step.

    After any other reason the node stays without service until it attaches anew or an operator
    acts: RFC 5846 leaves open what the MAG does for it, and whoever revokes a binding does not
    want it back at once.
    """
    if message.trigger != _TRIGGER.POSSIBLE_OUT_OF_SYNC_BCE_STATE:
        return []
    return registration.register(gateway, identifier, now) if gateway.is_present(identifier) else []
