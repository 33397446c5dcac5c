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
from nf.engine.values import Instant, ReconfigureAuthentication, TimerKind

#: REC_TIMEOUT and REC_MAX_RC (RFC 8415 §7.6).
FIRST_TIMEOUT_MS: Final = 2_000
MAX_ATTEMPTS: Final = 8
_TYPE = DhcpMessageType
#: Messages in which a client says whether it accepts Reconfigure messages (RFC 8415 §18.2).
_INITIAL: Final = frozenset({_TYPE.SOLICIT, _TYPE.REQUEST})
_RENEW: Final = RawDhcpOption(code=OPTION_RECONF_MSG, data=bytes((_TYPE.RENEW,)))


def is_offered(gateway: Gateway) -> bool:
    """Tell whether clients may be reconfigured: there is a secret for their keys."""
    return gateway.configuration.domain.reconfigure_secret_file is not None


def hand_out_key(
    gateway: Gateway,
    identifier: MobileNodeIdentifier,
    message: DhcpMessage,
    reply: DhcpMessage,
    now: Instant,
) -> tuple[ReconfigureAuthentication | None, list[Effect]]:
    """Return how a Reply hands the client its key, None for one that does not.

    RFC 8415 §20.4.2: in the exchange in which the client says that it accepts Reconfigure messages.
    """
    is_initial = message.message_type in _INITIAL and reply.message_type is _TYPE.REPLY
    if not (is_initial and reply.reconfigure_accept):
        return None, []
    return _authentication(gateway, identifier, now)


def note(
    gateway: Gateway,
    identifier: MobileNodeIdentifier,
    event: DhcpMessageReceived,
    reply: DhcpMessage,
    now: Instant,
) -> list[Effect]:
    """Take note of what a client was told, and whether it may be told more; no Reconfigure waits.

    RFC 8415 §21.20: without the option in its message it is not willing. A Renew or Rebind need
    not have it (§18.2.4, §18.2.5): then what the client said before still counts.
    """
    duid = event.message.client_duid
    if duid is None:
        return []
    known = gateway.leases.get(identifier)
    is_willing = reply.reconfigure_accept
    if known is not None and known.client_duid == duid and is_offered(gateway):
        is_renewal = event.message.message_type not in _INITIAL
        is_willing = is_willing or (is_renewal and known.is_reconfigurable)
    granted = [each for ia in reply.ia_pds for each in ia.prefixes if each.valid_lifetime_s]
    longest_s = max((each.valid_lifetime_s for each in granted), default=0)
    gateway.leases[identifier] = Lease(
        client_duid=duid,
        address=event.source,
        prefixes=tuple(each.prefix for each in granted),
        is_reconfigurable=is_willing,
        ends_utc_us=now.utc_us + longest_s * 1_000_000,
    )
    return gateway.timers.stop((TimerKind.RECONFIGURE,), identifier)


def give_back(
    gateway: Gateway, identifier: MobileNodeIdentifier, prefixes: Collection[IPv6Network]
) -> None:
    """Take note that a client does not use prefixes any more."""
    lease = gateway.leases.get(identifier)
    if lease is not None:
        lease.prefixes = tuple(each for each in lease.prefixes if each not in prefixes)


def follow(gateway: Gateway, now: Instant) -> list[Effect]:
    """Tell the clients whose prefixes have changed, if they lost one."""
    effects: list[Effect] = []
    for identifier in gateway.realigned:
        lease = gateway.leases.get(identifier)
        is_told = gateway.timers.is_running(TimerKind.RECONFIGURE, identifier)
        if lease is not None and not is_told and _has_lost(gateway, identifier, lease):
            lease.attempts = 0
            effects += _tell(gateway, identifier, lease, now)
    gateway.realigned.clear()
    return effects


def on_due(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Tell a client again that has not answered, REC_MAX_RC times in all."""
    lease = gateway.leases.get(identifier)
    if lease is None or not _has_lost(gateway, identifier, lease):
        return []
    return _tell(gateway, identifier, lease, now) if lease.attempts < MAX_ATTEMPTS else []


def _has_lost(gateway: Gateway, identifier: MobileNodeIdentifier, lease: Lease) -> bool:
    """Tell whether a client that can be told uses a prefix that is not its node's any more."""
    entry = gateway.binding_update_list.get(identifier)
    is_served = entry is not None and entry.state in SERVED
    held = entry.mobile_network_prefixes if entry is not None and is_served else ()
    return lease.is_reconfigurable and any(prefix not in held for prefix in lease.prefixes)


def _tell(
    gateway: Gateway, identifier: MobileNodeIdentifier, lease: Lease, now: Instant
) -> list[Effect]:
    """Send a Reconfigure, and wait twice as long as for the one before."""
    attached = gateway.attached_nodes.get(identifier)
    if attached is None or not is_offered(gateway):
        return []
    wait_ms = FIRST_TIMEOUT_MS << lease.attempts
    lease.attempts += 1
    gateway.statistics.dhcpv6_sent["reconfigure"] += 1
    message = DhcpMessage(
        message_type=_TYPE.RECONFIGURE,
        transaction_id=0,
        client_duid=lease.client_duid,
        server_duid=gateway.configuration.domain.server_duid,
        other_options=(_RENEW,),
    )
    authentication, effects = _authentication(gateway, identifier, now)
    return [
        *effects,
        SendDhcpMessage(
            link=attached.link,
            destination=lease.address,
            message=message,
            authentication=authentication,
        ),
        gateway.timers.start(TimerKind.RECONFIGURE, identifier, wait_ms),
    ]


def _authentication(
    gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant
) -> tuple[ReconfigureAuthentication, list[Effect]]:
    number, effects = gateway.replay_detection.next(now)
    authentication = ReconfigureAuthentication(
        mobile_node_identifier=identifier, replay_detection=number
    )
    return authentication, effects
