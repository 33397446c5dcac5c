"""Actions of the YANG tree as events for the engine."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.registry import RevocationTrigger
from nf.engine.engine import Engine
from nf.engine.events import (
    BindingClearRequested,
    BindingReregistrationRequested,
    BindingRevocationRequested,
    Event,
    NodeRevocationRequested,
    PeerRevocationRequested,
    RealmRevocationRequested,
    ReregistrationRequested,
)
from nf.engine.values import BindingId, LinkLayerAddress, Role
from nf.northbound import paths
from nf.northbound.errors import ActionError
from nf.northbound.json_values import JsonObject, as_text
from nf.northbound.paths import Step, parse_path
from nf.northbound.presence import attached, detached
from nf.northbound.words import code, octets


def event_of_action(path: str, data: JsonObject, engine: Engine) -> Event:
    """Return what an action on the node at ``path``, with this input, asks of the engine.

    Raises ActionError where there is no such entry or no such action.
    """
    match parse_path(path):
        case (
            Step(name=paths.ROOT),
            Step(name="local-mobility-anchor"),
            Step(name="binding-cache"),
            Step(name="entry", keys=(("binding-id", key),)),
            Step(name="clear" | "force-reregistration" | "revoke" as action),
        ):
            return _of_binding(path, key, action, data, engine)
        case (
            Step(name=paths.ROOT),
            Step(name="mobile-node", keys=(("identifier", key),)),
            Step(name="revoke"),
        ):
            return _revoke_node(path, key, data, engine)
        case (
            Step(name=paths.ROOT),
            Step(name="local-mobility-anchor"),
            Step(name="mobile-access-gateway", keys=(("proxy-care-of-address", key),)),
            Step(name="revoke"),
        ):
            return _revoke_mag(path, key, engine)
        case (
            Step(name=paths.ROOT),
            Step(name="local-mobility-anchor"),
            Step(name="revoke-realm"),
        ):
            return RealmRevocationRequested(realm=as_text(data["realm"]))
        case (
            Step(name=paths.ROOT),
            Step(name="mobile-access-gateway"),
            Step(name="local-mobility-anchor", keys=(("address", key),)),
            Step(name="revoke"),
        ):
            return _revoke_lma(path, key, engine)
        case (
            Step(name=paths.ROOT),
            Step(name="mobile-access-gateway"),
            Step(name="binding-update-list"),
            Step(name="entry", keys=(("mobile-node-identifier", key),)),
            Step(name="re-register"),
        ):
            return _reregister(path, key, engine)
        case (
            Step(name=paths.ROOT),
            Step(name="mobile-access-gateway"),
            Step(name="access-link", keys=(("interface", key),)),
            Step(name="attach" | "detach" as action),
        ):
            address = LinkLayerAddress(octets(as_text(data["link-layer-address"])))
            of_presence = attached if action == "attach" else detached
            return of_presence(path, key, address, engine)
    raise ActionError(path=path, message=f"{path} is no action", app_tag="unknown-action")


def _of_binding(path: str, key: str, action: str, data: JsonObject, engine: Engine) -> Event:
    binding_id = BindingId(int(key))
    if binding_id not in engine.lma.bindings:
        raise _no_such_entry(path, f"there is no binding {key}")
    if action == "clear":
        return BindingClearRequested(binding_id=binding_id)
    if action == "revoke":
        return BindingRevocationRequested(binding_id=binding_id, trigger=_trigger(data))
    return BindingReregistrationRequested(binding_id=binding_id)


def _revoke_node(path: str, key: str, data: JsonObject, engine: Engine) -> Event:
    identifier = MobileNodeIdentifier(key)
    if not engine.lma.bindings_of(identifier):
        raise _no_such_entry(path, f"{key} has no binding here")
    return NodeRevocationRequested(mobile_node_identifier=identifier, trigger=_trigger(data))


def _revoke_mag(path: str, key: str, engine: Engine) -> Event:
    mag = IPv6Address(key)
    if mag not in engine.lma.anchor.mags:
        raise _no_such_entry(path, f"{key} is no gateway that may register nodes now")
    return PeerRevocationRequested(role=Role.LMA, peer=mag)


def _revoke_lma(path: str, key: str, engine: Engine) -> Event:
    lma = IPv6Address(key)
    if lma not in engine.mag.anchors():
        raise _no_such_entry(path, f"there are no bindings with {key}")
    return PeerRevocationRequested(role=Role.MAG, peer=lma)


def _reregister(path: str, key: str, engine: Engine) -> Event:
    identifier = MobileNodeIdentifier(key)
    if identifier not in engine.mag.binding_update_list:
        raise _no_such_entry(path, f"{key} is not in the binding update list")
    return ReregistrationRequested(mobile_node_identifier=identifier)


def _trigger(data: JsonObject) -> int:
    return code(RevocationTrigger, data.get("trigger", "administrative-reason"))


def _no_such_entry(path: str, message: str) -> ActionError:
    return ActionError(path=path, message=message, app_tag="no-such-entry")
