"""Actions of the tree become events, or are refused."""

from __future__ import annotations

import pytest

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.events import (
    BindingClearRequested,
    BindingReregistrationRequested,
    ReregistrationRequested,
)
from nf.engine.values import BindingId
from nf.northbound.actions import event_of_action
from nf.northbound.errors import ActionError
from tests.northbound.reading import CACHE, ROOT
from tests.northbound.records import BUS_7, REGISTRATION, busy_engine

LIST = f"{ROOT}/mobile-access-gateway/binding-update-list/entry"


def test_clear_asks_for_the_binding_of_the_path() -> None:
    event = event_of_action(f"{CACHE}[binding-id='1']/clear", busy_engine())
    assert event == BindingClearRequested(binding_id=BindingId(1))


@pytest.mark.rfc("7077 §5.1")
def test_force_reregistration_asks_for_the_binding_of_the_path() -> None:
    event = event_of_action(f"{CACHE}[binding-id='1']/force-reregistration", busy_engine())
    assert event == BindingReregistrationRequested(binding_id=BindingId(1))


@pytest.mark.parametrize("node", [BUS_7, MobileNodeIdentifier("o'neill@operator.example")])
def test_re_register_asks_for_the_node_of_the_path(node: MobileNodeIdentifier) -> None:
    engine = busy_engine()
    engine.mag.binding_update_list[node] = REGISTRATION
    event = event_of_action(f'{LIST}[mobile-node-identifier="{node}"]/re-register', engine)
    assert event == ReregistrationRequested(mobile_node_identifier=node)


@pytest.mark.parametrize(
    ("path", "app_tag", "message"),
    [
        (f"{CACHE}[binding-id='2']/clear", "no-such-entry", "there is no binding 2"),
        (f"{CACHE}[binding-id='2']/force-reregistration", "no-such-entry", "no binding 2"),
        (
            f"{LIST}[mobile-node-identifier='x']/re-register",
            "no-such-entry",
            "x is not in the binding update list",
        ),
        (f"{CACHE}[binding-id='1']/revoke", "unknown-action", "is no action"),
        ("/other:clear", "unknown-action", "is no action"),
    ],
)
def test_what_cannot_be_done_is_refused(path: str, app_tag: str, message: str) -> None:
    with pytest.raises(ActionError, match=message) as refusal:
        event_of_action(path, busy_engine())
    assert (refusal.value.path, refusal.value.app_tag) == (path, app_tag)
