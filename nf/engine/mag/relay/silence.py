"""Noticing that no server answers: operators are told, and told when one does again.

What a server may leave unanswered is no sign: only a Solicit, and what is meant for a server that
has answered before.
"""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.engine.effects import Effect, Notify, StartTimer, StopTimer
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.relay.records import MAX_SERVER_DUIDS, Relay
from nf.engine.notifications import DelegatingRouterAnswers, DelegatingRoutersSilent
from nf.engine.values import Timer, TimerKind

#: Within this time clients repeat a message three times (SOL_TIMEOUT and REQ_TIMEOUT of RFC 8415
#: §7.6 are a second, and double).
SILENCE_MS: Final = 10_000


def on_relayed(gateway: Gateway, message: DhcpMessage) -> list[Effect]:
    """Expect an answer to what was relayed, if there must be one."""
    relay = gateway.relay
    is_due = message.message_type is DhcpMessageType.SOLICIT or (
        message.server_duid is not None and message.server_duid in relay.server_duids
    )
    if not is_due or relay.is_waiting or relay.is_answering is False:
        return []
    relay.is_waiting = True
    return [StartTimer(timer=_timer(relay), after_ms=SILENCE_MS)]


def on_answered(gateway: Gateway, server: IPv6Address, server_duid: bytes | None) -> list[Effect]:
    """Take note that a server answers."""
    relay = gateway.relay
    if server_duid is not None and len(relay.server_duids) < MAX_SERVER_DUIDS:
        relay.server_duids[server_duid] = None
    effects = stop(relay)
    if relay.is_answering is False:
        effects.append(Notify(notification=DelegatingRouterAnswers(server=server)))
    relay.is_answering = True
    return effects


def on_due(gateway: Gateway) -> list[Effect]:
    """Tell that nobody has answered."""
    relay = gateway.relay
    if not relay.is_waiting or relay.opened is None:
        return []
    relay.is_waiting, relay.is_answering = False, False
    return [Notify(notification=DelegatingRoutersSilent(servers=relay.opened.servers))]


def stop(relay: Relay) -> list[Effect]:
    """Expect no answer any more."""
    if not relay.is_waiting:
        return []
    relay.is_waiting = False
    return [StopTimer(timer=_timer(relay))]


def _timer(relay: Relay) -> Timer:
    source = relay.opened.source if relay.opened is not None else None
    return Timer(kind=TimerKind.RELAY_SILENCE, key=str(source))
