"""Instance data of what peers tell each other, and may use up, to the engine's configuration."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.codec.messages import (
    BindingReregistrationControl,
    HeartbeatControl,
    LmaControlledParameters,
)
from nf.engine.configuration import (
    HeartbeatConfiguration,
    LmaLimits,
    RedirectAnchor,
    RedirectConfiguration,
    RevocationConfiguration,
    UpdateNotificationConfiguration,
)
from nf.engine.values import RateLimit
from nf.northbound.json_values import (
    JsonObject,
    entries,
    flag,
    number,
    number_or_none,
    part,
    text,
    text_or_none,
)


def heartbeat_from_yang(role: JsonObject) -> HeartbeatConfiguration | None:
    """Return how a role watches its peers, None where it does not."""
    node = part(role, "heartbeat")
    if node is None:
        return None
    return HeartbeatConfiguration(
        interval_s=number(node, "interval"),
        missing_heartbeats_allowed=number(node, "missing-heartbeats-allowed"),
    )


def revocation_from_yang(role: JsonObject) -> RevocationConfiguration:
    """Return how indications that bindings are revoked are repeated."""
    node = part(role, "binding-revocation") or {}
    return RevocationConfiguration(
        max_retries=number(node, "max-retries"),
        initial_delay_ms=number(node, "initial-delay"),
        max_delay_ms=number(node, "max-delay"),
    )


def revocation_policy_from_yang(anchor: JsonObject) -> tuple[bool, bool]:
    """Return whether gateways are told of handovers, and of bindings that a commit ends."""
    node = part(anchor, "binding-revocation") or {}
    return flag(node, "on-handover"), flag(node, "on-removal")


def update_notification_from_yang(anchor: JsonObject) -> UpdateNotificationConfiguration:
    """Return how update notifications are repeated."""
    node = part(anchor, "update-notification") or {}
    return UpdateNotificationConfiguration(
        max_retransmit_count=number(node, "max-retransmit-count"),
        min_delay_ms=number(node, "min-delay"),
    )


def controlled_parameters_from_yang(anchor: JsonObject) -> LmaControlledParameters | None:
    """Return what gateways are told to go by, None where that is nothing."""
    node = part(anchor, "lma-controlled-mag-parameters") or {}
    reregistration, heartbeat = part(node, "reregistration"), part(node, "heartbeat")
    if reregistration is None and heartbeat is None:
        return None
    return LmaControlledParameters(
        reregistration=None if reregistration is None else _reregistration(reregistration),
        heartbeat=None if heartbeat is None else _heartbeat(heartbeat),
    )


def redirect_from_yang(anchor: JsonObject) -> RedirectConfiguration | None:
    """Return where new sessions are sent, None where they stay."""
    node = part(anchor, "redirect")
    if node is None:
        return None
    address = text_or_none(node, "assignment-address")
    return RedirectConfiguration(
        anchors=tuple(_anchor(entry) for entry in entries(node, "anchor")),
        own_weight=number(node, "own-weight"),
        assignment_address=None if address is None else IPv6Address(address),
    )


def limits_from_yang(anchor: JsonObject) -> LmaLimits:
    """Return what gateways may use up."""
    node = part(anchor, "limits") or {}
    rate = part(node, "registrations-per-mag")
    return LmaLimits(
        maximum_bindings=number_or_none(node, "maximum-bindings"),
        maximum_sessions_per_node=number(node, "maximum-sessions-per-node"),
        registrations_per_mag=None if rate is None else rate_from_yang(rate),
    )


def rate_from_yang(node: JsonObject) -> RateLimit:
    """Return how many there may be in a second, and at once."""
    return RateLimit(
        messages_per_s=number(node, "messages-per-second"), burst=number(node, "burst")
    )


def _reregistration(node: JsonObject) -> BindingReregistrationControl:
    return BindingReregistrationControl(
        reregistration_start_s=number(node, "start-time"),
        initial_retransmission_s=number(node, "initial-retransmission-time"),
        maximum_retransmission_s=number(node, "maximum-retransmission-time"),
    )


def _heartbeat(node: JsonObject) -> HeartbeatControl:
    return HeartbeatControl(
        interval_s=number(node, "interval"),
        retransmission_delay_s=number(node, "retransmission-delay"),
        maximum_retransmissions=number(node, "max-retransmissions"),
    )


def _anchor(node: JsonObject) -> RedirectAnchor:
    return RedirectAnchor(
        address=IPv6Address(text(node, "address")),
        priority=number(node, "priority"),
        weight=number(node, "weight"),
    )
