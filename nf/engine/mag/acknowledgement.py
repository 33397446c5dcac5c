"""Receiving Proxy Binding Acknowledgements (RFC 5213 §6.9.1.2, NEMO draft §3.3.2)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Network

from nf.codec.messages import UNSPECIFIED, ProxyBindingAcknowledgement, ProxyBindingUpdate
from nf.codec.registry import Status
from nf.engine.effects import Effect, Notify
from nf.engine.events import MessageReceived
from nf.engine.mag import (
    advertisement,
    controlled_parameters,
    delegating_router,
    deregistration,
    forwarding,
    redirect,
    refresh,
    retransmission,
)
from nf.engine.mag.binding_update_list import SERVED, Cause, move
from nf.engine.mag.displacement import displace
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry, RegistrationState
from nf.engine.mag.refusal import react
from nf.engine.notifications import RegistrationRefused
from nf.engine.values import Instant

#: Values from here on refuse (RFC 6275 §6.1.8).
FIRST_REFUSAL = 128


def on_acknowledgement(
    gateway: Gateway,
    event: MessageReceived,
    message: ProxyBindingAcknowledgement,
    now: Instant,
) -> list[Effect]:
    """Match an answer to its request and do what its status asks for."""
    matched = _matching_entry(gateway, event, message)
    if isinstance(matched, DropReason):
        gateway.drop(matched)
        return []
    if not _echoes(message, matched.pending):
        gateway.drop(DropReason.ECHO_MISMATCH)
        return _halt(gateway, matched, now)
    gateway.statistics.pba_by_status[message.status] += 1
    is_accepted = message.status < FIRST_REFUSAL
    if matched.state is RegistrationState.DEREGISTERING:
        return _on_deregistration_answered(gateway, matched, message, is_accepted=is_accepted)
    if is_accepted:
        return _accept(gateway, matched, message, now)
    return _refuse(gateway, matched, message, now)


def _matching_entry(
    gateway: Gateway, event: MessageReceived, message: ProxyBindingAcknowledgement
) -> BindingUpdateListEntry | DropReason:
    """Find the entry whose request is answered.

    RFC 5213 §6.9.1.2: by MN-Identifier and sequence number. An answer to an earlier copy of the
    pending request counts, since an LMA may take longer than a retransmission (§5.4.1.2).
    Status 135 carries the last accepted number instead of ours (RFC 6275 §9.5.1).
    """
    if not message.proxy_registration:
        return DropReason.NO_PROXY_REGISTRATION
    identifier = message.mobile_node_identifier
    entry = gateway.binding_update_list.get(identifier) if identifier is not None else None
    if identifier is None or entry is None or entry.pending is None:
        return DropReason.NO_MATCHING_REQUEST
    if (event.destination, event.source) != (entry.tunnel.local, entry.tunnel.remote):
        return DropReason.NO_MATCHING_REQUEST
    is_ours = retransmission.is_copy_of_pending(gateway, identifier, message.sequence_number)
    if is_ours or message.status == Status.SEQUENCE_NUMBER_OUT_OF_WINDOW:
        return entry
    return DropReason.NO_MATCHING_REQUEST


def _echoes(message: ProxyBindingAcknowledgement, request: ProxyBindingUpdate | None) -> bool:
    """Tell whether the options that must be echoed have the values of the request."""
    return request is not None and all(
        echoed is None or echoed == sent
        for echoed, sent in (
            (message.handoff_indicator, request.handoff_indicator),
            (message.access_technology_type, request.access_technology_type),
            (
                message.mobile_node_link_layer_identifier,
                request.mobile_node_link_layer_identifier,
            ),
        )
    )


def _halt(gateway: Gateway, entry: BindingUpdateListEntry, now: Instant) -> list[Effect]:
    """Do not send the request again until an administrative action.

    RFC 5213 §6.9.1.2, item 6. The answer itself is ignored: a binding that stands is served to
    its end, and a de-registration ends by its own timeout.
    """
    if entry.state is RegistrationState.DEREGISTERING:
        return []
    gateway.denied.add(entry.mobile_node_identifier)
    if entry.state is RegistrationState.REFRESHING:
        return retransmission.stop(gateway, entry)
    effects = refresh.end_service(gateway, entry)
    return effects + delegating_router.answer_waiting(gateway, entry.mobile_node_identifier, now)


def _on_deregistration_answered(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    message: ProxyBindingAcknowledgement,
    *,
    is_accepted: bool,
) -> list[Effect]:
    """Forget an ended registration; one whose end was refused goes with the timeout."""
    entry.last_status = message.status
    if is_accepted:
        return deregistration.forget(gateway, entry.mobile_node_identifier)
    return [_refusal(entry, message)]


def _accept(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    message: ProxyBindingAcknowledgement,
    now: Instant,
) -> list[Effect]:
    """Serve the node with what was granted: tunnel, routes, then advertisement and delegation.

    RFC 5213 §6.9.1.2, items 12 to 14.
    """
    prefixes = _usable(message.home_network_prefixes)
    if not prefixes or message.lifetime_s <= 0:
        gateway.drop(DropReason.INCOMPLETE_ACCEPTANCE)
        return []
    if not controlled_parameters.are_usable(gateway, message):
        gateway.drop(DropReason.UNUSABLE_CONTROLLED_PARAMETERS)
        return []
    target = redirect.target_of(entry, message)
    if isinstance(target, DropReason):
        gateway.drop(target)
        return []
    identifier = entry.mobile_node_identifier
    withdrawn = [each for each in entry.home_network_prefixes if each not in prefixes]
    mobile_prefixes = tuple(
        each for each in _granted_mobile_network_prefixes(entry, message) if each not in prefixes
    )
    gateway.denied.discard(identifier)
    effects = displace(gateway, identifier, (*prefixes, *mobile_prefixes))
    effects += retransmission.stop(gateway, entry)
    move(entry, Cause.ACCEPTED)
    redirect.follow(gateway, entry, target)
    entry.home_network_prefixes = prefixes
    entry.mobile_network_prefixes = mobile_prefixes
    entry.granted_lifetime_s = message.lifetime_s
    entry.expires_at_ms = now.at_ms + message.lifetime_s * 1000
    entry.last_status = message.status
    entry.last_accepted_utc_us = now.utc_us
    controlled_parameters.take(gateway, entry, message.lma_controlled_parameters)
    effects += _take_link_local_address(gateway, entry, message)
    effects += forwarding.align(gateway, identifier)
    effects += refresh.watch_lifetime(gateway, entry)
    effects += advertisement.advertise(gateway, identifier, now, withdrawn=withdrawn)
    return effects + delegating_router.answer_waiting(gateway, identifier, now)


def _take_link_local_address(
    gateway: Gateway, entry: BindingUpdateListEntry, message: ProxyBindingAcknowledgement
) -> list[Effect]:
    """Put the address that the LMA gives for this node's link on it.

    RFC 5213 §6.9.1.2, item 15, only in the mode without a fixed address (§6.8), which is for
    point-to-point links: on a shared one the address of the node accepted last would win. An
    address that the node itself has must not be used; the link keeps the one that it has then.
    """
    is_fixed = gateway.configuration.domain.fixed_mag_link_local_address != UNSPECIFIED
    given = message.link_local_address
    opened = gateway.open_links[entry.link]
    if is_fixed or given is None or not given.is_link_local or given == opened.link_local_address:
        return []
    attached = gateway.attached_nodes.get(entry.mobile_node_identifier)
    if attached is not None and attached.link_local_address == given:
        return []
    gateway.open_links[entry.link] = replace(opened, link_local_address=given)
    return [gateway.open_links[entry.link]]


def _granted_mobile_network_prefixes(
    entry: BindingUpdateListEntry, message: ProxyBindingAcknowledgement
) -> tuple[IPv6Network, ...]:
    """Return the mobile network prefixes of an acceptance.

    NEMO draft §3.3.2: without the option, or without a valid prefix in it, network mobility is
    not enabled. RFC 7148 §5.1.2: the list of the entry becomes what was allocated.
    """
    if not entry.is_mobile_router:
        return ()
    delegated = [
        prefix
        for prefix in message.delegated_mobile_network_prefixes
        if isinstance(prefix, IPv6Network)
    ]
    named = [option.prefix for option in message.mobile_network_prefixes]
    return _usable((*named, *delegated))


def _usable(prefixes: tuple[IPv6Network, ...]) -> tuple[IPv6Network, ...]:
    """Return the unicast prefixes of more than link scope, each once."""
    return tuple(
        prefix
        for prefix in dict.fromkeys(prefixes)
        if prefix.prefixlen > 0
        and not prefix.is_multicast
        and not prefix.is_link_local
        and not prefix.network_address.is_unspecified
    )


def _refuse(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    message: ProxyBindingAcknowledgement,
    now: Instant,
) -> list[Effect]:
    """Deny service, tell operators, and react as the status prescribes (§6.9.1.2, item 11)."""
    identifier = entry.mobile_node_identifier
    request = entry.pending
    effects = advertisement.withdraw(gateway, identifier) if entry.state in SERVED else []
    effects += refresh.end_service(gateway, entry)
    entry.last_status = message.status
    effects.append(_refusal(entry, message))
    effects += react(gateway, entry, message, request, now)
    return effects + delegating_router.answer_waiting(gateway, identifier, now)


def _refusal(entry: BindingUpdateListEntry, message: ProxyBindingAcknowledgement) -> Notify:
    return Notify(
        notification=RegistrationRefused(
            mobile_node_identifier=entry.mobile_node_identifier,
            peer=entry.tunnel.remote,
            status=message.status,
        )
    )
