"""What an LMA wants this MAG to go by: renewal, retransmission, heartbeats (RFC 8127 §5.2)."""

from __future__ import annotations

from typing import Final

from nf.codec.messages import (
    BindingReregistrationControl,
    LmaControlledParameters,
    ProxyBindingAcknowledgement,
)
from nf.engine.configuration import MagConfiguration
from nf.engine.errors import InvariantBroken
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.paths import Path

#: A renewal is not asked for sooner than this, whatever the LMA wants, unless half of the
#: lifetime is shorter still: so no value makes the MAG renew all the time.
SHORTEST_RENEWAL_MS: Final = 30_000


def are_usable(gateway: Gateway, message: ProxyBindingAcknowledgement) -> bool:
    """Tell whether an acceptance may be taken: with a zero among its parameters it may not.

    RFC 8127 §5.2: a retransmission delay of heartbeats is the one that may be 0.
    """
    parameters = message.lma_controlled_parameters
    if parameters is None or not role_of(gateway).lma_controlled_parameters:
        return True
    renewal, heartbeat = parameters.reregistration, parameters.heartbeat
    values: list[int] = []
    if renewal is not None:
        values += [
            renewal.reregistration_start_s,
            renewal.initial_retransmission_s,
            renewal.maximum_retransmission_s,
        ]
    if heartbeat is not None:
        values += [heartbeat.interval_s, heartbeat.maximum_retransmissions]
    return all(values)


def take(
    gateway: Gateway, entry: BindingUpdateListEntry, parameters: LmaControlledParameters | None
) -> None:
    """Go by what an acceptance says, for this binding and for heartbeats to its LMA."""
    entry.lma_controlled_parameters = parameters
    control = parameters.heartbeat if parameters is not None else None
    lma = entry.tunnel.remote
    path = gateway.watch.paths.get(lma)
    if path is None and control is not None:
        path = gateway.watch.paths[lma] = Path()
    if path is not None and path.control != control:
        path.control = control
        gateway.changed_lmas[lma] = None


def renewal_ms(gateway: Gateway, entry: BindingUpdateListEntry) -> int:
    """Return how long after its acceptance a binding is to be renewed.

    Half of its lifetime, which leaves the other half for retransmissions, unless the LMA says
    how long before the end: not sensible where that is not within the lifetime.
    """
    lifetime_ms = entry.granted_lifetime_s * 1000
    control = _control(gateway, entry)
    if control is None or control.reregistration_start_s >= entry.granted_lifetime_s:
        return lifetime_ms // 2
    wanted_ms = lifetime_ms - control.reregistration_start_s * 1000
    return max(wanted_ms, min(lifetime_ms // 2, SHORTEST_RENEWAL_MS))


def first_timeout_ms(gateway: Gateway, entry: BindingUpdateListEntry) -> int:
    """Return INITIAL_BINDACK_TIMEOUT, the LMA's or ours (RFC 8127 §4.1)."""
    control = _control(gateway, entry)
    if control is None:
        return role_of(gateway).initial_bindack_timeout_ms
    return control.initial_retransmission_s * 1000


def slowest_timeout_ms(gateway: Gateway, entry: BindingUpdateListEntry) -> int:
    """Return MAX_BINDACK_TIMEOUT, the LMA's or ours (RFC 8127 §4.1)."""
    control = _control(gateway, entry)
    if control is None:
        return role_of(gateway).max_bindack_timeout_ms
    return control.maximum_retransmission_s * 1000


def role_of(gateway: Gateway) -> MagConfiguration:
    """Return the role, which is on wherever a binding is dealt with."""
    if gateway.role is None:
        raise InvariantBroken("no PBU is sent while the role is off")
    return gateway.role


def _control(
    gateway: Gateway, entry: BindingUpdateListEntry
) -> BindingReregistrationControl | None:
    parameters = entry.lma_controlled_parameters
    if parameters is None or not role_of(gateway).lma_controlled_parameters:
        return None
    return parameters.reregistration
