"""Sending PBUs until they are answered (RFC 5213 §6.9.4, RFC 6275 §11.8)."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from nf.codec.messages import MobileNodeIdentifier, ProxyBindingUpdate
from nf.engine.effects import Effect, SendMessage
from nf.engine.errors import InvariantBroken
from nf.engine.mag import controlled_parameters
from nf.engine.mag.gateway import RECENT_COPIES, Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.values import Instant, TimerKind


def send_request(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    update: ProxyBindingUpdate,
    now: Instant,
    *,
    attempt: int = 0,
) -> list[Effect]:
    """Send a PBU for the first time and wait INITIAL_BINDACK_TIMEOUT for its answer."""
    gateway.copies[entry.mobile_node_identifier] = deque(maxlen=RECENT_COPIES)
    entry.retransmissions = attempt
    entry.retransmit_delay_ms = delay_ms(gateway, entry, attempt)
    return _send(gateway, entry, update, now)


def send_again(gateway: Gateway, entry: BindingUpdateListEntry, now: Instant) -> list[Effect]:
    """Send the pending PBU once more and wait twice as long as before.

    RFC 5213 §6.9.4: with the latest timestamp and a greater sequence number, only while the
    node is attached: while it is merely held, the question is put off.
    """
    identifier = entry.mobile_node_identifier
    if entry.pending is None:
        raise InvariantBroken(f"nothing waits for an answer for {identifier}")
    if not gateway.is_present(identifier):
        return [wait(gateway, entry)]
    entry.retransmissions += 1
    entry.retransmit_delay_ms = delay_ms(gateway, entry, entry.retransmissions)
    gateway.statistics.pbu_retransmitted += 1
    return _send(gateway, entry, entry.pending, now)


def wait(gateway: Gateway, entry: BindingUpdateListEntry) -> Effect:
    """Wait for as long as the entry says."""
    return gateway.timers.start(
        TimerKind.RETRANSMIT, entry.mobile_node_identifier, entry.retransmit_delay_ms
    )


def delay_ms(gateway: Gateway, entry: BindingUpdateListEntry, attempt: int) -> int:
    """Return how long to wait after the given attempt, counted from 0.

    RFC 6275 §11.8: doubled with each one until MAX_BINDACK_TIMEOUT, then at this slow rate.
    """
    first_ms = controlled_parameters.first_timeout_ms(gateway, entry)
    return min(slowest_ms(gateway, entry), first_ms << min(attempt, 16))


def slowest_ms(gateway: Gateway, entry: BindingUpdateListEntry) -> int:
    """Return MAX_BINDACK_TIMEOUT as it is configured, here or at the LMA."""
    return controlled_parameters.slowest_timeout_ms(gateway, entry)


def is_copy_of_pending(gateway: Gateway, identifier: MobileNodeIdentifier, number: int) -> bool:
    """Tell whether a sequence number is of the pending PBU or of a recent copy of it."""
    return number in gateway.copies.get(identifier, ())


def stop(gateway: Gateway, entry: BindingUpdateListEntry) -> list[Effect]:
    """Wait for no answer any more."""
    entry.pending = None
    gateway.copies.pop(entry.mobile_node_identifier, None)
    return gateway.timers.stop((TimerKind.RETRANSMIT,), entry.mobile_node_identifier)


def send_once(
    gateway: Gateway, entry: BindingUpdateListEntry, update: ProxyBindingUpdate, now: Instant
) -> Effect:
    """Send a PBU whose answer nobody waits for."""
    return _effect(entry, _stamped(gateway, entry, update, now))


def _send(
    gateway: Gateway, entry: BindingUpdateListEntry, update: ProxyBindingUpdate, now: Instant
) -> list[Effect]:
    entry.pending = _stamped(gateway, entry, update, now)
    gateway.copies[entry.mobile_node_identifier].append(entry.sequence_number)
    return [_effect(entry, entry.pending), wait(gateway, entry)]


def _stamped(
    gateway: Gateway, entry: BindingUpdateListEntry, update: ProxyBindingUpdate, now: Instant
) -> ProxyBindingUpdate:
    """Return a PBU with what orders it, at the moment of sending."""
    in_use = gateway.configuration.domain.timestamp_based_approach_in_use
    entry.sequence_number = gateway.order.next_sequence_number()
    gateway.statistics.pbu_sent += 1
    return replace(
        update,
        sequence_number=entry.sequence_number,
        timestamp=gateway.order.next_timestamp(now) if in_use else None,
    )


def _effect(entry: BindingUpdateListEntry, message: ProxyBindingUpdate) -> Effect:
    return SendMessage(source=entry.tunnel.local, destination=entry.tunnel.remote, message=message)
