"""Whatever two MAGs say and whenever: what must always hold of an LMA."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    SequenceNumber,
)
from nf.engine.effects import Effect, SendMessage
from nf.engine.events import (
    BindingClearRequested,
    BindingRevocationRequested,
    MessageReceived,
    PeerRevocationRequested,
)
from nf.engine.kernel_effects import InstallRoute, InstallTunnel, RemoveRoute, RemoveTunnel
from nf.engine.lma.records import BindingState
from nf.engine.lma.sessions import STORED, TIMERS
from nf.engine.store_effects import (
    ForgetAssignment,
    ForgetBinding,
    PersistAssignment,
    PersistBinding,
)
from nf.engine.values import BindingId, Role, TimerKind, Tunnel
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

MAGS = st.sampled_from([MAG1, MAG2])
NODES = st.sampled_from([NODE, OTHER])
HOME = st.sampled_from(
    [ALL_ZERO_PREFIX, *(IPv6Network(f"2001:db8:1:{number}::/64") for number in range(3))]
)
MOBILE = st.sampled_from(
    [ASK, *(MobileNetworkPrefix(prefix=IPv6Network(f"2001:db8:a:{n}00::/56")) for n in range(2))]
)
INTERFACES = st.sampled_from([None, b"\x02\0\0\0\0\1", b"\x02\0\0\0\0\2"])


class Domain(RuleBasedStateMachine):
    """Keeps a kernel and a store of its own, made of the effects alone."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(CONFIGURATION, ROUTER, node(), node(OTHER))
        self.tunnels: set[Tunnel] = set()
        self.routes: dict[IPv6Network, Tunnel] = {}
        self.stored_bindings: set[BindingId] = set()
        self.stored_assignments: dict[IPv6Network, MobileNodeIdentifier] = {}

    def perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case InstallTunnel():
                    assert effect.tunnel not in self.tunnels
                    self.tunnels.add(effect.tunnel)
                case RemoveTunnel():
                    assert effect.tunnel not in self.routes.values()
                    self.tunnels.remove(effect.tunnel)
                case InstallRoute():
                    assert effect.tunnel in self.tunnels
                    self.routes[effect.prefix] = effect.tunnel
                case RemoveRoute():
                    assert self.routes.pop(effect.prefix) == effect.tunnel
                case PersistBinding():
                    self.stored_bindings.add(effect.binding.binding_id)
                case ForgetBinding():
                    self.stored_bindings.remove(effect.binding_id)
                case PersistAssignment():
                    stored = effect.assignment
                    owner = self.stored_assignments.get(stored.prefix)
                    assert owner in (None, stored.mobile_node_identifier)
                    self.stored_assignments[stored.prefix] = stored.mobile_node_identifier
                case ForgetAssignment():
                    del self.stored_assignments[effect.prefix]
                case _:
                    pass

    @rule(
        mag=MAGS,
        identifier=NODES,
        lifetime_s=st.sampled_from([0, 4, 400]),
        home=st.lists(HOME, min_size=1, max_size=2),
        mobile=st.lists(MOBILE, max_size=2),
        is_router=st.booleans(),
        indicator=st.integers(1, 5),
        technology=st.sampled_from([3, 4]),
        interface=INTERFACES,
        has_timestamp=st.booleans(),
    )
    def register_or_deregister(
        self,
        mag: IPv6Address,
        identifier: MobileNodeIdentifier,
        lifetime_s: int,
        home: list[IPv6Network],
        mobile: list[MobileNetworkPrefix],
        is_router: bool,
        indicator: int,
        technology: int,
        interface: bytes | None,
        has_timestamp: bool,
    ) -> None:
        fields = {} if has_timestamp else {"timestamp": None}
        effects = self.bench.send(
            mag,
            mobile_node_identifier=identifier,
            lifetime_s=lifetime_s,
            home_network_prefixes=tuple(home),
            mobile_network_prefixes=tuple(mobile),
            mobile_router=is_router,
            handoff_indicator=indicator,
            access_technology_type=technology,
            mobile_node_link_layer_identifier=interface,
            **fields,
        )
        self.perform(effects)
        sent = [number for number, each in enumerate(effects) if isinstance(each, SendMessage)]
        assert not sent or sent[-1] == len(effects) - 1

    @rule(after_ms=st.sampled_from([100, 1_500, 4_000, 10_000, 120_000]))
    def let_time_pass(self, after_ms: int) -> None:
        self.perform(self.bench.pass_time(self.bench.now_ms + after_ms))

    @rule(which=st.integers(0, 5))
    def clear(self, which: int) -> None:
        for binding_id in list(self.bench.lma.bindings)[which : which + 1]:
            self.perform(self.bench.handle(BindingClearRequested(binding_id=binding_id)))

    @rule(which=st.integers(0, 5))
    def revoke(self, which: int) -> None:
        for binding_id in list(self.bench.lma.bindings)[which : which + 1]:
            event = BindingRevocationRequested(binding_id=binding_id, trigger=1)
            self.perform(self.bench.handle(event))

    @rule(mag=MAGS)
    def revoke_all_of_a_mag(self, mag: IPv6Address) -> None:
        self.perform(self.bench.handle(PeerRevocationRequested(role=Role.LMA, peer=mag)))

    @rule(which=st.integers(0, 3), status=st.sampled_from([0, 1, 128, 132, 134]))
    def answer_a_revocation(self, which: int, status: int) -> None:
        for number, sent in list(self.bench.lma.anchor.initiator.sent.items())[which : which + 1]:
            answer = BindingRevocationAcknowledgement(status=status, sequence_number=number)
            event = MessageReceived(source=sent.peer, destination=LMA, message=answer)
            self.perform(self.bench.handle(event))

    @rule(mag=MAGS, identifier=NODES, is_global=st.booleans())
    def let_a_mag_revoke(
        self, mag: IPv6Address, identifier: MobileNodeIdentifier, is_global: bool
    ) -> None:
        indication = BindingRevocationIndication(
            trigger=128 if is_global else 6,
            sequence_number=SequenceNumber(1),
            is_global=is_global,
            mobile_node_identifier=MobileNodeIdentifier(str(mag)) if is_global else identifier,
        )
        event = MessageReceived(source=mag, destination=LMA, message=indication)
        self.perform(self.bench.handle(event))

    @rule(identifier=NODES, is_enabled=st.booleans())
    def configure_a_node(self, identifier: MobileNodeIdentifier, is_enabled: bool) -> None:
        self.perform(self.bench.configure(node(identifier, enabled=is_enabled)))

    @rule(with_second_mag=st.booleans(), with_mobile_pool=st.booleans(), on_handover=st.booleans())
    def configure_the_lma(
        self, with_second_mag: bool, with_mobile_pool: bool, on_handover: bool
    ) -> None:
        mags = tuple(
            replace(mag, may_revoke_globally=True) for mag in CONFIGURATION.mobile_access_gateways
        )
        pools = CONFIGURATION.mobile_network_prefix_pools
        changed = replace(
            CONFIGURATION,
            mobile_access_gateways=mags if with_second_mag else mags[:1],
            mobile_network_prefix_pools=pools if with_mobile_pool else (),
            revoke_on_handover=on_handover,
        )
        self.perform(self.bench.configure(changed))

    @invariant()
    def a_tunnel_is_there_if_and_only_if_a_session_uses_it(self) -> None:
        assert self.tunnels == {each.tunnel for each in self.bench.lma.bindings.values()}

    @invariant()
    def every_prefix_of_an_active_session_is_routed_to_a_session_that_has_it(self) -> None:
        wanted: dict[IPv6Network, set[Tunnel]] = {}
        for entry in self.bench.lma.bindings.values():
            if entry.state is BindingState.ACTIVE:
                for prefix in (*entry.home_network_prefixes, *entry.mobile_network_prefixes):
                    wanted.setdefault(prefix, set()).add(entry.tunnel)
        assert self.routes.keys() == wanted.keys()
        assert all(tunnel in wanted[prefix] for prefix, tunnel in self.routes.items())

    @invariant()
    def no_home_network_prefix_has_two_sessions_and_no_prefix_two_nodes(self) -> None:
        homes: Counter[IPv6Network] = Counter()
        owners: dict[IPv6Network, set[str]] = {}
        for entry in self.bench.lma.bindings.values():
            homes.update(entry.home_network_prefixes)
            for prefix in (*entry.home_network_prefixes, *entry.mobile_network_prefixes):
                owners.setdefault(prefix, set()).add(entry.mobile_node_identifier)
        assert all(count == 1 for count in homes.values())
        assert all(len(nodes) == 1 for nodes in owners.values())
        assigned = list(self.bench.lma.assignments)
        assert not any(a.overlaps(b) for i, a in enumerate(assigned) for b in assigned[:i])

    @invariant()
    def every_session_has_the_timer_of_its_state_and_no_other_timer_runs(self) -> None:
        lma = self.bench.lma
        running = {(timer.kind, timer.key) for timer in self.bench.due_at_ms}
        expected = {
            (TIMERS[entry.state], str(entry.binding_id))
            for entry in lma.bindings.values()
            if entry.state is not BindingState.REVOKING
        }
        held = [each for each in lma.assignments.values() if each.held_until_ms is not None]
        expected |= {(TimerKind.ASSIGNMENT_HOLD, each.mobile_node_identifier) for each in held}
        sent = lma.anchor.initiator.sent
        expected |= {(TimerKind.REVOCATION_RETRANSMIT, str(number)) for number in sent}
        asked_about = {each.asked_about for each in sent.values()}
        expected |= {(TimerKind.BCE_ASSIGN, each) for each in lma.anchor.waiting}
        expected -= {(TimerKind.BCE_ASSIGN, each) for each in asked_about if each} - running
        assert running == expected

    @invariant()
    def every_session_that_is_being_revoked_has_a_mag_that_is_being_told(self) -> None:
        lma = self.bench.lma
        told = {each for sent in lma.anchor.initiator.sent.values() for each in sent.bindings}
        revoking = BindingState.REVOKING
        assert {e.binding_id for e in lma.bindings.values() if e.state is revoking} <= told

    @invariant()
    def the_store_has_what_is_there(self) -> None:
        lma = self.bench.lma
        kept = {each.binding_id for each in lma.bindings.values() if each.state in STORED}
        assert self.stored_bindings == kept
        assert self.stored_assignments.keys() == lma.assignments.keys()

    @invariant()
    def an_assignment_is_used_or_held(self) -> None:
        for each in self.bench.lma.assignments.values():
            assert bool(each.bindings) == (each.held_until_ms is None)
            assert set(each.bindings) <= self.bench.lma.bindings.keys()


TestDomain = Domain.TestCase
TestDomain.settings = settings(max_examples=60, stateful_step_count=40)
