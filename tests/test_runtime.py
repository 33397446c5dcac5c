"""The runtime: effects in order, durable before anything else, one commit for many events."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.codec.errors import RejectReason
from nf.codec.messages import BindingError, Heartbeat, MobileNodeIdentifier
from nf.engine.effects import (
    AccessEffect,
    CloseMobilitySocket,
    Effect,
    MobilityEffect,
    Notify,
    OpenMobilitySocket,
    SendMessage,
    StopTimer,
    TimerEffect,
)
from nf.engine.engine import Engine
from nf.engine.events import (
    AccessMessageRejected,
    ConfigurationChanged,
    DhcpMessageReceived,
    Event,
    KernelFailed,
    MessageReceived,
    MessageRejected,
    NodeSeen,
    ReregistrationRequested,
    RouterSolicited,
    Started,
    TimerExpired,
)
from nf.engine.kernel_effects import InstallTunnel, KernelEffect
from nf.engine.notifications import Notification, UnknownNodeSeen
from nf.engine.store_effects import ForgetAssignment, ForgetBinding, StoreEffect
from nf.engine.values import (
    AttachSource,
    BindingId,
    Instant,
    LinkLayerAddress,
    Timer,
    TimerKind,
    Tunnel,
)
from nf.runtime import BACKLOG, SLICE, Runtime

ADDRESS = IPv6Address("2001:db8::1")
OPEN = OpenMobilitySocket(address=ADDRESS)
CLOSE = CloseMobilitySocket(address=ADDRESS)
FORGET = ForgetBinding(binding_id=BindingId(1))
RELEASE = ForgetAssignment(prefix=IPv6Network("2001:db8:1::/64"))
TUNNEL = InstallTunnel(tunnel=Tunnel(local=ADDRESS, remote=IPv6Address("2001:db8::2")))
STOP_TIMER = StopTimer(timer=Timer(kind=TimerKind.REFRESH, key="bus"))


class ScriptedEngine(Engine):
    """Answers each event with what the test says."""

    def __init__(self, answer: Callable[[Event], list[Effect]]) -> None:
        super().__init__()
        self.answer = answer
        self.seen: list[Event] = []

    def handle(self, event: Event, now: Instant) -> list[Effect]:
        self.seen.append(event)
        return self.answer(event)


class FixedClock:
    def now(self) -> Instant:
        return Instant(5, 5_000)


class Diary:
    """Store and drivers in one, noting the order of what they are asked to do."""

    def __init__(self) -> None:
        self.lines: list[object] = []
        self.store_fault: Exception | None = None
        self.kernel_fault: OSError | None = None
        self.commits: list[list[StoreEffect]] = []
        self.gate = threading.Event()
        self.gate.set()

    def commit(self, effects: Sequence[StoreEffect]) -> None:
        assert self.gate.wait(10)
        if self.store_fault is not None:
            raise self.store_fault
        self.commits.append(list(effects))
        self.lines += effects

    def start_or_stop_timer(self, effect: TimerEffect) -> None:
        self.lines.append(effect)

    def program_kernel(self, effect: KernelEffect) -> None:
        if self.kernel_fault is not None:
            raise self.kernel_fault
        self.lines.append(effect)

    def signal(self, effect: MobilityEffect) -> None:
        self.lines.append(effect)

    def admit_packets(self, *, is_admitted: bool) -> None:
        self.lines.append("go on" if is_admitted else "wait")

    def serve_access(self, effect: AccessEffect) -> None:
        self.lines.append(effect)

    def notify(self, notification: Notification) -> None:
        self.lines.append(notification)


def runtime_with(answer: Callable[[Event], list[Effect]]) -> tuple[Runtime, Diary, ScriptedEngine]:
    diary = Diary()
    engine = ScriptedEngine(answer)
    runtime = Runtime(engine=engine, clock=FixedClock(), store=diary)
    runtime.attach(diary)
    return runtime, diary, engine


async def run_once(runtime: Runtime, *events: Event) -> None:
    for event in events:
        runtime.post(event)
    runtime.stop()
    await runtime.run()


def test_what_must_be_durable_comes_before_everything_else_of_the_batch() -> None:
    runtime, diary, _ = runtime_with(lambda event: [OPEN, FORGET, TUNNEL, RELEASE])
    asyncio.run(run_once(runtime, Started()))
    assert diary.lines == [FORGET, RELEASE, OPEN, TUNNEL]


def test_events_that_come_together_share_one_commit() -> None:
    runtime, diary, _ = runtime_with(lambda event: [FORGET, OPEN])
    asyncio.run(run_once(runtime, Started(), Started(), Started()))
    assert diary.commits == [[FORGET, FORGET, FORGET]]
    assert diary.lines[3:] == [OPEN, OPEN, OPEN]


def test_an_event_during_a_commit_is_handled_at_once_and_its_effects_wait() -> None:
    runtime, diary, engine = runtime_with(
        lambda event: [FORGET, OPEN] if event == Started() else [CLOSE]
    )
    later = ReregistrationRequested(mobile_node_identifier=MobileNodeIdentifier("bus"))

    async def scene() -> None:
        diary.gate.clear()
        running = asyncio.create_task(runtime.run())
        runtime.post(Started())
        while not engine.seen:
            await asyncio.sleep(0)
        runtime.post(later)
        assert engine.seen == [Started(), later]
        assert diary.lines == []
        diary.gate.set()
        runtime.stop()
        await running

    asyncio.run(scene())
    assert diary.lines == [FORGET, OPEN, CLOSE]


def test_a_flood_waits_in_the_kernel_while_the_disk_is_slow() -> None:
    """What arrives causes effects without end, as long as somebody lets it arrive."""
    runtime, diary, engine = runtime_with(lambda event: [FORGET, OPEN])

    async def scene() -> None:
        diary.gate.clear()
        running = asyncio.create_task(runtime.run())
        while "wait" not in diary.lines:
            runtime.post(Started())
            await asyncio.sleep(0)
        assert BACKLOG / 2 < len(engine.seen) <= BACKLOG / 2 + 1
        diary.gate.set()
        runtime.stop()
        await running

    asyncio.run(scene())
    assert diary.lines[0] == "wait"
    assert (diary.lines.count("wait"), diary.lines.count("go on")) == (1, 1)
    assert len(diary.lines) == 2 * len(engine.seen) + 2


ASKED = MessageReceived(source=ADDRESS, destination=ADDRESS, message=Heartbeat(sequence_number=1))
ANSWER = SendMessage(
    source=ADDRESS, destination=ADDRESS, message=Heartbeat(sequence_number=1, is_response=True)
)


@pytest.mark.parametrize("event", [ASKED, TimerExpired(timer=STOP_TIMER.timer)])
def test_heartbeats_go_on_while_the_disk_is_slow(event: Event) -> None:
    runtime, diary, _ = runtime_with(
        lambda event: [FORGET, OPEN] if event == Started() else [STOP_TIMER, ANSWER]
    )
    runtime.post(Started())
    runtime.post(event)
    assert diary.lines == [STOP_TIMER, ANSWER]
    asyncio.run(run_once(runtime))
    assert diary.lines[2:] == [FORGET, OPEN]


def test_a_heartbeat_waits_with_what_comes_along_with_it() -> None:
    runtime, diary, _ = runtime_with(lambda event: [FORGET, ANSWER])
    runtime.post(ASKED)
    assert diary.lines == []
    asyncio.run(run_once(runtime))
    assert diary.lines == [FORGET, ANSWER]


def test_a_heartbeat_waits_for_its_socket_to_open() -> None:
    runtime, diary, _ = runtime_with(lambda event: [OPEN] if event == Started() else [ANSWER])
    runtime.post(Started())
    runtime.post(ConfigurationChanged(items=()))
    asyncio.run(run_once(runtime))
    assert diary.lines == [OPEN, ANSWER]


SEND = SendMessage(source=ADDRESS, destination=ADDRESS, message=BindingError(status=2))


def test_a_message_leaves_after_what_it_speaks_of_is_done() -> None:
    runtime, diary, _ = runtime_with(lambda event: [SEND, TUNNEL])
    asyncio.run(run_once(runtime, Started(), Started()))
    assert diary.lines == [TUNNEL, TUNNEL, SEND, SEND]


def test_a_message_leaves_before_its_socket_closes() -> None:
    runtime, diary, _ = runtime_with(lambda event: [OPEN, SEND, CLOSE])
    asyncio.run(run_once(runtime, Started()))
    assert diary.lines == [OPEN, SEND, CLOSE]


def test_thousands_of_effects_let_others_have_their_turn_and_keep_their_order() -> None:
    tunnels = [
        InstallTunnel(tunnel=Tunnel(local=ADDRESS, remote=ADDRESS + number))
        for number in range(10 * SLICE)
    ]
    runtime, diary, _ = runtime_with(lambda event: list(tunnels))
    seen: list[int] = []

    async def scene() -> None:
        async def watch() -> None:
            while len(diary.lines) < len(tunnels):
                seen.append(len(diary.lines))
                await asyncio.sleep(0)

        watching = asyncio.create_task(watch())
        await run_once(runtime, Started())
        await watching

    asyncio.run(scene())
    assert diary.lines == tunnels
    assert set(range(SLICE, len(tunnels), SLICE)) <= set(seen)


def test_timers_start_and_stop_at_once() -> None:
    runtime, diary, _ = runtime_with(lambda event: [FORGET, STOP_TIMER])
    runtime.post(Started())
    assert diary.lines == [STOP_TIMER]


def test_a_store_that_fails_ends_the_daemon_and_nothing_is_acknowledged() -> None:
    runtime, diary, _ = runtime_with(lambda event: [FORGET, OPEN])
    diary.store_fault = OSError(28, "No space left on device")
    with pytest.raises(OSError, match="No space left"):
        asyncio.run(run_once(runtime, Started()))
    assert diary.lines == []


def test_what_the_kernel_refuses_comes_back_as_an_event() -> None:
    runtime, diary, engine = runtime_with(lambda event: [TUNNEL] if event == Started() else [])
    diary.kernel_fault = OSError(19, "No such device")
    asyncio.run(run_once(runtime, Started()))
    failed = engine.seen[-1]
    assert isinstance(failed, KernelFailed)
    assert failed.errno == 19
    assert failed.effect.startswith("install-tunnel tunnel=(local=2001:db8::1")


def test_a_fault_of_the_engine_ends_the_run_with_it() -> None:
    def break_down(event: Event) -> list[Effect]:
        raise RuntimeError("this must not be")

    runtime, _, engine = runtime_with(break_down)
    with pytest.raises(RuntimeError, match="this must not be"):
        asyncio.run(run_once(runtime, Started(), Started()))
    assert engine.seen == [Started()]


def test_notifications_reach_their_driver() -> None:
    seen = UnknownNodeSeen(link="access0", link_layer_address=LinkLayerAddress(b"\x02" * 6))
    runtime, diary, _ = runtime_with(lambda event: [Notify(notification=seen)])
    asyncio.run(run_once(runtime, Started()))
    assert diary.lines == [seen]


class FullDisk:
    """A recorder that cannot write any more."""

    def __init__(self) -> None:
        self.attempts = 0

    def record(self, event: Event, now: Instant, effects: Sequence[Effect]) -> None:
        self.attempts += 1
        raise OSError(28, "No space left on device")


def test_a_recording_that_cannot_be_written_ends_and_the_daemon_goes_on() -> None:
    diary, disk = Diary(), FullDisk()
    engine = ScriptedEngine(lambda event: [OPEN])
    runtime = Runtime(engine=engine, clock=FixedClock(), store=diary, recorder=disk)
    runtime.attach(diary)
    asyncio.run(run_once(runtime, Started(), Started()))
    assert diary.lines == [OPEN, OPEN]
    assert disk.attempts == 1


STRANGER = LinkLayerAddress(b"\x02" * 6)


@pytest.mark.parametrize(
    "event",
    [
        NodeSeen(link="a", link_layer_address=STRANGER, source=AttachSource.DHCPV6),
        RouterSolicited(link="a", link_layer_address=STRANGER, source=ADDRESS),
        DhcpMessageReceived(
            link="a",
            link_layer_address=STRANGER,
            source=ADDRESS,
            message=DhcpMessage(message_type=DhcpMessageType.SOLICIT, transaction_id=1),
        ),
        AccessMessageRejected(
            link="a", link_layer_address=STRANGER, reason=RejectReason.BAD_CHECKSUM
        ),
        MessageRejected(
            source=ADDRESS,
            destination=ADDRESS,
            reason=RejectReason.TRUNCATED,
            offset=0,
            message_type=5,
        ),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_anybody_can_send_in_floods_fills_no_log_when_it_changes_nothing(
    event: Event, caplog: pytest.LogCaptureFixture
) -> None:
    runtime, _, _ = runtime_with(lambda event: [])
    with caplog.at_level(logging.INFO):
        asyncio.run(run_once(runtime, event))
    assert caplog.messages == []
