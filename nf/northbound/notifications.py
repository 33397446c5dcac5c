"""The engine's notifications as YANG notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from nf.codec.registry import RevocationStatus, Status
from nf.engine.notifications import (
    BindingCreated,
    BindingHandedOver,
    BindingRemoved,
    BindingUpdated,
    DelegatingRouterAnswers,
    DelegatingRoutersSilent,
    Notification,
    PeerDown,
    PeerRestarted,
    PeerUp,
    PoolThresholdCrossed,
    PrefixNotDelegated,
    RegistrationRefused,
    RevocationRefused,
    RevocationUnanswered,
    UnknownNodeSeen,
)
from nf.engine.values import PrefixKind
from nf.northbound.counters import without_empty
from nf.northbound.json_values import JsonObject
from nf.northbound.paths import ROOT, entry_path
from nf.northbound.words import hex_octets, long_number, word

_ANCHOR: Final = f"/{ROOT}/local-mobility-anchor"

#: The bindings of an LMA, in operational state; each that comes, goes or moves is told.
BINDING_CACHE_ENTRY: Final = f"{_ANCHOR}/binding-cache/entry"

#: The pools; how much of one is in use is told when that crosses its threshold.
POOLS: Final = tuple(f"{_ANCHOR}/{kind.value}-pool" for kind in PrefixKind)

_BINDING_CHANGES: Final[Mapping[type[Notification], str]] = {
    BindingCreated: "created",
    BindingUpdated: "modified",
    BindingHandedOver: "modified",
    BindingRemoved: "deleted",
}


def changed_entry(notification: Notification) -> tuple[str, str] | None:
    """Return what became of which list entry in operational state, if a notification tells that.

    The first is ``created``, ``modified`` or ``deleted``, the second the entry's path.
    """
    match notification:
        case BindingCreated() | BindingUpdated() | BindingHandedOver() | BindingRemoved():
            entry = f"{BINDING_CACHE_ENTRY}[binding-id='{notification.binding_id}']"
            return _BINDING_CHANGES[type(notification)], entry
        case PoolThresholdCrossed(pool=pool, kind=kind):
            return "modified", entry_path(_ANCHOR, f"{kind.value}-pool", "name", pool)
        case _:
            return None


def notification_to_yang(notification: Notification) -> tuple[str, JsonObject]:
    """Return the notification's name in the module, and its data."""
    match notification:
        case BindingCreated():
            return "binding-created", _created(notification)
        case BindingUpdated():
            return "binding-updated", _updated(notification)
        case BindingHandedOver():
            return "binding-handed-over", _handed_over(notification)
        case BindingRemoved():
            reason = notification.reason.value
            return "binding-removed", {**_binding(notification), "reason": reason}
        case RegistrationRefused():
            return "registration-refused", _refused(notification)
        case PoolThresholdCrossed():
            return "pool-threshold-crossed", _threshold_crossed(notification)
        case UnknownNodeSeen():
            address = hex_octets(notification.link_layer_address)
            data: JsonObject = {"link": notification.link, "link-layer-address": address}
            return "unknown-node-seen", data
        case PeerUp():
            return "peer-up", {"peer": str(notification.peer)}
        case PeerDown():
            return "peer-down", {"peer": str(notification.peer)}
        case PeerRestarted():
            peer, counter = str(notification.peer), notification.restart_counter
            return "peer-restarted", {"peer": peer, "restart-counter": counter}
        case RevocationUnanswered():
            return "revocation-unanswered", _revocation(notification)
        case RevocationRefused():
            status = word(RevocationStatus, notification.status)
            return "revocation-refused", {**_revocation(notification), "status": status}
        case PrefixNotDelegated():
            return "prefix-not-delegated", _not_delegated(notification)
        case DelegatingRoutersSilent():
            servers = [str(server) for server in notification.servers]
            return "delegating-routers-silent", {"server": [*servers]}
        case DelegatingRouterAnswers():
            return "delegating-router-answers", {"server": str(notification.server)}
        case _:
            assert_never(notification)


def _binding(
    notification: BindingCreated | BindingUpdated | BindingHandedOver | BindingRemoved,
) -> JsonObject:
    return {
        "binding-id": long_number(notification.binding_id),
        "mobile-node-identifier": notification.mobile_node_identifier,
    }


def _created(notification: BindingCreated) -> JsonObject:
    return without_empty(
        {
            **_binding(notification),
            "proxy-care-of-address": str(notification.proxy_care_of_address),
            "home-network-prefix": [str(p) for p in notification.home_network_prefixes],
            "mobile-network-prefix": [str(p) for p in notification.mobile_network_prefixes],
        }
    )


def _updated(notification: BindingUpdated) -> JsonObject:
    prefixes = [str(prefix) for prefix in notification.mobile_network_prefixes]
    return without_empty({**_binding(notification), "mobile-network-prefix": [*prefixes]})


def _handed_over(notification: BindingHandedOver) -> JsonObject:
    previous = notification.previous_proxy_care_of_address
    return {
        **_binding(notification),
        "previous-proxy-care-of-address": str(previous),
        "proxy-care-of-address": str(notification.proxy_care_of_address),
    }


def _refused(notification: RegistrationRefused) -> JsonObject:
    return without_empty(
        {
            "mobile-node-identifier": notification.mobile_node_identifier,
            "peer": str(notification.peer),
            "status": word(Status, notification.status),
        }
    )


def _revocation(notification: RevocationUnanswered | RevocationRefused) -> JsonObject:
    node = notification.mobile_node_identifier
    return without_empty({"mobile-node-identifier": node, "peer": str(notification.peer)})


def _not_delegated(notification: PrefixNotDelegated) -> JsonObject:
    return without_empty(
        {
            "mobile-node-identifier": notification.mobile_node_identifier,
            "server": str(notification.server),
            "prefix": [str(prefix) for prefix in notification.prefixes],
        }
    )


def _threshold_crossed(notification: PoolThresholdCrossed) -> JsonObject:
    return {
        "pool": notification.pool,
        "kind": notification.kind.value,
        "used": long_number(notification.used),
        "size": long_number(notification.size),
        "is-above": notification.is_above,
    }
