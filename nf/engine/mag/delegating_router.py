"""The embedded delegating router: hands the binding's prefixes to the mobile router.

RFC 7148 §5.1.3.1, NEMO draft §3.2 and §3.3.2. A message that needs a prefix waits for the PBA;
one per node is kept, the latest, since clients repeat themselves until they are answered. On a
link that is relayed, a message that could be answered here is handed to the relay agent.
"""

from __future__ import annotations

from typing import Final

from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect, SendDhcpMessage
from nf.engine.events import DhcpMessageReceived
from nf.engine.mag import dhcp_reconfigure, dhcp_replies, presence, registration
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.dhcp_replies import Delegation
from nf.engine.mag.dhcp_validation import fault_of
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway, remaining_lifetime_s
from nf.engine.mag.giving_back import give_back
from nf.engine.mag.records import BindingUpdateListEntry, Matter, RegistrationState
from nf.engine.mag.relay import forward, leases, to_servers
from nf.engine.values import Instant, ReconfigureAuthentication, TimerKind

_TYPE = DhcpMessageType
#: Messages that ask for leases, and so wait while it is open what the node may have.
ASKING: Final = frozenset({_TYPE.SOLICIT, _TYPE.REQUEST, _TYPE.RENEW, _TYPE.REBIND})
#: A router that was granted no prefix asks its LMA again with a Solicit after this: clients send
#: the next one after SOL_TIMEOUT (RFC 8415 §7.6).
SHORTEST_WAIT_MS: Final = 1_000


def word_of(message: DhcpMessage) -> str:
    """Return a message's type as the word that statistics use."""
    return message.message_type.name.lower().replace("_", "-")


def fault(gateway: Gateway, event: DhcpMessageReceived) -> DropReason | None:
    """Return why a message must be discarded whoever sent it, None where it must not."""
    if not event.source.is_link_local:
        return DropReason.DHCPV6_BAD_SOURCE
    is_relayed = forward.is_used(gateway, event.link)
    return fault_of(event.message, None if is_relayed else gateway.configuration.domain.server_duid)


def on_message(
    gateway: Gateway, identifier: MobileNodeIdentifier, event: DhcpMessageReceived, now: Instant
) -> list[Effect]:
    """Answer a valid message of an attached node, or keep it until it can be answered."""
    message = event.message
    if message.message_type in ASKING:
        return _serve(gateway, identifier, event, now)
    if message.message_type is _TYPE.RELEASE:
        return _release(gateway, identifier, event, now)
    if forward.is_used(gateway, event.link):
        return to_servers.relay(gateway, identifier, event, now)
    duid = gateway.configuration.domain.server_duid
    if message.message_type is _TYPE.DECLINE:
        return [_send(gateway, event, dhcp_replies.declined(message, duid))]
    if message.message_type is _TYPE.INFORMATION_REQUEST:
        return [_send(gateway, event, dhcp_replies.informed(message, duid))]
    reply = dhcp_replies.confirmed(message, duid, _delegation(gateway, identifier, now))
    if reply is None:
        gateway.drop(DropReason.DHCPV6_CANNOT_CONFIRM)
        return []
    return [_send(gateway, event, reply)]


def answer_waiting(
    gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant
) -> list[Effect]:
    """Answer the message that waited for an acknowledgement, if one did and it is settled now."""
    effects = leases.resume(gateway, identifier, now)
    event = gateway.waiting_messages.get(identifier)
    if event is None or _must_wait(gateway, identifier, event.message):
        return effects
    del gateway.waiting_messages[identifier]
    return effects + _answer(gateway, identifier, event, now)


def on_delegation_ended(
    gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant
) -> list[Effect]:
    """Take back what a router was delegated and did not renew in time.

    RFC 8415 §18.2.10.1: it may use the prefixes no longer, as if it had released them. The
    binding goes on without them; they stay assigned to the node while the LMA holds them. A router
    that is silent may have left, and then renews them elsewhere: so it is asked first.
    """
    entry = gateway.binding_update_list[identifier]
    if entry.state not in SERVED or not entry.mobile_network_prefixes:
        return []
    if not gateway.is_present(identifier):
        hold_ms = gateway.role.detach_hold_ms if gateway.role is not None else 0
        timer = TimerKind.DELEGATION_LIFETIME
        return [gateway.timers.start(timer, identifier, max(1, hold_ms))]
    if not presence.is_certain(gateway, identifier, now):
        return presence.ask(gateway, identifier, Matter.DELEGATION)
    return give_back(gateway, entry, leases.ended(gateway, entry, now), now)


def _serve(
    gateway: Gateway, identifier: MobileNodeIdentifier, event: DhcpMessageReceived, now: Instant
) -> list[Effect]:
    effects: list[Effect] = []
    if event.message.message_type is _TYPE.SOLICIT and event.message.ia_pds:
        effects = _ask_again(gateway, identifier, now)
    if _must_wait(gateway, identifier, event.message):
        gateway.waiting_messages[identifier] = event
        return effects
    gateway.waiting_messages.pop(identifier, None)
    return effects + _answer(gateway, identifier, event, now)


