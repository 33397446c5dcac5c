"""What becomes of a client's message on a link that is relayed (NEMO draft §3.2)."""

from __future__ import annotations

from nf.codec.dhcpv6_messages import DhcpMessageType
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect
from nf.engine.events import DhcpMessageReceived
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.giving_back import give_back
from nf.engine.mag.relay import forward, soliciting
from nf.engine.values import Instant


def relay(
    gateway: Gateway, identifier: MobileNodeIdentifier, event: DhcpMessageReceived, now: Instant
) -> list[Effect]:
    """Relay a message of a node whose registration is settled."""
    entry = forward.served_entry(gateway, identifier)
    fault = DropReason.NOT_REGISTERED if entry is None else forward.fault_of(entry, event.message)
    if entry is None or fault is not None:
        gateway.drop(fault or DropReason.NOT_REGISTERED)
        return []
    message = event.message
    if message.message_type is DhcpMessageType.SOLICIT and message.ia_pds:
        return soliciting.take(gateway, entry, event, now)
    return forward.verbatim(gateway, entry, event)


def release(
    gateway: Gateway, identifier: MobileNodeIdentifier, event: DhcpMessageReceived, now: Instant
) -> list[Effect]:
    """Relay a Release, and take what it names out of the binding.

    At once: whatever the server says, the client uses it no more (RFC 8415 §18.2.7, RFC 8987 §4.1,
    G-9), and a Reply to a Release names no prefix.
    """
    entry = forward.served_entry(gateway, identifier)
    if entry is None:
        gateway.drop(DropReason.NOT_REGISTERED)
        return []
    effects = forward.verbatim(gateway, entry, event)
    named = forward.named_prefixes(event.message)
    given_back = tuple(each for each in entry.mobile_network_prefixes if each in named)
    return effects + (give_back(gateway, entry, given_back, now) if given_back else [])
