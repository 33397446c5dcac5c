"""From servers to the client (RFC 8415 §19.2), each judged by the binding (NEMO draft §3.3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

from nf.codec.dhcpv6 import decode_dhcp_message
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.codec.dhcpv6_relay_messages import RelayMessage, RelayMessageType
from nf.codec.errors import DecodeError
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect, PassDhcpMessage
from nf.engine.events import RelayMessageReceived
from nf.engine.mag import giving_back
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.mag.relay import forward, leases, repair, silence, soliciting
from nf.engine.mag.relay.records import Exchange, RelayedNode
from nf.engine.values import Instant

_TYPE = DhcpMessageType


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A server's message, and whom and what it answers."""

    server: IPv6Address
    identifier: MobileNodeIdentifier
    node: RelayedNode
    #: None: it was not asked for.
    exchange: Exchange | None
    message: DhcpMessage
    octets: bytes


def on_received(gateway: Gateway, event: RelayMessageReceived, now: Instant) -> list[Effect]:
    """Judge a server's message, and pass it on if it may be."""
    fault = _fault_of(gateway, event)
    answer = fault if fault is not None else _answer(gateway, event)
    if isinstance(answer, DropReason):
        gateway.drop(answer)
        return []
    gateway.statistics.dhcpv6_answered[forward.word_of(answer.message)] += 1
    effects = silence.on_answered(gateway, event.source, answer.message.server_duid)
    if answer.exchange is None:
        return effects + _pass(gateway, answer)
    if answer.exchange.is_ours:
        return effects
    if answer.message.message_type is _TYPE.ADVERTISE:
        return effects + _on_advertise(gateway, answer, answer.exchange, now)
    if answer.exchange.asks_for_prefix:
        return effects + _on_delegation(gateway, answer, now)
    return effects + _pass(gateway, answer)


def _fault_of(gateway: Gateway, event: RelayMessageReceived) -> DropReason | None:
    """Return why nothing in a message can be believed.

    RFC 8415 §22: only configured servers. None of them is on an access link, whatever a node there
    puts into its source. We relayed it first, so its hop count is 0.
    """
    opened = gateway.relay.opened
    if opened is None or event.source not in opened.servers:
        return DropReason.RELAY_NOT_A_SERVER
    if event.interface in gateway.open_links:
        return DropReason.RELAY_FROM_ACCESS_LINK
    message = event.message
    if message.message_type is not RelayMessageType.RELAY_REPLY or message.hop_count:
        return DropReason.RELAY_INVALID
    return None


def _answer(gateway: Gateway, event: RelayMessageReceived) -> Answer | DropReason:
    """Find out which node a Relay-reply is for, and what it answers.

    By Interface-Id and peer-address the node, by transaction id and DUID the exchange. Only a
    Reconfigure comes unasked (RFC 8415 §18.3.11).
    """
    identifier = _addressee(gateway, event.message)
    node = gateway.relay.nodes.get(identifier) if identifier is not None else None
    if identifier is None or node is None:
        return DropReason.RELAY_UNMATCHED
    try:
        message = decode_dhcp_message(event.message.relayed)
    except DecodeError:
        return DropReason.RELAY_INVALID
    exchange = None
    if message.message_type in (_TYPE.ADVERTISE, _TYPE.REPLY):
        exchange = node.exchanges.get(message.transaction_id)
        if exchange is None or not _answers(message, exchange):
            return DropReason.RELAY_UNMATCHED
    elif message.message_type is not _TYPE.RECONFIGURE:
        return DropReason.RELAY_INVALID
    return Answer(
        server=event.source,
        identifier=identifier,
        node=node,
        exchange=exchange,
        message=message,
        octets=event.message.relayed,
    )


def _addressee(gateway: Gateway, message: RelayMessage) -> MobileNodeIdentifier | None:
    """Return which node a message is for, if it is still where that says."""
    for link in gateway.open_links:
        if link.encode() == message.interface_id:
            identifier = gateway.relay.node_at.get((link, message.peer_address))
            attached = gateway.attached_nodes.get(identifier) if identifier is not None else None
            return identifier if attached is not None and attached.link == link else None
    return None


