"""What the module's own constraints refuse, in whose words, and where."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.yang.tools import YANG, yanglint

LMA: dict[str, Any] = {"address": "2001:db8::1"}
MAG: dict[str, Any] = {"proxy-care-of-address": "2001:db8::2"}


def pool(*prefixes: str, assigned_length: int) -> list[dict[str, Any]]:
    return [{"name": "a", "prefix": [*prefixes], "assigned-length": assigned_length}]


def access_link(technology: str | int) -> list[dict[str, Any]]:
    return [{"interface": "eth0", "access-technology-type": technology}]


CONTROLLED = "/local-mobility-anchor/lma-controlled-mag-parameters"


def controlled(parameters: dict[str, Any]) -> dict[str, Any]:
    return {"local-mobility-anchor": {**LMA, "lma-controlled-mag-parameters": parameters}}


#: Message, data path of the refused node, data.
REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    (
        "Timestamps of mobile nodes need the timestamp based approach",
        "/domain/mobile-node-generated-timestamp-in-use",
        {
            "domain": {
                "timestamp-based-approach-in-use": False,
                "mobile-node-generated-timestamp-in-use": True,
            }
        },
    ),
    (
        "A registration lifetime is a multiple of 4 seconds",
        "/policy-profile[name='a']/registration-lifetime",
        {"policy-profile": [{"name": "a", "registration-lifetime": 42}]},
    ),
    (
        "A pool's prefix is longer than the prefixes cut from it",
        "/local-mobility-anchor/home-network-prefix-pool[name='a']/prefix[.='2001:db8::/64']",
        {
            "local-mobility-anchor": {
                **LMA,
                "home-network-prefix-pool": pool(
                    "2001:db8:1::/48", "2001:db8::/64", assigned_length=56
                ),
            }
        },
    ),
    (
        "A mobile access gateway needs to know the local mobility anchor of each mobile node",
        "/mobile-node[identifier='b']",
        {
            "policy-profile": [{"name": "a"}],
            "mobile-node": [{"identifier": "b", "policy-profile": "a"}],
            "mobile-access-gateway": MAG,
        },
    ),
    (
        "The reserved access technology type is never sent",
        "/mobile-access-gateway/access-link[interface='eth0']/access-technology-type",
        {"mobile-access-gateway": {**MAG, "access-link": access_link("reserved")}},
    ),
    (
        "The reserved access technology type is never sent",
        "/mobile-access-gateway/access-link[interface='eth0']/access-technology-type",
        {"mobile-access-gateway": {**MAG, "access-link": access_link(0)}},
    ),
    (
        "The longest timeout is shorter than the first",
        "/mobile-access-gateway/max-bindack-timeout",
        {
            "mobile-access-gateway": {
                **MAG,
                "initial-bindack-timeout": 2000,
                "max-bindack-timeout": 1000,
            }
        },
    ),
    (
        "Anchor and gateway of one node need an address each",
        "/mobile-access-gateway/proxy-care-of-address",
        {
            "local-mobility-anchor": LMA,
            "mobile-access-gateway": {"proxy-care-of-address": "2001:db8::1"},
        },
    ),
    (
        "The longest delay is shorter than the first",
        "/local-mobility-anchor/binding-revocation/max-delay",
        {
            "local-mobility-anchor": {
                **LMA,
                "binding-revocation": {"initial-delay": 2000, "max-delay": 1000},
            }
        },
    ),
    (
        "Sessions cannot be redirected to this anchor itself",
        "/local-mobility-anchor/redirect/anchor[address='2001:db8::1']/address",
        {"local-mobility-anchor": {**LMA, "redirect": {"anchor": [{"address": "2001:db8::1"}]}}},
    ),
    (
        "The address for assignments is that of the anchor itself",
        "/local-mobility-anchor/redirect/assignment-address",
        {"local-mobility-anchor": {**LMA, "redirect": {"assignment-address": "2001:db8::1"}}},
    ),
    (
        "The time is no multiple of 4 seconds",
        f"{CONTROLLED}/reregistration/start-time",
        controlled({"reregistration": {"start-time": 42}}),
    ),
    (
        "The longest time is shorter than the first",
        f"{CONTROLLED}/reregistration/maximum-retransmission-time",
        controlled({"reregistration": {"initial-retransmission-time": 33}}),
    ),
    (
        "The delay is longer than the interval",
        f"{CONTROLLED}/heartbeat/retransmission-delay",
        controlled({"heartbeat": {"interval": 4}}),
    ),
    (
        'Too many "mobile-network-prefix" instances',
        "/mobile-node[identifier='b']/mobile-network-prefix",
        {
            "policy-profile": [{"name": "a"}],
            "mobile-node": [
                {
                    "identifier": "b",
                    "policy-profile": "a",
                    "mobile-network-prefix": [f"2001:db8:{n:x}::/48" for n in range(17)],
                }
            ],
        },
    ),
    (
        'Invalid leafref value "a"',
        "/mobile-node[identifier='b']/policy-profile",
        {"mobile-node": [{"identifier": "b", "policy-profile": "a"}]},
    ),
    (
        'Mandatory node "address" instance does not exist',
        "/local-mobility-anchor",
        {"local-mobility-anchor": {"enabled": True}},
    ),
    (
        'Too few "prefix" instances',
        "/local-mobility-anchor/mobile-network-prefix-pool/prefix",
        {"local-mobility-anchor": {**LMA, "mobile-network-prefix-pool": pool(assigned_length=56)}},
    ),
]

ACCEPTED: list[dict[str, Any]] = [
    {"mobile-access-gateway": {**MAG, "access-link": access_link(8)}},
    {
        "local-mobility-anchor": {
            **LMA,
            "mobile-network-prefix-pool": pool("2001:db8::/56", assigned_length=56),
        }
    },
    {
        "policy-profile": [{"name": "a", "registration-lifetime": 262140}],
        "mobile-node": [{"identifier": "o'neill@example.net", "policy-profile": "a"}],
    },
    {"local-mobility-anchor": LMA, "mobile-access-gateway": MAG},
]


def check(data: dict[str, Any], folder: Path) -> tuple[int, str]:
    file = folder / "data.json"
    file.write_text(json.dumps({"pmip6:pmip6": data}))
    result = yanglint("-t", "config", "pmip6.yang", str(file))
    return result.returncode, result.stderr


@pytest.mark.parametrize(("message", "path", "data"), REFUSED)
def test_module_refuses(message: str, path: str, data: dict[str, Any], tmp_path: Path) -> None:
    returncode, complaint = check(data, tmp_path)
    assert returncode != 0
    assert message in complaint
    assert path in complaint


@pytest.mark.parametrize("data", ACCEPTED)
def test_module_accepts(data: dict[str, Any], tmp_path: Path) -> None:
    assert check(data, tmp_path) == (0, "")


def test_every_must_of_the_module_is_broken_by_one_case() -> None:
    module = (YANG / "pmip6.yang").read_text()
    statements = re.findall(r'error-message\s+((?:"[^"]*"[\s+]*)+);', module)
    written = {"".join(re.findall(r'"([^"]*)"', statement)) for statement in statements}
    assert written
    assert written <= {message for message, _, _ in REFUSED}


def test_every_must_has_message_and_application_tag() -> None:
    lines = [line.strip() for line in (YANG / "pmip6.yang").read_text().splitlines()]
    musts = sum(line.startswith("must ") for line in lines)
    assert musts == sum(line.startswith("error-message") for line in lines)
    assert musts == sum(line.startswith("error-app-tag ") for line in lines)
