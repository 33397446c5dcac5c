"""Proxy Binding Updates: what each one says (RFC 5213 §6.9.1, NEMO draft §3.3.2)."""

from __future__ import annotations

from ipaddress import IPv6Network

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    UNSPECIFIED,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.registry import HandoffIndicator
from nf.engine.configuration import MobileNode, PolicyProfile, PrefixDelegationSignalling
from nf.engine.effects import Effect
from nf.engine.errors import InvariantBroken
from nf.engine.mag import forwarding, redirect, retransmission
from nf.engine.mag.binding_update_list import Cause, move
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import AttachedNode, BindingUpdateListEntry, RegistrationState
from nf.engine.mag.timers import REGISTRATION_TIMERS
from nf.engine.values import Instant, TimerKind, Tunnel


def register(
    gateway: Gateway,
    identifier: MobileNodeIdentifier,
    now: Instant,
    *,
    any_prefix: bool = False,
    as_host: bool = False,
    attempt: int = 0,
) -> list[Effect]:
    """Send the PBU for an attached node as if it had just come, and keep an entry for it.

    RFC 5213 §6.9.1.1: the entry is created upon sending. Handoff indicator 4, since nothing here
    knows with certainty where the node was before. ``any_prefix``: ask for none in particular,
    though the node has its own; ``as_host``: without network mobility; ``attempt``: how many
    times it was refused in a row for a reason that passes by itself.
    """
    attached = gateway.attached_nodes.get(identifier)
    node_and_profile = gateway.node_and_profile(identifier)
    if attached is None or node_and_profile is None or not gateway.is_started:
        return []
    if identifier in gateway.denied:
        return []
    node, profile = node_and_profile
    tunnel = _tunnel(gateway, node)
    if tunnel is None:
        gateway.drop(DropReason.NO_LOCAL_MOBILITY_ANCHOR)
        return []
    gateway.released.discard(identifier)
    entry = _entry(gateway, attached, tunnel)
    entry.is_mobile_router = profile.network_mobility and not as_host
    update = _initial_update(gateway, entry, node, profile, any_prefix=any_prefix)
    effects = gateway.timers.stop(REGISTRATION_TIMERS, identifier)
    effects += forwarding.align(gateway, identifier)
    return effects + retransmission.send_request(gateway, entry, update, now, attempt=attempt)


def _initial_update(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    node: MobileNode,
    profile: PolicyProfile,
    *,
    any_prefix: bool,
) -> ProxyBindingUpdate:
    """Return the PBU of a new registration.

    RFC 5213 §6.9.1.1: the node's own prefixes, else exactly one ALL_ZERO. NEMO draft §3.3.2,
    scenarios 1 and 2: the requesting bit, unless the node has mobile network prefixes of its own.
    RFC 6463 §5.2: this is the one that may be redirected.
    """
    own_hnps = () if any_prefix else node.home_network_prefixes
    own_mnps = () if any_prefix else node.mobile_network_prefixes
    update = _update(
        gateway,
        entry,
        lifetime_s=profile.registration_lifetime_s,
        handoff_indicator=HandoffIndicator.HANDOFF_STATE_UNKNOWN,
        home_network_prefixes=own_hnps or (ALL_ZERO_PREFIX,),
        mobile_network_prefixes=own_mnps,
        requests=0 if own_mnps else profile.mobile_network_prefix_count,
    )
    return redirect.offer(gateway, update)


