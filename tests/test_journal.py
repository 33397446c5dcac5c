"""The journal: every event and effect comes back from JSON as it went in."""

from __future__ import annotations

import json
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.codec.messages import MobileNetworkPrefix, ProxyBindingUpdate, SequenceNumber
from nf.engine.effects import Effect
from nf.engine.events import Event, MessageReceived
from nf.journal import (
    JournalError,
    effect_from_json,
    effect_to_json,
    event_from_json,
    event_to_json,
    kebab,
    words,
)

st.register_type_strategy(IPv6Network, st.ip_addresses(v=6).map(lambda a: IPv6Network((a, 128))))
st.register_type_strategy(IPv4Network, st.ip_addresses(v=4).map(lambda a: IPv4Network((a, 32))))

PBU = MessageReceived(
    source=IPv6Address("2001:db8:ffff::11"),
    destination=IPv6Address("2001:db8:ffff::1"),
    message=ProxyBindingUpdate(
        sequence_number=SequenceNumber(2),
        lifetime_s=40,
        handoff_indicator=4,
        access_technology_type=77,
        mobile_network_prefixes=(MobileNetworkPrefix(prefix=IPv6Network("::/0"), is_request=True),),
        delegated_mobile_network_prefixes=(IPv4Network("10.0.0.0/8"),),
    ),
)


@given(event=st.one_of([st.from_type(kind) for kind in get_args(Event)]))
def test_every_event_comes_back_from_json(event: Event) -> None:
    line = json.dumps(event_to_json(event))
    assert event_from_json(json.loads(line)) == event


@given(effect=st.one_of([st.from_type(kind) for kind in get_args(Effect)]))
def test_every_effect_comes_back_from_json(effect: Effect) -> None:
    line = json.dumps(effect_to_json(effect))
    assert effect_from_json(json.loads(line)) == effect


def test_words_are_those_of_rfc_and_registry_and_defaults_are_left_out() -> None:
    assert event_to_json(PBU) == {
        "event": "message-received",
        "source": "2001:db8:ffff::11",
        "destination": "2001:db8:ffff::1",
        "message": {
            "type": "proxy-binding-update",
            "sequence-number": 2,
            "lifetime-s": 40,
            "handoff-indicator": "handoff-state-unknown",
            "access-technology-type": 77,
            "mobile-network-prefixes": [{"prefix": "::/0", "is-request": True}],
            "delegated-mobile-network-prefixes": ["10.0.0.0/8"],
        },
    }


def test_words_make_one_line_of_a_log() -> None:
    line = words("event", event_to_json(PBU))
    assert line.startswith("message-received source=2001:db8:ffff::11 destination=")
    assert "mobile-network-prefixes=(prefix=::/0 is-request=True)" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"event": "earthquake"}, "no event is called 'earthquake'"),
        ({}, "no event is called None"),
        ({"event": "started", "loudly": True}, "started has no member loudly"),
        ({"event": "access-link-up"}, "access-link-up: .*missing"),
        ({"event": "timer-expired", "timer": "bce-delete"}, "an object of timer is wanted"),
        ({"event": "timer-expired", "timer": {"kind": "tea", "key": ""}}, "no value of .*'tea'"),
        ({"event": "configuration-changed", "items": 7}, "a list is wanted: 7"),
    ],
)
def test_what_is_no_event_is_refused_with_its_reason(data: dict[str, object], reason: str) -> None:
    with pytest.raises(JournalError, match=reason):
        event_from_json(data)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("MessageReceived", "message-received"),
        ("at_ms", "at-ms"),
        ("SendRouterAdvertisement", "send-router-advertisement"),
    ],
)
def test_names_become_words(name: str, word: str) -> None:
    assert kebab(name) == word
