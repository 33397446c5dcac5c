"""RFC 5213 §5.4.1, case by case."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    MobileNodeIdentifier,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.registry import HandoffIndicator, Status
from nf.engine.events import MessageReceived
from nf.engine.lma.binding_cache import BindingCache
from nf.engine.lma.lookup import Finding, Verdict, find_session
from nf.engine.lma.records import BindingState
from nf.engine.lma.request import request_of
from tests.engine.lma.bench import LMA, MAG1, MAG2, NODE, OTHER
from tests.engine.lma.test_binding_cache import MAC, entry

HNP = IPv6Network("2001:db8::/64")
BETWEEN_INTERFACES = HandoffIndicator.HANDOFF_BETWEEN_INTERFACES
BETWEEN_MAGS = HandoffIndicator.HANDOFF_BETWEEN_MAGS_SAME_INTERFACE
UNKNOWN = HandoffIndicator.HANDOFF_STATE_UNKNOWN
NEW_INTERFACE = HandoffIndicator.ATTACHMENT_OVER_NEW_INTERFACE
OTHER_MAC = b"\x02\0\0\0\0\2"


def find(
    cache: BindingCache,
    indicator: int | None,
    *,
    prefixes: tuple[IPv6Network, ...] = (ALL_ZERO_PREFIX,),
    identifier: bytes | None = None,
    technology: int | None = 4,
    mag: IPv6Address = MAG2,
    node: MobileNodeIdentifier = NODE,
) -> Finding:
    update = ProxyBindingUpdate(
        sequence_number=SequenceNumber(1),
        lifetime_s=4,
        mobile_node_identifier=node,
        home_network_prefixes=prefixes,
        handoff_indicator=indicator,
        access_technology_type=technology,
        mobile_node_link_layer_identifier=identifier,
    )
    event = MessageReceived(source=mag, destination=LMA, message=update)
    return find_session(cache, node, request_of(event, update))


def one_session(*, has_identifier: bool = True) -> BindingCache:
    cache = BindingCache()
    cache.add(replace(entry(1), link_layer_identifier=MAC if has_identifier else None))
    return cache


@pytest.mark.rfc("5213 §5.4.1.1")
class TestWithHomeNetworkPrefix:
    def test_that_nobody_has_is_a_new_session(self) -> None:
        found = find(one_session(), UNKNOWN, prefixes=(IPv6Network("2001:db8:1::/64"),))
        assert found.verdict is Verdict.NEW

    def test_of_another_node_is_refused_with_155(self) -> None:
        found = find(one_session(), UNKNOWN, prefixes=(HNP,), node=OTHER)
        assert found.status is Status.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX

    @pytest.mark.parametrize("more", [HNP, ALL_ZERO_PREFIX, IPv6Network("2001:db8:1::/64")])
    def test_and_one_more_is_refused_with_159(self, more: IPv6Network) -> None:
        found = find(one_session(), UNKNOWN, prefixes=(HNP, more))
        assert found.status is Status.BCE_PBU_PREFIX_SET_DO_NOT_MATCH

    def test_and_the_same_interface_is_an_update(self) -> None:
        found = find(one_session(), UNKNOWN, prefixes=(HNP,), identifier=MAC)
        assert found.verdict is Verdict.UPDATE

    @pytest.mark.parametrize(("identifier", "technology"), [(OTHER_MAC, 4), (MAC, 3)])
    def test_and_another_interface_is_a_new_session(
        self, identifier: bytes, technology: int
    ) -> None:
        found = find(
            one_session(), UNKNOWN, prefixes=(HNP,), identifier=identifier, technology=technology
        )
        assert found.verdict is Verdict.NEW

    def test_and_another_interface_is_an_update_if_the_mag_says_so(self) -> None:
        found = find(
            one_session(), BETWEEN_INTERFACES, prefixes=(HNP,), identifier=OTHER_MAC, technology=3
        )
        assert found.verdict is Verdict.UPDATE

    def test_and_the_same_mag_and_technology_is_an_update(self) -> None:
        assert find(one_session(), UNKNOWN, prefixes=(HNP,), mag=MAG1).verdict is Verdict.UPDATE

    @pytest.mark.parametrize(
        ("indicator", "has_identifier", "verdict"),
        [
            (BETWEEN_MAGS, False, Verdict.UPDATE),
            (BETWEEN_MAGS, True, Verdict.NEW),
            (UNKNOWN, False, Verdict.NEW),
        ],
    )
    def test_without_identifier_depends_on_the_indicator(
        self, indicator: int, has_identifier: bool, verdict: Verdict
    ) -> None:
        cache = one_session(has_identifier=has_identifier)
        assert find(cache, indicator, prefixes=(HNP,)).verdict is verdict


@pytest.mark.rfc("5213 §5.4.1.2")
class TestWithLinkLayerIdentifier:
    @pytest.mark.parametrize("indicator", list(HandoffIndicator))
    def test_of_a_session_is_an_update_whatever_the_indicator(self, indicator: int) -> None:
        assert find(one_session(), indicator, identifier=MAC).verdict is Verdict.UPDATE

    @pytest.mark.parametrize(
        ("indicator", "verdict"),
        [
            (BETWEEN_INTERFACES, Verdict.UPDATE),
            (UNKNOWN, Verdict.WAIT),
            (BETWEEN_MAGS, Verdict.NEW),
            (NEW_INTERFACE, Verdict.NEW),
        ],
    )
    def test_of_no_session_depends_on_the_indicator(self, indicator: int, verdict: Verdict) -> None:
        assert find(one_session(), indicator, identifier=OTHER_MAC).verdict is verdict

    def test_of_no_session_never_picks_one_of_two(self) -> None:
        cache = one_session()
        cache.add(replace(entry(2, "2001:db8:1::/64"), access_technology_type=3))
        found = find(cache, BETWEEN_INTERFACES, identifier=OTHER_MAC)
        assert found.verdict is Verdict.NEW

    def test_need_not_wait_for_a_session_that_is_de_registered(self) -> None:
        cache = BindingCache()
        cache.add(replace(entry(1), state=BindingState.DEREGISTERING))
        assert find(cache, UNKNOWN, identifier=OTHER_MAC).verdict is Verdict.UPDATE

    def test_without_technology_finds_no_interface(self) -> None:
        found = find(one_session(), NEW_INTERFACE, identifier=MAC, technology=None)
        assert found.verdict is Verdict.NEW


@pytest.mark.rfc("5213 §5.4.1.3")
class TestWithNeither:
    @pytest.mark.parametrize("identifier", [None, bytes(6)])
    @pytest.mark.parametrize(
        ("indicator", "verdict"),
        [
            (BETWEEN_INTERFACES, Verdict.UPDATE),
            (BETWEEN_MAGS, Verdict.UPDATE),
            (UNKNOWN, Verdict.WAIT),
            (NEW_INTERFACE, Verdict.NEW),
        ],
    )
    def test_the_only_session_depends_on_the_indicator(
        self, indicator: int, verdict: Verdict, identifier: bytes | None
    ) -> None:
        assert find(one_session(), indicator, identifier=identifier).verdict is verdict

    def test_no_session_is_a_new_one(self) -> None:
        assert find(BindingCache(), BETWEEN_MAGS).verdict is Verdict.NEW

    def test_all_zero_asks_for_a_prefix_whatever_its_length(self) -> None:
        found = find(one_session(), BETWEEN_MAGS, prefixes=(IPv6Network("::/64"),))
        assert found.verdict is Verdict.UPDATE