def resume(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Ask for the registration that a present node should have and nothing is asking for.

    An operator may have lifted what an answer forbade (RFC 5213 §6.9.1.2), also while the node was
    merely held.
    """
    entry = gateway.binding_update_list.get(identifier)
    if entry is None:
        return register(gateway, identifier, now)
    if identifier in gateway.denied or entry.pending is not None:
        return []
    if not gateway.is_present(identifier):
        return []
    if entry.state is RegistrationState.REFRESHING:
        return extend(gateway, identifier, now)
    is_waiting = gateway.timers.is_running(TimerKind.RETRANSMIT, identifier)
    is_idle = entry.state is RegistrationState.REFUSED and not is_waiting
    return register(gateway, identifier, now) if is_idle else []


def extend(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Send the PBU that extends a binding as it stands.

    NEMO draft §3.3.2: a router that holds mobile network prefixes names them; one that holds
    none asks with the requesting bit, since it may get one now.
    """
    entry = gateway.binding_update_list[identifier]
    requests = 0 if entry.mobile_network_prefixes else missing_prefixes(gateway, entry)
    return renew(gateway, identifier, now, requests=requests)


def renew(
    gateway: Gateway,
    identifier: MobileNodeIdentifier,
    now: Instant,
    *,
    handoff_indicator: HandoffIndicator = HandoffIndicator.HANDOFF_STATE_NOT_CHANGED,
    requests: int = 0,
) -> list[Effect]:
    """Send the PBU that extends or changes a binding that stands.

    RFC 5213 §6.9.1.3: all home network prefixes, handoff indicator 5. NEMO draft §3.3.2,
    scenario 3: the mobile network prefixes that the router holds, without the requesting bit;
    one that is left out is given back. ``requests``: how many more to ask for.
    """
    entry = gateway.binding_update_list[identifier]
    move(entry, Cause.RENEW)
    update = _update(
        gateway,
        entry,
        lifetime_s=_profile(gateway, identifier).registration_lifetime_s,
        handoff_indicator=handoff_indicator,
        home_network_prefixes=entry.home_network_prefixes,
        mobile_network_prefixes=entry.mobile_network_prefixes,
        requests=requests,
    )
    return retransmission.send_request(gateway, entry, update, now)


def missing_prefixes(gateway: Gateway, entry: BindingUpdateListEntry) -> int:
    """Return how many mobile network prefixes a mobile router may still ask for."""
    profile = _profile(gateway, entry.mobile_node_identifier)
    held = len(entry.mobile_network_prefixes)
    return max(0, profile.mobile_network_prefix_count - held) if entry.is_mobile_router else 0


def _profile(gateway: Gateway, identifier: MobileNodeIdentifier) -> PolicyProfile:
    """Return the profile of a node that is served, which therefore has one."""
    node_and_profile = gateway.node_and_profile(identifier)
    if node_and_profile is None:
        raise InvariantBroken(f"{identifier} is served without a policy profile")
    return node_and_profile[1]


def deregistration_update(gateway: Gateway, entry: BindingUpdateListEntry) -> ProxyBindingUpdate:
    """Return the PBU that ends a binding.

    RFC 5213 §6.9.1.4: lifetime 0, all home network prefixes, handoff indicator 4.
    """
    return _update(
        gateway,
        entry,
        lifetime_s=0,
        handoff_indicator=HandoffIndicator.HANDOFF_STATE_UNKNOWN,
        home_network_prefixes=entry.home_network_prefixes or _asked_for(entry),
        mobile_network_prefixes=entry.mobile_network_prefixes,
        requests=0,
    )


def _asked_for(entry: BindingUpdateListEntry) -> tuple[IPv6Network, ...]:
    return entry.pending.home_network_prefixes if entry.pending is not None else (ALL_ZERO_PREFIX,)


def _tunnel(gateway: Gateway, node: MobileNode) -> Tunnel | None:
    if gateway.role is None or node.local_mobility_anchor is None:
        return None
    return Tunnel(local=gateway.role.proxy_care_of_address, remote=node.local_mobility_anchor)


def _entry(gateway: Gateway, attached: AttachedNode, tunnel: Tunnel) -> BindingUpdateListEntry:
    """Return the node's entry for a new registration: what an earlier one left is void."""
    identifier = attached.mobile_node_identifier
    entry = gateway.binding_update_list.get(identifier)
    technology = gateway.open_links[attached.link].link.access_technology_type
    if entry is None:
        entry = BindingUpdateListEntry(
            mobile_node_identifier=identifier,
            state=RegistrationState.REGISTERING,
            link=attached.link,
            link_layer_address=attached.link_layer_address,
            access_technology_type=technology,
            tunnel=tunnel,
            is_mobile_router=False,
            sequence_number=SequenceNumber(0),
        )
        gateway.binding_update_list[identifier] = entry
    move(entry, Cause.REGISTER)
    entry.tunnel = tunnel
    entry.home_network_prefixes = entry.mobile_network_prefixes = ()
    entry.granted_lifetime_s = entry.expires_at_ms = 0
    entry.lma_controlled_parameters = None
    entry.notification_number = entry.redirected_by = None
    place(gateway, entry, attached)
    return entry


def place(gateway: Gateway, entry: BindingUpdateListEntry, attached: AttachedNode) -> None:
    """Let an entry tell where its node is attached now."""
    entry.link = attached.link
    entry.link_layer_address = attached.link_layer_address
    link = gateway.open_links[attached.link].link
    entry.access_technology_type = link.access_technology_type


def _update(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    *,
    lifetime_s: int,
    handoff_indicator: HandoffIndicator,
    home_network_prefixes: tuple[IPv6Network, ...],
    mobile_network_prefixes: tuple[IPv6Network, ...],
    requests: int,
) -> ProxyBindingUpdate:
    """Return a PBU without sequence number and timestamp, which it gets when it is sent.

    RFC 5213 §6.9.1.5: A and P set, the four mandatory options, the link-layer identifier where
    it is known and not ALL_ZERO, the link-local address only in the mode without a fixed one.
    NEMO draft §3.3.2: R for a mobile router; RFC 3963 §5.2: R takes H along. RFC 7148 knows
    neither: there the option alone asks.
    """
    domain = gateway.configuration.domain
    is_router = entry.is_mobile_router
    is_draft = domain.prefix_delegation_signalling is PrefixDelegationSignalling.NEMO_DRAFT
    known = mobile_network_prefixes if is_router else ()
    wanted = requests if is_router else 0
    asks_for_address = domain.fixed_mag_link_local_address == UNSPECIFIED
    return ProxyBindingUpdate(
        sequence_number=entry.sequence_number,
        lifetime_s=lifetime_s,
        home_registration=is_router and is_draft,
        mobile_router=is_router and is_draft,
        mobile_node_identifier=entry.mobile_node_identifier,
        home_network_prefixes=home_network_prefixes,
        mobile_network_prefixes=_draft_prefixes(known, wanted) if is_draft else (),
        delegated_mobile_network_prefixes=() if is_draft else _delegated_prefixes(known, wanted),
        handoff_indicator=handoff_indicator,
        access_technology_type=entry.access_technology_type,
        mobile_node_link_layer_identifier=(
            entry.link_layer_address if any(entry.link_layer_address) else None
        ),
        link_local_address=UNSPECIFIED if asks_for_address else None,
    )


def _draft_prefixes(
    known: tuple[IPv6Network, ...], requests: int
) -> tuple[MobileNetworkPrefix, ...]:
    """Return Mobile Network Prefix options: known prefixes, then requests (NEMO draft §3.1).

    The prefix of a request is ::/0, so that an LMA that does not know the requesting bit cannot
    take it for a prefix of its own.
    """
    explicit = tuple(MobileNetworkPrefix(prefix=prefix) for prefix in known)
    request = MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True)
    return (*explicit, *([request] * requests))


def _delegated_prefixes(known: tuple[IPv6Network, ...], requests: int) -> tuple[IPv6Network, ...]:
    """Return Delegated Mobile Network Prefix options.

    RFC 7148 §5.1.2: exactly one ALL_ZERO instance asks for a set of prefixes.
    """
    return (*known, *((ALL_ZERO_PREFIX,) if requests else ()))
