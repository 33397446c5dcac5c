"""What floods on access links have cost, and who tells of nodes there, in YANG's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from nf.northbound.access_state import Access, access_sources
from nf.northbound.fragments import fragments
from nf.northbound.json_values import JsonObject
from tests.northbound.instances import check_state, merged
from tests.northbound.reading import ROOT

LINKS = f"{ROOT}/mobile-access-gateway/access-link"


@dataclass(frozen=True)
class Frames:
    is_limited: bool
    dropped: Mapping[str, int] = field(default_factory=dict)


class Links:
    def frames(self) -> Mapping[str, Frames]:
        dropped = {"node-over-rate": 0, "stranger-over-rate": 2**40, "buffer-full": 1}
        return {
            "access0": Frames(is_limited=True, dropped=dropped),
            "access1": Frames(is_limited=False),
        }


@dataclass(frozen=True)
class Accounting:
    is_listening: bool
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Tellers:
    told: Accounting | None = None

    def access_points(self) -> Mapping[str, Mapping[str, int | None]]:
        return {"access0": {}, "access1": {"/run/hostapd/a": 0, "/run/hostapd/b": None}}

    def accounting(self) -> Accounting | None:
        return self.told


def state(*paths: str, told: Accounting | None = None) -> Any:  # noqa: ANN401 - JSON of any shape
    access = Access(links=Links(), tellers=Tellers(told))
    return merged(fragments(access_sources(access), paths))


def links(data: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    return data["pmip6:pmip6"]["mobile-access-gateway"]["access-link"]


def test_each_open_link_has_its_counters() -> None:
    assert links(state()) == [
        {
            "interface": "access0",
            "frames": {
                "limited": True,
                "dropped": [
                    {"reason": "buffer-full", "count": "1"},
                    {"reason": "stranger-over-rate", "count": str(2**40)},
                ],
            },
        },
        {
            "interface": "access1",
            "frames": {"limited": False},
            "hostapd": [
                {"control-socket": "/run/hostapd/a", "connected": True, "stations": 0},
                {"control-socket": "/run/hostapd/b", "connected": False},
            ],
        },
    ]


def test_the_state_is_valid() -> None:
    gateway: JsonObject = {
        "proxy-care-of-address": "2001:db8::1",
        "access-link": [
            {"access-technology-type": "ieee-802-3", **each} for each in links(state())
        ],
    }
    data: JsonObject = {"pmip6:pmip6": {"mobile-access-gateway": gateway}}
    assert links(check_state(data))[1]["frames"] == {"limited": False}


@pytest.mark.parametrize("below", ["", "/frames", "/frames/dropped", "/hostapd"])
def test_one_link_alone_can_be_asked_for(below: str) -> None:
    (link,) = links(state(f"{LINKS}[interface='access1']{below}"))
    assert link["interface"] == "access1"


def test_who_asks_for_something_else_gets_nothing() -> None:
    assert state(f"{ROOT}/mobile-access-gateway/attached-node") == {}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (Accounting(is_listening=False), {"listening": False}),
        (
            Accounting(is_listening=True, dropped={"unknown-client": 2}),
            {"listening": True, "dropped": [{"reason": "unknown-client", "count": "2"}]},
        ),
    ],
)
def test_accounting_tells_whether_it_is_received(told: Accounting, shown: JsonObject) -> None:
    data = state(f"{ROOT}/mobile-access-gateway/radius-accounting", told=told)
    gateway = {"radius-accounting": shown}
    assert data == {"pmip6:pmip6": {"mobile-access-gateway": gateway}}


def test_accounting_that_is_not_configured_has_no_state() -> None:
    assert state(f"{ROOT}/mobile-access-gateway/radius-accounting") == {}
