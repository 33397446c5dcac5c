"""Telling a client that a prefix which it was delegated is no more its own (RFC 8415 §18.3.11).

Only a client that accepts Reconfigure messages is told; any other learns it with its next Renew.
It answers with a Renew, and the reply to that ends the prefix.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv6Network
from typing import Final

from nf.codec.dhcpv6_authentication import OPTION_RECONF_MSG
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType, RawDhcpOption
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect, SendDhcpMessage
from nf.engine.events import DhcpMessageReceived
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import Lease
from nf.engine.values import TimerKind

#: REC_TIMEOUT and REC_MAX_RC (RFC 8415 §7.6).
FIRST_TIMEOUT_MS: Final = 2_000
MAX_ATTEMPTS: Final = 8
_RENEW: Final = RawDhcpOption(code=OPTION_RECONF_MSG, data=bytes((DhcpMessageType.RENEW,)))


def is_offered(gateway: Gateway) -> bool:
    """Tell whether clients may be reconfigured: there is a secret for their keys."""
    return gateway.configuration.domain.reconfigure_secret_file is not None


def note(
    gateway: Gateway,
    identifier: MobileNodeIdentifier,
    event: DhcpMessageReceived,
    reply: DhcpMessage,
) -> list[Effect]:
    """Take note of what a client was told, and whether it may be told more; no Reconfigure waits.

    RFC 8415 §21.20: without the option in its message it is not willing.
    """
    stopped = gateway.timers.stop((TimerKind.RECONFIGURE,), identifier)
    gateway.leases.pop(identifier, None)
    if reply.reconfigure_accept and event.message.client_duid is not None:
        gateway.leases[identifier] = Lease(
            client_duid=event.message.client_duid,
            address=event.source,
            prefixes=tuple(
                each.prefix for ia in reply.ia_pds for each in ia.prefixes if each.valid_lifetime_s
            ),
        )
    return stopped


def give_back(
    gateway: Gateway, identifier: MobileNodeIdentifier, prefixes: Collection[IPv6Network]
) -> None:
    """Take note that a client does not use prefixes any more."""
    lease = gateway.leases.get(identifier)
    if lease is not None:
        lease.prefixes = tuple(each for each in lease.prefixes if each not in prefixes)


def follow(gateway: Gateway) -> list[Effect]:
    """Tell the clients whose prefixes have changed, if they lost one."""
    effects: list[Effect] = []
    for identifier in gateway.realigned:
        lease = gateway.leases.get(identifier)
        is_told = gateway.timers.is_running(TimerKind.RECONFIGURE, identifier)
        if lease is not None and not is_told and _has_lost(gateway, identifier, lease):
            lease.attempts = 0
            effects += _tell(gateway, identifier, lease)
    gateway.realigned.clear()
    return effects


def on_due(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    """Tell a client again that has not answered, REC_MAX_RC times in all."""
    lease = gateway.leases.get(identifier)
    if lease is None or not _has_lost(gateway, identifier, lease):
        return []
    return _tell(gateway, identifier, lease) if lease.attempts < MAX_ATTEMPTS else []


def _has_lost(gateway: Gateway, identifier: MobileNodeIdentifier, lease: Lease) -> bool:
    entry = gateway.binding_update_list.get(identifier)
    is_served = entry is not None and entry.state in SERVED
    held = entry.mobile_network_prefixes if entry is not None and is_served else ()
    return any(prefix not in held for prefix in lease.prefixes)


def _tell(gateway: Gateway, identifier: MobileNodeIdentifier, lease: Lease) -> list[Effect]:
    """Send a Reconfigure, and wait twice as long as for the one before."""
    attached = gateway.attached_nodes.get(identifier)
    if attached is None:
        return []
    wait_ms = FIRST_TIMEOUT_MS << lease.attempts
    lease.attempts += 1
    gateway.statistics.dhcpv6_sent["reconfigure"] += 1
    message = DhcpMessage(
        message_type=DhcpMessageType.RECONFIGURE,
        transaction_id=0,
        client_duid=lease.client_duid,
        server_duid=gateway.configuration.domain.server_duid,
        other_options=(_RENEW,),
    )
    return [
        SendDhcpMessage(link=attached.link, destination=lease.address, message=message),
        gateway.timers.start(TimerKind.RECONFIGURE, identifier, wait_ms),
    ]
