"""Whatever peers, operators and time do in whatever order, the watch follows the sessions."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nf.codec.messages import BindingError, Heartbeat, HeartbeatControl, LmaControlledParameters
from nf.engine.configuration import HeartbeatConfiguration
from nf.engine.effects import Effect, StartTimer, StopTimer
from nf.engine.events import MessageReceived, TimerExpired
from nf.engine.lma.failed_mags import sessions_of
from nf.engine.paths import PathState
from nf.engine.values import Timer, TimerKind
from tests.engine.heartbeat.talk import HEARTBEAT
from tests.engine.lma import bench as lma_bench
from tests.engine.mag import bench as mag_bench

STRANGER = IPv6Address("2001:db8:bad::1")
NUMBERS = st.integers(0, 4)
MESSAGES = st.one_of(
    st.builds(
        Heartbeat,
        sequence_number=NUMBERS,
        is_response=st.booleans(),
        is_unsolicited=st.booleans(),
        restart_counter=st.none() | st.integers(0, 2),
    ),
    st.builds(BindingError, status=st.sampled_from([1, 2])),
)
HEARTBEATS = st.none() | st.builds(
    HeartbeatConfiguration,
    interval_s=st.sampled_from([30, 60]),
    missing_heartbeats_allowed=st.integers(0, 2),
)
RUN = settings(max_examples=60, stateful_step_count=30, deadline=None)


class LmaMachine(RuleBasedStateMachine):
    """Two MAGs, one node, a stranger."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = lma_bench.Bench()

    @rule(
        mag=st.sampled_from([lma_bench.MAG1, lma_bench.MAG2]),
        lifetime_s=st.sampled_from([0, 400, 3600]),
        handoff_indicator=st.integers(1, 5),
    )
    def register(self, mag: IPv6Address, lifetime_s: int, handoff_indicator: int) -> None:
        self.bench.send(mag, lifetime_s=lifetime_s, handoff_indicator=handoff_indicator)

    @rule(
        source=st.sampled_from([lma_bench.MAG1, lma_bench.MAG2, STRANGER]),
        destination=st.sampled_from([lma_bench.LMA, STRANGER]),
        message=MESSAGES,
    )
    def say(self, source: IPv6Address, destination: IPv6Address, message: Heartbeat) -> None:
        event = MessageReceived(source=source, destination=destination, message=message)
        self.bench.handle(event)

    @rule(passing_ms=st.sampled_from([10, 5_000, 60_000, 600_000]))
    def let_time_pass(self, passing_ms: int) -> None:
        self.bench.pass_time(self.bench.now_ms + passing_ms)

    @rule(
        heartbeat=HEARTBEATS,
        failed_mag_delay_s=st.none() | st.integers(1, 100),
        mags=st.integers(0, 2),
        enabled=st.sampled_from([True, True, False]),
    )
    def commit(
        self,
        heartbeat: HeartbeatConfiguration | None,
        failed_mag_delay_s: int | None,
        mags: int,
        *,
        enabled: bool,
    ) -> None:
        role = replace(
            lma_bench.CONFIGURATION,
            heartbeat=heartbeat,
            failed_mag_delay_s=failed_mag_delay_s,
            mobile_access_gateways=lma_bench.CONFIGURATION.mobile_access_gateways[:mags],
            enabled=enabled,
        )
        self.bench.configure(role)

    @invariant()
    def only_mags_that_have_sessions_are_watched(self) -> None:
        anchor = self.bench.lma.anchor
        assert anchor.watch.rhythms.keys() <= anchor.watch.paths.keys() <= anchor.mags.keys()
        for mag in anchor.mags:
            is_watched = mag in anchor.watch.rhythms
            path = anchor.watch.paths.get(mag)
            wanted = anchor.role is not None and anchor.role.heartbeat and sessions_of(anchor, mag)
            assert is_watched == (
                bool(wanted) and (path is None or path.state is not PathState.UNSUPPORTED)
            )

    @invariant()
    def timers_run_for_what_is_watched_and_for_what_failed(self) -> None:
        anchor, running = self.bench.lma.anchor, set(self.bench.due_at_ms)
        for kind, peers in (
            (TimerKind.MAG_HEARTBEAT, anchor.watch.rhythms.keys()),
            (TimerKind.MAG_FAILED, anchor.failed_mags.keys()),
        ):
            expected = {Timer(kind=kind, key=str(peer)) for peer in peers}
            assert {each for each in running if each.kind is kind} == expected


