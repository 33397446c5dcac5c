"""Waiting, ending, restarting and reconfiguring: what the folders do not show."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Any, Final

import pytest

from nf.codec.errors import RejectReason
from nf.codec.messages import BindingError, MobileNodeIdentifier, ProxyBindingAcknowledgement
from nf.codec.registry import HandoffIndicator, Status
from nf.engine.configuration import (
    DomainConfiguration,
    MobileNodeRemoved,
    PolicyProfileRemoved,
)
from nf.engine.effects import Effect, SendMessage, StopTimer
from nf.engine.errors import InvariantBroken
from nf.engine.events import (
    AssignmentRestored,
    BindingRestored,
    MessageReceived,
    MessageRejected,
    NodeLost,
    Started,
)
from nf.engine.kernel_effects import InstallRoute, InstallTunnel
from nf.engine.lma.records import BindingState
from nf.engine.store_effects import (
    ForgetAssignment,
    ForgetBinding,
    PersistAssignment,
    PersistBinding,
)
from nf.engine.values import (
    AttachSource,
    BindingId,
    LinkLayerAddress,
    PrefixKind,
    StoredBinding,
    TimerKind,
)
from tests.engine.lma.bench import (
    CONFIGURATION,
    LMA,
    MAG1,
    MAG2,
    NODE,
    OTHER,
    ROUTER,
    Bench,
    answer_in,
    node,
    of,
)

OTHER_INTERFACE: Final[dict[str, Any]] = {"mobile_node_link_layer_identifier": b"\x02\0\0\0\0\2"}


@pytest.mark.rfc("5213 §5.4.1.2")
class TestWaiting:
    def waiting(self) -> Bench:
        bench = Bench()
        bench.send(MAG1)
        assert of(InstallTunnel, bench.send(MAG2, **OTHER_INTERFACE)) == []
        assert len(bench.lma.anchor.waiting) == 1
        return bench

    def test_can_be_turned_off(self) -> None:
        bench = Bench(replace(CONFIGURATION, max_delay_before_new_bce_assign_ms=0), ROUTER, node())
        bench.send(MAG1)
        assert bench.status(MAG2, **OTHER_INTERFACE) == 0
        assert len(bench.lma.bindings) == 2

    def test_ends_with_a_clearer_word_from_the_same_mag(self) -> None:
        bench = self.waiting()
        indicator = HandoffIndicator.HANDOFF_BETWEEN_INTERFACES
        effects = bench.send(MAG2, **OTHER_INTERFACE, handoff_indicator=indicator)
        assert answer_in(effects).status == 0
        assert bench.lma.anchor.waiting == {}
        assert len(bench.lma.bindings) == 1

    def test_goes_on_when_the_serving_mag_renews(self) -> None:
        bench = self.waiting()
        assert bench.status(MAG1) == 0
        assert len(bench.lma.anchor.waiting) == 1

    def test_ends_with_the_node(self) -> None:
        bench = self.waiting()
        effects = bench.configure(MobileNodeRemoved(identifier=NODE))
        assert TimerKind.BCE_ASSIGN in {each.timer.kind for each in of(StopTimer, effects)}
        assert bench.lma.anchor.waiting == {}

    def test_in_vain_is_refused_if_the_mag_was_withdrawn_meanwhile(self) -> None:
        bench = self.waiting()
        mags = CONFIGURATION.mobile_access_gateways[:1]
        bench.configure(replace(CONFIGURATION, mobile_access_gateways=mags))
        answer = answer_in(bench.pass_time(10_000))
        assert answer.status == Status.MAG_NOT_AUTHORIZED_FOR_PROXY_REG

    def test_in_vain_is_left_unanswered_if_we_have_another_address_meanwhile(self) -> None:
        bench = self.waiting()
        bench.configure(replace(CONFIGURATION, address=IPv6Address("2001:db8:f::2")))
        assert bench.pass_time(10_000) == []
        assert bench.lma.statistics.dropped == {"not-our-address": 1}

    def test_is_over_when_the_same_mag_lets_the_other_interface_go(self) -> None:
        bench = Bench()
        bench.send(MAG1)
        bench.send(MAG1, **OTHER_INTERFACE)
        gone, moved = of(SendMessage, bench.send(MAG1, lifetime_s=0))
        assert isinstance(gone.message, ProxyBindingAcknowledgement)
        assert isinstance(moved.message, ProxyBindingAcknowledgement)
        assert (gone.message.lifetime_s, moved.message.lifetime_s) == (0, 3600)
        assert list(bench.lma.bindings) == [1]

    def test_ends_unanswered_when_the_waiting_interface_is_gone_again(self) -> None:
        bench = Bench()
        nameless: dict[str, Any] = {"mobile_node_link_layer_identifier": None}
        bench.send(**nameless)
        bench.send(**nameless)
        (entry,) = bench.lma.bindings.values()
        named: dict[str, Any] = {
            "home_network_prefixes": entry.home_network_prefixes,
            "lifetime_s": 0,
            **nameless,
        }
        assert answer_in(bench.send(**named)).lifetime_s == 0
        assert bench.lma.anchor.waiting == {}

    def test_a_timer_without_a_request_wants_nothing(self) -> None:
        assert Bench().expire(TimerKind.BCE_ASSIGN, NODE) == []


class TestEnd:
    @pytest.mark.parametrize("kind", [TimerKind.BINDING_LIFETIME, TimerKind.BCE_DELETE])
    def test_a_timer_without_a_session_wants_nothing(self, kind: TimerKind) -> None:
        assert Bench().expire(kind, "7") == []

    def test_a_timer_of_another_state_wants_nothing(self) -> None:
        bench = Bench()
        bench.send()
        assert bench.expire(TimerKind.BCE_DELETE, "1") == []

    def test_a_session_that_is_de_registering_can_be_ended_by_a_commit(self) -> None:
        bench = Bench()
        bench.send()
        bench.send(lifetime_s=0)
        effects = bench.configure(replace(node(), enabled=False))
        assert of(ForgetBinding, effects) == []
        assert TimerKind.BCE_DELETE in {each.timer.kind for each in of(StopTimer, effects)}

    def test_a_session_that_is_de_registering_can_lose_its_mobile_network(self) -> None:
        bench = Bench()
        bench.send()
        bench.send(lifetime_s=0)
        effects = bench.configure(replace(ROUTER, network_mobility=False))
        assert of(PersistBinding, effects) == []
        assert bench.lma.bindings[BindingId(1)].mobile_network_prefixes == ()

    def test_a_removed_profile_ends_the_sessions_of_its_nodes(self) -> None:
        bench = Bench()
        bench.send()
        bench.configure(PolicyProfileRemoved(name=ROUTER.name))
        assert bench.lma.bindings == {}

    def test_counters_of_a_withdrawn_mag_go(self) -> None:
        bench = Bench()
        bench.send(MAG2)
        bench.configure(replace(CONFIGURATION, mobile_access_gateways=()))
        assert bench.lma.statistics.peers == {}

    def test_a_stranger_gets_an_answer_and_no_counters(self) -> None:
        bench = Bench()
        assert bench.status(IPv6Address("2001:db8:bad::1")) == 154
        assert bench.lma.statistics.peers == {}

    def test_a_new_registration_after_the_last_one_ended_has_a_new_identifier(self) -> None:
        bench = Bench()
        bench.send()
        bench.send(lifetime_s=0)
        bench.pass_time(60_000)
        bench.send()
        assert list(bench.lma.bindings) == [2]
        assert bench.lma.bindings_of(NODE)[0].state is BindingState.ACTIVE


@pytest.mark.rfc("5213 §5.5")
class TestOrder:
    def test_timestamps_of_the_node_count_even_after_its_session(self) -> None:
        domain = DomainConfiguration(mobile_node_generated_timestamp_in_use=True)
        bench = Bench(domain, CONFIGURATION, ROUTER, node())
        assert bench.status(timestamp=10) == 0
        bench.send(lifetime_s=0, timestamp=11)
        bench.pass_time(60_000)
        assert bench.status(timestamp=10) == Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED
        assert bench.status(timestamp=12) == 0

    def test_a_waiting_request_never_sets_the_clock_back(self) -> None:
        bench = Bench()
        bench.send(MAG1)
        bench.send(MAG2, **OTHER_INTERFACE)
        bench.send(MAG1, lifetime_s=0)
        newest = bench.lma.anchor.last_timestamps[NODE]
        old = bench.lma.bindings[BindingId(1)].timestamp
        assert old is not None
        assert old < newest

    def test_an_unwanted_session_leaves_no_order_behind(self) -> None:
        bench = Bench()
        bench.send()
        bench.configure(MobileNodeRemoved(identifier=NODE))
        assert bench.lma.anchor.last_timestamps == {}


def stored_by(bench: Bench) -> tuple[list[AssignmentRestored], list[StoredBinding]]:
    """Register a router and return what the store holds then."""
    effects = bench.send()
    assignments = [
        AssignmentRestored(assignment=each.assignment) for each in of(PersistAssignment, effects)
    ]
    return assignments, [each.binding for each in of(PersistBinding, effects)]


class TestRestart:
    def restarted(self, **changes: Any) -> tuple[Bench, list[Effect]]:  # noqa: ANN401
        assignments, (binding,) = stored_by(Bench())
        bench = Bench(CONFIGURATION, ROUTER, node(), node(OTHER), start=False)
        for each in assignments:
            bench.handle(each)
        bench.handle(BindingRestored(binding=replace(binding, **changes)))
        bench.now_ms = 1_000
        return bench, bench.handle(Started())

    def test_brings_back_what_forwarded(self) -> None:
        bench, effects = self.restarted()
        assert len(of(InstallRoute, effects)) == 2
        assert bench.status() == 0
        assert list(bench.lma.bindings) == [1]

    def test_refuses_what_was_accepted_before_it(self) -> None:
        bench, _ = self.restarted()
        stamp = bench.lma.anchor.last_timestamps[NODE]
        assert bench.status(timestamp=stamp) == Status.TIMESTAMP_MISMATCH

    @pytest.mark.parametrize(
        "changes",
        [
            {"proxy_care_of_address": IPv6Address("2001:db8:bad::1")},
            {"mobile_node_identifier": OTHER},
            {"mobile_node_identifier": "nobody"},
            {"home_network_prefixes": (IPv6Network("2001:db8:dead::/64"),)},
            {"mobile_network_prefixes": (IPv6Network("2001:db8:1::/64"),)},
        ],
    )
    def test_forgets_what_would_not_be_accepted_now(self, changes: dict[str, Any]) -> None:
        bench, effects = self.restarted(**changes)
        assert ForgetBinding(binding_id=BindingId(1)) in effects
        assert bench.lma.bindings == {}
        assert bench.lma.anchor.routes.by_prefix == {}

    def test_restores_a_session_in_the_sequence_scheme(self) -> None:
        bench, _ = self.restarted(timestamp=None)
        assert bench.lma.anchor.last_timestamps == {}
        assert list(bench.lma.bindings) == [1]

    def test_restores_prefixes_of_a_nodes_own(self) -> None:
        own = node(home_network_prefixes=(IPv6Network("2001:db8:5::/64"),))
        first = Bench(CONFIGURATION, ROUTER, own)
        _, (binding,) = stored_by(first)
        bench = Bench(CONFIGURATION, ROUTER, own, start=False)
        without_mnp = replace(binding, mobile_network_prefixes=(), is_mobile_router=False)
        bench.handle(BindingRestored(binding=without_mnp))
        bench.handle(Started())
        assert list(bench.lma.bindings) == [1]

    def test_forgets_a_router_whose_profile_is_a_hosts_now(self) -> None:
        _, (binding,) = stored_by(Bench())
        bench = Bench(CONFIGURATION, replace(ROUTER, network_mobility=False), node(), start=False)
        bench.handle(BindingRestored(binding=binding))
        assert of(ForgetBinding, bench.handle(Started())) != []

    def test_keeps_a_bound_prefix_whose_pool_is_gone_until_the_session_ends(self) -> None:
        assignments, (binding,) = stored_by(Bench())
        bench = Bench(
            replace(CONFIGURATION, mobile_network_prefix_pools=()), ROUTER, node(), start=False
        )
        for each in (*assignments, assignments[0]):
            bench.handle(each)
        bench.handle(BindingRestored(binding=binding))
        assert of(ForgetAssignment, bench.handle(Started())) == []
        assert list(bench.lma.bindings) == [1]

    def test_writes_down_the_new_name_of_a_pool(self) -> None:
        (home, mobile), _ = stored_by(Bench())
        renamed = replace(home.assignment, pool="before")
        bench = Bench(start=False)
        bench.handle(AssignmentRestored(assignment=renamed))
        bench.handle(mobile)
        persist = of(PersistAssignment, bench.handle(Started()))[0]
        assert (persist.assignment.pool, persist.assignment.kind) == ("home", PrefixKind.HOME)

    def test_without_configuration_loses_nothing_and_waits_for_one(self) -> None:
        assignments, (binding,) = stored_by(Bench())
        bench = Bench(ROUTER, node(), start=False)
        for each in assignments:
            bench.handle(each)
        bench.handle(BindingRestored(binding=binding))
        assert bench.handle(Started()) == []
        assert of(InstallTunnel, bench.configure(CONFIGURATION)) != []


class TestInvariants:
    def test_only_a_node_that_is_served_can_be_registered(self) -> None:
        with pytest.raises(InvariantBroken):
            Bench().lma.anchor.served(MobileNodeIdentifier("nobody"))

    def test_only_a_role_that_is_on_can_be_acted_in(self) -> None:
        with pytest.raises(InvariantBroken):
            _ = Bench(ROUTER).lma.anchor.active_role


class TestOtherEvents:
    def test_that_are_the_mags_want_nothing(self) -> None:
        lost = NodeLost(
            link="access0",
            link_layer_address=LinkLayerAddress(b"\x02\0\0\0\0\1"),
            source=AttachSource.LINK_STATE,
        )
        error = MessageReceived(source=MAG1, destination=LMA, message=BindingError(status=1))
        bench = Bench()
        assert bench.handle(lost) == bench.handle(error) == []

    @pytest.mark.rfc("6275 §9.2")
    def test_a_bad_option_is_counted_in_silence(self) -> None:
        bench = Bench()
        rejected = MessageRejected(
            source=MAG1,
            destination=LMA,
            reason=RejectReason.BAD_OPTION_LENGTH,
            offset=12,
            message_type=5,
        )
        assert bench.handle(rejected) == []
        assert bench.lma.statistics.rejected == {"bad-option-length": 1}

    def test_no_counting_begins_before_there_is_an_lma(self) -> None:
        bench = Bench(ROUTER)
        assert bench.lma.statistics.since_utc_us == 0
