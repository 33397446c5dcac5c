"""The words of YANG are the words of the engine, and the numbers those of the registries."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any

import pytest

from nf.codec.dhcpv6_messages import DhcpMessageType
from nf.codec.errors import RejectReason
from nf.codec.registry import (
    AccessTechnologyType,
    HandoffIndicator,
    RevocationStatus,
    RevocationTrigger,
    Status,
)
from nf.engine.configuration import (
    DriverName,
    MnpFailurePolicy,
    MultihomingPolicy,
    PrefixDelegationSignalling,
)
from nf.engine.lma.records import BindingState
from nf.engine.mag.drops import DropReason
from nf.engine.mag.records import RegistrationState
from nf.engine.notifications import RemovalReason
from nf.engine.values import AttachSource, PrefixKind
from nf.northbound.json_values import JsonObject
from nf.northbound.schema import ANNOUNCED_FEATURES, MODULE
from nf.northbound.words import word
from tests.northbound.instances import check_state, context

BINDING = "local-mobility-anchor/binding-cache/entry"
REGISTRATION = "mobile-access-gateway/binding-update-list/entry"
STATISTICS = "mobile-access-gateway/statistics"

WORDS: list[tuple[type[Enum], str]] = [
    (DriverName, "data-plane/driver"),
    (MnpFailurePolicy, "policy-profile/mnp-failure-policy"),
    (MultihomingPolicy, "policy-profile/multihoming-policy"),
    (PrefixDelegationSignalling, "domain/prefix-delegation-signalling"),
    (AttachSource, "mobile-access-gateway/access-link/attach-source"),
    (PrefixKind, "local-mobility-anchor/prefix-assignment/kind"),
    (BindingState, f"{BINDING}/state"),
    (RegistrationState, f"{REGISTRATION}/state"),
    (RejectReason, f"{STATISTICS}/rejected/reason"),
]

NUMBERS: list[tuple[type[IntEnum], str]] = [
    (AccessTechnologyType, f"{BINDING}/access-technology-type"),
    (HandoffIndicator, f"{BINDING}/handoff-indicator"),
    (Status, f"{REGISTRATION}/last-status"),
    (RevocationStatus, f"{STATISTICS}/revocation-acknowledgements/status"),
    (DhcpMessageType, f"{STATISTICS}/dhcpv6-sent/message-type"),
]


def type_of(path: str) -> Any:  # noqa: ANN401 - libyang has no types
    (leaf,) = context().find_path(path)
    return leaf.type()


def below_root(path: str) -> str:
    return "".join(f"/pmip6:{name}" for name in ("pmip6", *path.split("/")))


def enums(kind: Any) -> dict[str, int]:  # noqa: ANN401 - libyang has no types
    """Return the words and values of an enumeration, or of the one in a union."""
    members = list(kind.union_types()) or [kind]
    (enumeration,) = [one for one in members if one.basename() == "enumeration"]
    return {one.name(): one.value() for one in enumeration.enums()}


@pytest.mark.parametrize(("words", "path"), WORDS)
def test_words_of_yang_and_engine_are_the_same(words: type[Enum], path: str) -> None:
    assert list(enums(type_of(below_root(path)))) == [member.value for member in words]


def test_reasons_of_removal_are_the_same() -> None:
    found = enums(type_of("/pmip6:binding-removed/pmip6:reason"))
    assert list(found) == [reason.value for reason in RemovalReason]


@pytest.mark.parametrize(("registry", "path"), NUMBERS)
def test_words_and_numbers_of_a_registry_are_the_same(registry: type[IntEnum], path: str) -> None:
    expected = {word(registry, member): member.value for member in registry}
    assert enums(type_of(below_root(path))) == expected


@pytest.mark.rfc("5846 §5.1")
def test_reasons_that_an_operator_may_give_are_those_of_one_node_but_for_handovers() -> None:
    (action,) = context().find_path(below_root(f"{BINDING}/revoke"))
    (trigger,) = action.input().children()
    found = enums(trigger.type())
    handovers = {each for each in RevocationTrigger if "HANDOVER" in each.name}
    expected = {each for each in RevocationTrigger if each < 128} - handovers
    assert found == {word(RevocationTrigger, each): each.value for each in expected}


@pytest.mark.parametrize("reason", DropReason)
def test_reasons_of_drops_fit_the_open_set(reason: DropReason) -> None:
    counted: JsonObject = {"reason": reason.value, "count": "1"}
    gateway: JsonObject = {
        "proxy-care-of-address": "2001:db8::1",
        "statistics": {"dropped": [counted]},
    }
    data: JsonObject = {"pmip6:pmip6": {"mobile-access-gateway": gateway}}
    assert check_state(data) == data


def test_driver_in_use_is_any_but_auto() -> None:
    found = list(enums(type_of(below_root("data-plane/driver-in-use"))))
    assert found == [name.value for name in DriverName if name is not DriverName.AUTO]


def test_announced_features_are_features_of_the_module() -> None:
    module = context().get_module(MODULE)
    assert {feature.name() for feature in module.features()} >= ANNOUNCED_FEATURES