def _answers(message: DhcpMessage, exchange: Exchange) -> bool:
    """Tell whether a client would take a message for an answer (RFC 8415 §16.3, §16.10)."""
    is_solicit = exchange.message_type is _TYPE.SOLICIT
    is_fitting = message.message_type is _TYPE.REPLY or is_solicit
    is_whole = message.server_duid is not None and message.client_duid == exchange.client_duid
    return is_fitting and is_whole


def _on_advertise(
    gateway: Gateway, answer: Answer, exchange: Exchange, now: Instant
) -> list[Effect]:
    """Pass an offer on unless it is of other prefixes than the binding's.

    Where one server has offered the right one, what others offer is of no concern.
    """
    entry = forward.served_entry(gateway, answer.identifier)
    if entry is None:
        gateway.drop(DropReason.NOT_REGISTERED)
        return []
    offered = repair.living_prefixes(answer.message)
    foreign = _foreign(entry, answer.message)
    if foreign:
        gateway.drop(DropReason.RELAY_OTHER_PREFIX)
        if exchange.is_served:
            return []
        return soliciting.on_other_prefix(
            gateway, entry, answer.node, answer.server, answer.message, foreign, now
        )
    effects: list[Effect] = []
    if offered:
        exchange.is_served = True
        effects = soliciting.on_right_prefix(gateway, answer.node, answer.identifier)
    elif exchange.asks_for_prefix and not exchange.is_served:
        answer.node.empty_handed = answer.server
    return effects + _pass(gateway, answer)


def _on_delegation(gateway: Gateway, answer: Answer, now: Instant) -> list[Effect]:
    """Take note of what a Reply delegates and ends, and pass it on unless all of it is foreign.

    NEMO draft §3.2: a mobile network prefix with lifetime 0 leaves the binding. What is foreign is
    released on behalf of the client. A Reply that has foreign prefixes beside the right ones cannot
    be withheld from the client, which would lose all of them (RFC 8987 §4.1, G-1: nor be changed).
    """
    entry = forward.served_entry(gateway, answer.identifier)
    if entry is None:
        gateway.drop(DropReason.NOT_REGISTERED)
        return []
    node, message = answer.node, answer.message
    foreign, living = _foreign(entry, message), set(repair.living_prefixes(message))
    is_delegated = any(each in living for each in entry.mobile_network_prefixes)
    effects: list[Effect] = []
    if foreign:
        gateway.drop(DropReason.RELAY_OTHER_PREFIX)
        effects.append(repair.release(gateway, entry, node, answer.server, message, foreign))
        effects += repair.tell(entry, node, answer.server, foreign)
        if not is_delegated:
            return effects
    if is_delegated:
        effects += leases.note(gateway, entry, message, now)
        effects += soliciting.on_delegated(gateway, node, answer.identifier)
    ended = _ended(entry, message, living)
    if ended:
        effects += giving_back.give_back(gateway, entry, ended, now)
    return effects + _pass(gateway, answer)


def _foreign(entry: BindingUpdateListEntry, message: DhcpMessage) -> tuple[IPv6Network, ...]:
    held = entry.mobile_network_prefixes
    return tuple(each for each in repair.living_prefixes(message) if each not in held)


def _ended(
    entry: BindingUpdateListEntry, message: DhcpMessage, living: set[IPv6Network]
) -> tuple[IPv6Network, ...]:
    """Return the prefixes of a binding that a message names, and gives no life."""
    named = {each.prefix for ia in message.ia_pds for each in ia.prefixes}
    return tuple(
        each for each in entry.mobile_network_prefixes if each in named and each not in living
    )


def _pass(gateway: Gateway, answer: Answer) -> list[Effect]:
    """Let the client have a message as it is (RFC 8415 §19.2)."""
    gateway.statistics.dhcpv6_sent[forward.word_of(answer.message)] += 1
    node = answer.node
    passed = PassDhcpMessage(link=node.link, destination=node.address, octets=answer.octets)
    return [passed]
