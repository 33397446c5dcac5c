"""Actions of the YANG tree as events for the engine."""

from __future__ import annotations

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.engine import Engine
from nf.engine.events import (
    BindingClearRequested,
    BindingReregistrationRequested,
    Event,
    ReregistrationRequested,
)
from nf.engine.values import BindingId
from nf.northbound import paths
from nf.northbound.errors import ActionError
from nf.northbound.paths import Step, parse_path


def event_of_action(path: str, engine: Engine) -> Event:
    """Return what an action on the node at ``path`` asks of the engine.

    Raises ActionError where there is no such entry or no such action.
    """
    match parse_path(path):
        case (
            Step(name=paths.ROOT),
            Step(name="local-mobility-anchor"),
            Step(name="binding-cache"),
            Step(name="entry", keys=(("binding-id", key),)),
            Step(name="clear" | "force-reregistration" as action),
        ):
            return _of_binding(path, key, action, engine)
        case (
            Step(name=paths.ROOT),
            Step(name="mobile-access-gateway"),
            Step(name="binding-update-list"),
            Step(name="entry", keys=(("mobile-node-identifier", key),)),
            Step(name="re-register"),
        ):
            return _reregister(path, key, engine)
    raise ActionError(path=path, message=f"{path} is no action", app_tag="unknown-action")


def _of_binding(path: str, key: str, action: str, engine: Engine) -> Event:
    binding_id = BindingId(int(key))
    if binding_id not in engine.lma.bindings:
        raise ActionError(path=path, message=f"there is no binding {key}", app_tag="no-such-entry")
    if action == "clear":
        return BindingClearRequested(binding_id=binding_id)
    return BindingReregistrationRequested(binding_id=binding_id)


def _reregister(path: str, key: str, engine: Engine) -> Event:
    identifier = MobileNodeIdentifier(key)
    if identifier not in engine.mag.binding_update_list:
        message = f"{key} is not in the binding update list"
        raise ActionError(path=path, message=message, app_tag="no-such-entry")
    return ReregistrationRequested(mobile_node_identifier=identifier)
