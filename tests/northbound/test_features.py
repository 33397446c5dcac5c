"""What has no engine yet is refused where it is configured, and not taken in silence."""

from __future__ import annotations

import copy
import json
from typing import Any

import libyang
import pytest

from nf.northbound.schema import ANNOUNCED_FEATURES, MODULE
from tests.northbound.instances import YANG, completed, example


def tunnelling_by_gre() -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the configuration of a gateway that is to ask for GRE with keys."""
    configuration = copy.deepcopy(example("mag1-config"))
    configuration["pmip6:pmip6"]["policy-profile"][0]["gre-key"] = True
    return configuration


def parse(configuration: object) -> None:
    """Judge a configuration with the features that the function announces."""
    context: Any = libyang.Context(str(YANG))
    module = context.load_module(MODULE)
    for feature in ANNOUNCED_FEATURES:
        module.feature_enable(feature)
    context.parse_data_mem(json.dumps(configuration), "json", strict=True, no_state=True).free()


def test_what_is_not_announced_is_refused() -> None:
    parse(example("mag1-config"))
    with pytest.raises(libyang.LibyangError, match="gre-key"):
        parse(tunnelling_by_gre())


def test_what_is_refused_would_be_right_with_the_feature() -> None:
    configuration: Any = completed(tunnelling_by_gre())["pmip6:pmip6"]
    assert configuration["policy-profile"][0]["gre-key"] is True
