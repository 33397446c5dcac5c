"""A prefix that the LMA has given to another node of the same MAG."""

from __future__ import annotations

from nf.engine.effects import StartTimer
from nf.engine.kernel_effects import InstallUplinkRoute, RemoveUplinkRoute
from nf.engine.mag.records import RegistrationState
from nf.engine.values import Timer, TimerKind
from tests.engine.mag.bench import HNP, MNP, NODE, OTHER_MAC, OTHER_NODE, Bench, of, registered


def given_to_another_node(bench: Bench) -> list[object]:
    """Let the LMA accept another node with the prefixes of the first one."""
    bench.seen(OTHER_MAC, link="access1")
    return list(bench.accepted())


def test_is_taken_from_a_node_that_has_gone_before_it_is_routed_to_the_other() -> None:
    bench = registered()
    bench.lost()
    effects = given_to_another_node(bench)
    removed = [number for number, each in enumerate(effects) if type(each) is RemoveUplinkRoute]
    installed = [number for number, each in enumerate(effects) if type(each) is InstallUplinkRoute]
    assert len(removed) == len(installed) == 2
    assert max(removed) < min(installed)
    assert set(bench.mag.binding_update_list) == {OTHER_NODE}


def test_leaves_the_route_to_the_other_node_alone_when_the_first_is_forgotten() -> None:
    bench = registered()
    bench.lost()
    given_to_another_node(bench)
    assert bench.expire(TimerKind.RETRANSMIT) == []
    assert bench.mag.gateway.forwarded_for == {HNP: OTHER_NODE, MNP: OTHER_NODE}


def test_ends_the_service_of_a_node_that_is_there_which_is_asked_for_again_slowly() -> None:
    bench = registered()
    effects = given_to_another_node(bench)
    assert bench.state() is RegistrationState.REFUSED
    wait = Timer(kind=TimerKind.RETRANSMIT, key=NODE)
    assert StartTimer(timer=wait, after_ms=32_000) in effects
    bench.expire(TimerKind.RETRANSMIT)
    assert bench.state() is RegistrationState.REGISTERING
    assert bench.pbu.mobile_node_identifier == NODE


def test_that_is_granted_again_to_its_own_node_displaces_nobody() -> None:
    bench = registered()
    bench.expire(TimerKind.REFRESH)
    assert of(RemoveUplinkRoute, bench.accepted()) == []
