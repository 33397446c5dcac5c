"""What has no engine yet is refused where it is configured, and not taken in silence."""

from __future__ import annotations

import copy
import json
from typing import Any

import libyang
import pytest

from nf.northbound.schema import ANNOUNCED_FEATURES, MODULE
from tests.northbound.instances import YANG, completed, example


def relaying() -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the configuration of a gateway that is to relay prefix delegation."""
    configuration = copy.deepcopy(example("mag1-config"))
    gateway = configuration["pmip6:pmip6"]["mobile-access-gateway"]
    gateway["dhcpv6-relay"] = {"server": ["2001:db8:ffff::53"]}
    return configuration


def parse(configuration: object) -> None:
    """Judge a configuration with the features that the function announces."""
    context: Any = libyang.Context(str(YANG))
    module = context.load_module(MODULE)
    for feature in ANNOUNCED_FEATURES:
        module.feature_enable(feature)
    context.parse_data_mem(json.dumps(configuration), "json", strict=True, no_state=True).free()


def test_relaying_is_refused_as_long_as_its_feature_is_not_announced() -> None:
    parse(example("mag1-config"))
    with pytest.raises(libyang.LibyangError, match="dhcpv6-relay"):
        parse(relaying())


def test_what_is_refused_would_be_right_with_the_feature() -> None:
    gateway: Any = completed(relaying())["pmip6:pmip6"]
    assert gateway["mobile-access-gateway"]["dhcpv6-relay"]["max-attempts"] == 3