class MagMachine(RuleBasedStateMachine):
    """Two LMAs, one node, a stranger."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = mag_bench.Bench(replace(mag_bench.ROLE, heartbeat=HEARTBEAT))
        self.running: set[Timer] = set()
        self.come()

    def handle(self, event: MessageReceived | TimerExpired) -> None:
        self.follow(self.bench.handle(event))

    def follow(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, StartTimer):
                self.running.add(effect.timer)
            elif isinstance(effect, StopTimer):
                self.running.discard(effect.timer)

    @rule()
    def come(self) -> None:
        self.follow(self.bench.seen())

    @rule()
    def leave(self) -> None:
        self.follow(self.bench.lost())

    @rule(
        control=st.none()
        | st.builds(
            HeartbeatControl,
            interval_s=st.integers(0, 70),
            retransmission_delay_s=st.integers(0, 70),
            maximum_retransmissions=st.integers(0, 2),
        ),
    )
    def accept(self, control: HeartbeatControl | None) -> None:
        entry = self.bench.mag.binding_update_list.get(mag_bench.NODE)
        if entry is not None and entry.pending is not None:
            parameters = LmaControlledParameters(heartbeat=control) if control else None
            answer = self.bench.answer(to=entry.pending)
            answer = replace(answer, lma_controlled_parameters=parameters)
            self.follow(self.bench.receive(answer, source=entry.tunnel.remote))

    @rule(
        source=st.sampled_from([mag_bench.LMA, mag_bench.OTHER_LMA, STRANGER]),
        message=MESSAGES,
    )
    def say(self, source: IPv6Address, message: Heartbeat) -> None:
        self.follow(self.bench.receive(message, source=source))

    @rule(choice=st.integers(0, 9))
    def let_a_timer_run_out(self, choice: int) -> None:
        if self.running:
            timer = sorted(self.running, key=str)[choice % len(self.running)]
            self.running.remove(timer)
            self.bench.at_ms += 30_000
            self.handle(TimerExpired(timer=timer))

    @rule(
        heartbeat=HEARTBEATS,
        is_followed=st.booleans(),
        enabled=st.sampled_from([True, True, False]),
        anchor=st.sampled_from([mag_bench.LMA, mag_bench.OTHER_LMA, None]),
    )
    def commit(
        self,
        heartbeat: HeartbeatConfiguration | None,
        anchor: IPv6Address | None,
        *,
        is_followed: bool,
        enabled: bool,
    ) -> None:
        role = replace(
            mag_bench.ROLE,
            heartbeat=heartbeat,
            lma_controlled_parameters=is_followed,
            enabled=enabled,
        )
        node = replace(mag_bench.ROUTER, local_mobility_anchor=anchor)
        self.follow(self.bench.configure(role, node))

    @invariant()
    def only_lmas_that_hold_bindings_are_watched(self) -> None:
        gateway = self.bench.mag.gateway
        holding = {tunnel.remote for tunnel in gateway.tunnel_users}
        named = set(gateway.configuration.named_anchors)
        assert gateway.watch.rhythms.keys() <= holding
        assert gateway.watch.rhythms.keys() <= gateway.watch.paths.keys() <= holding | named
        expected = {
            Timer(kind=TimerKind.LMA_HEARTBEAT, key=str(lma)) for lma in gateway.watch.rhythms
        }
        assert {each for each in self.running if each.kind is TimerKind.LMA_HEARTBEAT} == expected

    @invariant()
    def every_lma_that_is_to_be_watched_is(self) -> None:
        gateway = self.bench.mag.gateway
        is_configured = gateway.role is not None and gateway.role.heartbeat is not None
        for tunnel in gateway.tunnel_users if is_configured else ():
            path = gateway.watch.paths[tunnel.remote]
            is_left_alone = path.state is PathState.UNSUPPORTED
            assert (tunnel.remote in gateway.watch.rhythms) is not is_left_alone


TestLma = LmaMachine.TestCase
TestLma.settings = RUN
TestMag = MagMachine.TestCase
TestMag.settings = RUN