def _must_wait(gateway: Gateway, identifier: MobileNodeIdentifier, message: DhcpMessage) -> bool:
    """Tell whether it is still open which mobile network prefixes the node has.

    NEMO draft §3.3.2: the message is cached until the assigned prefix is known. Not where policy
    gives the node none: then the answer is known now.
    """
    if not message.ia_pds or not _may_have_prefixes(gateway, identifier):
        return False
    entry = gateway.binding_update_list.get(identifier)
    if entry is None:
        return not gateway.is_started
    if entry.state is RegistrationState.REGISTERING:
        return entry.is_mobile_router
    return entry.state is RegistrationState.REFRESHING and _asks_for_prefixes(entry)


def _may_have_prefixes(gateway: Gateway, identifier: MobileNodeIdentifier) -> bool:
    node_and_profile = gateway.node_and_profile(identifier)
    return node_and_profile is not None and node_and_profile[1].network_mobility


def _asks_for_prefixes(entry: BindingUpdateListEntry) -> bool:
    """Tell whether the pending PBU asks for mobile network prefixes that are not known yet."""
    request = entry.pending
    if request is None:
        return False
    asked = len(request.mobile_network_prefixes) + len(request.delegated_mobile_network_prefixes)
    return asked > len(entry.mobile_network_prefixes)


def _answer(
    gateway: Gateway, identifier: MobileNodeIdentifier, event: DhcpMessageReceived, now: Instant
) -> list[Effect]:
    """Answer with what the node may have; what is delegated has to be renewed in time."""
    if forward.is_used(gateway, event.link):
        return to_servers.relay(gateway, identifier, event, now)
    duid = gateway.configuration.domain.server_duid
    delegation = _delegation(gateway, identifier, now)
    reply = dhcp_replies.assignment(event.message, duid, delegation)
    said = event.message
    key, effects = dhcp_reconfigure.hand_out_key(gateway, identifier, said, reply, now)
    effects.append(_send(gateway, event, reply, authentication=key))
    if reply.message_type is _TYPE.REPLY:
        effects += dhcp_reconfigure.note(gateway, identifier, event, reply, now)
    if reply.message_type is _TYPE.REPLY and dhcp_replies.delegates(reply):
        after_ms = delegation.lifetime_s * 1000
        effects.append(gateway.timers.start(TimerKind.DELEGATION_LIFETIME, identifier, after_ms))
    return effects


def _delegation(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> Delegation:
    """Return what the binding gives the node: nothing while there is none."""
    entry = gateway.binding_update_list.get(identifier)
    is_reconfigurable = dhcp_reconfigure.is_offered(gateway)
    if entry is None or entry.state not in SERVED:
        return Delegation(is_reconfigurable=is_reconfigurable)
    return Delegation(
        mobile_network_prefixes=entry.mobile_network_prefixes,
        home_network_prefixes=entry.home_network_prefixes,
        lifetime_s=remaining_lifetime_s(entry, now),
        is_reconfigurable=is_reconfigurable,
    )


def _ask_again(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Ask the LMA again for the prefixes of a router that has none, or gave some back.

    So what is served as a host becomes a router with a Solicit, once the LMA has a prefix for it
    (NEMO draft §3.3.2, scenario 1).
    """
    entry = gateway.binding_update_list.get(identifier)
    if entry is None or entry.state not in SERVED:
        return []
    if identifier not in gateway.released and not _was_granted_none(entry, now):
        return []
    if not _may_have_prefixes(gateway, identifier):
        return []
    gateway.released.discard(identifier)
    entry.is_mobile_router = True
    requests = registration.missing_prefixes(gateway, entry)
    return registration.renew(gateway, identifier, now, requests=requests)


def _was_granted_none(entry: BindingUpdateListEntry, now: Instant) -> bool:
    """Tell whether a router asked for prefixes and got none, but not just now."""
    is_without = entry.is_mobile_router and not entry.mobile_network_prefixes
    answered_ms = entry.expires_at_ms - entry.granted_lifetime_s * 1000
    is_settled = entry.state is RegistrationState.REGISTERED
    return is_without and is_settled and now.at_ms - answered_ms >= SHORTEST_WAIT_MS


def _release(
    gateway: Gateway, identifier: MobileNodeIdentifier, event: DhcpMessageReceived, now: Instant
) -> list[Effect]:
    """Take prefixes back from the router and from its binding."""
    gateway.waiting_messages.pop(identifier, None)
    if forward.is_used(gateway, event.link):
        return to_servers.release(gateway, identifier, event, now)
    delegation = _delegation(gateway, identifier, now)
    duid = gateway.configuration.domain.server_duid
    held = delegation.mobile_network_prefixes
    reply, given_back = dhcp_replies.released(event.message, duid, held)
    effects: list[Effect] = []
    if given_back:
        entry = gateway.binding_update_list[identifier]
        effects = give_back(gateway, entry, given_back, now)
    return [*effects, _send(gateway, event, reply)]


def _send(
    gateway: Gateway,
    event: DhcpMessageReceived,
    message: DhcpMessage,
    *,
    authentication: ReconfigureAuthentication | None = None,
) -> Effect:
    """Answer to the address that the message came from (RFC 8415 §18.3.10)."""
    gateway.statistics.dhcpv6_sent[word_of(message)] += 1
    return SendDhcpMessage(
        link=event.link,
        destination=event.source,
        message=message,
        authentication=authentication,
    )
