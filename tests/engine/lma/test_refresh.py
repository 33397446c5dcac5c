"""The short way of a refresh comes to the same as the long one."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    MobileNetworkPrefix,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.engine.configuration import PolicyProfile
from nf.engine.effects import Effect, SendMessage, StartTimer
from nf.engine.events import MessageReceived
from nf.engine.lma import refresh
from nf.engine.lma.request import request_of
from tests.engine.lma.bench import (
    ASK,
    CONFIGURATION,
    LMA,
    MAG1,
    MAG2,
    NODE,
    OTHER,
    ROUTER,
    Bench,
    node,
)

FOREIGN = MobileNetworkPrefix(prefix=IPv6Network("2001:db8:b::/56"))
#: What a MAG may say of each option, the usual first; ``same`` stands for what the session has.
CHOICES: dict[str, tuple[Any, ...]] = {
    "home_network_prefixes": ("same", "same", (ALL_ZERO_PREFIX,), "twice"),
    "mobile_network_prefixes": ("same", "same", (), (ASK,), (FOREIGN,), "and one more"),
    "delegated_mobile_network_prefixes": ((), (), "same", (ALL_ZERO_PREFIX,)),
    "mobile_router": (True, True, False),
    "lifetime_s": (3600, 3600, 1800, 7200, 0),
    "handoff_indicator": (5, 5, 4, 2, None),
    "access_technology_type": (4, 4, 4, 5),
    "mobile_node_link_layer_identifier": (b"\x02\0\0\0\0\1", b"\x02\0\0\0\0\2", None),
    "link_local_address": (None, None, IPv6Address("::"), IPv6Address("fe80::1")),
    "alternate_care_of_address": (None, None, MAG1, MAG2),
    "mobile_node_identifier": (NODE, NODE, OTHER),
}
#: What changes nothing: more than the profile allows, R where prefixes are named, the source.
OF_NO_ACCOUNT = (
    ("lifetime_s", 7200),
    ("mobile_router", False),
    ("alternate_care_of_address", MAG1),
)
UPDATES = st.fixed_dictionaries({name: st.sampled_from(some) for name, some in CHOICES.items()})
STEPS = st.tuples(st.sampled_from((MAG1, MAG1, MAG2)), UPDATES, st.sampled_from((1, 400, 20_000)))


def fields_of(bench: Bench, said: dict[str, Any]) -> dict[str, Any]:
    """Return what a MAG says, with the prefixes that the node's first session has."""
    bindings = bench.lma.bindings_of(said["mobile_node_identifier"])
    home = bindings[0].home_network_prefixes if bindings else (ALL_ZERO_PREFIX,)
    mobile = bindings[0].mobile_network_prefixes if bindings else ()
    options = tuple(MobileNetworkPrefix(prefix=each) for each in mobile) or (ASK,)
    known: dict[tuple[str, Any], Any] = {
        ("home_network_prefixes", "same"): home,
        ("home_network_prefixes", "twice"): home * 2,
        ("mobile_network_prefixes", "same"): options,
        ("mobile_network_prefixes", "and one more"): (*options, ASK),
        ("delegated_mobile_network_prefixes", "same"): mobile,
    }
    return {name: known.get((name, value), value) for name, value in said.items()}


def state_of(bench: Bench) -> tuple[object, ...]:
    anchor = bench.lma.anchor
    return (
        anchor.cache.entries,
        anchor.assignments.by_prefix,
        anchor.routes.by_prefix,
        anchor.last_timestamps,
        anchor.statistics,
        bench.due_at_ms,
        anchor.waiting.keys(),
    )


def send_the_long_way(bench: Bench, mag: IPv6Address, fields: dict[str, Any]) -> list[Effect]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refresh, "refreshed_session", lambda _anchor, _request: None)
        return bench.send(mag, **fields)


@settings(max_examples=150)
@given(st.lists(STEPS, max_size=12), st.booleans())
def test_both_ways_have_the_same_effects_and_leave_the_same_state(
    steps: list[tuple[IPv6Address, dict[str, Any], int]], may_move_networks: bool
) -> None:
    profile = ROUTER if may_move_networks else PolicyProfile(name="router")
    items = (CONFIGURATION, profile, node(), node(OTHER))
    short, long = Bench(*items), Bench(*items)
    for mag, said, pause_ms in steps:
        fields = fields_of(short, said)
        assert short.send(mag, **fields) == send_the_long_way(long, mag, fields)
        assert state_of(short) == state_of(long)
        until_ms = short.now_ms + pause_ms
        assert short.pass_time(until_ms) == long.pass_time(until_ms)


class TestPlainRefresh:
    def refreshed(self, bench: Bench, **changes: Any) -> bool:  # noqa: ANN401
        """Tell whether the short way is taken for an update that names what there is."""
        fields = {name: some[0] for name, some in CHOICES.items()} | changes
        update = ProxyBindingUpdate(sequence_number=SequenceNumber(1), **fields_of(bench, fields))
        request = request_of(MessageReceived(source=MAG1, destination=LMA, message=update), update)
        return refresh.refreshed_session(bench.lma.anchor, request) is not None

    def test_takes_the_short_way(self) -> None:
        bench = Bench()
        bench.send()
        assert self.refreshed(bench)
        fields = fields_of(bench, {name: some[0] for name, some in CHOICES.items()})
        assert [type(each) for each in bench.send(**fields)] == [StartTimer, SendMessage]

    @pytest.mark.parametrize(
        ("name", "value"),
        [(name, each) for name, some in CHOICES.items() for each in some[1:] if each != some[0]],
    )
    def test_takes_the_long_way_if_it_says_anything_else(self, name: str, value: object) -> None:
        bench = Bench()
        bench.send()
        is_plain = name == "handoff_indicator" or (name, value) in OF_NO_ACCOUNT
        assert self.refreshed(bench, **{name: value}) is is_plain

    def test_takes_the_long_way_while_the_session_is_about_to_end(self) -> None:
        bench = Bench()
        bench.send()
        (binding,) = bench.lma.bindings_of(NODE)
        bench.send(lifetime_s=0, home_network_prefixes=binding.home_network_prefixes)
        assert not self.refreshed(bench)

    def test_of_a_host_names_no_mobile_network(self) -> None:
        bench = Bench()
        bench.send(mobile_router=False, mobile_network_prefixes=())
        assert self.refreshed(bench, mobile_router=False, mobile_network_prefixes=())
        assert not self.refreshed(bench, mobile_network_prefixes=())
