"""What a commit does to the relay agent: its socket comes, changes or goes."""

from __future__ import annotations

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.configuration import ConfigurationItem, MagConfiguration, MagRemoved
from nf.engine.effects import CloseRelay, Effect, OpenRelay
from nf.engine.mag import forwarding
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.relay import forward, silence
from nf.engine.values import TimerKind


def on_changed(gateway: Gateway, items: tuple[ConfigurationItem, ...]) -> list[Effect]:
    """Bring socket and nodes into line with the role, where a commit is about that."""
    if not any(isinstance(item, MagConfiguration | MagRemoved) for item in items):
        return []
    effects: list[Effect] = []
    wanted = _wanted(gateway)
    if wanted != gateway.relay.opened:
        effects += silence.stop(gateway.relay)
        gateway.relay.opened, gateway.relay.is_answering = wanted, None
        effects.append(CloseRelay() if wanted is None else wanted)
    for identifier, node in tuple(gateway.relay.nodes.items()):
        if not forward.is_used(gateway, node.link):
            effects += _forget(gateway, identifier)
    return effects


def _wanted(gateway: Gateway) -> OpenRelay | None:
    role = gateway.role
    if role is None or role.dhcpv6_relay is None:
        return None
    source = role.dhcpv6_relay.source_address or role.proxy_care_of_address
    return OpenRelay(source=source, servers=role.dhcpv6_relay.servers)


def _forget(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    """Serve a node whose link is not relayed any more as if it had never been."""
    was_without = gateway.relay.is_without_lease(identifier)
    gateway.relay.forget(identifier)
    effects = gateway.timers.stop((TimerKind.RELAY_RETRY,), identifier)
    return effects + (forwarding.align(gateway, identifier) if was_without else [])
